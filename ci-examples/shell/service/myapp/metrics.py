"""The service's own metrics; the objectives and rules in monitoring/ are written in these names."""

from django.conf import settings
from prometheus_client import Counter, Gauge, Histogram

PROCESS_DATA = "/api/v1/process_data"

api_requests_total = Counter(
    "myapp_api_requests_total",
    "API requests, by their final status code.",
    ["method", "endpoint", "status_code"],
)

# 0.5 is the latency objective's threshold: a share of requests "faster than 500 ms" can only be
# counted exactly where a bucket ends.
api_request_latency_seconds = Histogram(
    "myapp_api_request_latency_seconds",
    "Seconds an API request took.",
    ["method", "endpoint"],
    buckets=[0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, float("inf")],
)

# Which release answers here. A release gate waits for this before it starts to count.
build_info = Gauge(
    "myapp_build_info",
    "Always 1; the labels say which build this process runs.",
    ["version", "commit"],
)
build_info.labels(settings.SERVICE.version, settings.SERVICE.commit).set(1)

# A series that first appears with the value 1 has no increase that Prometheus could see, so the
# first error of a release would go uncounted. All series of the endpoint exist from the start.
for _method in ("GET", "POST"):
    for _status in ("200", "500"):
        api_requests_total.labels(_method, PROCESS_DATA, _status)
    api_request_latency_seconds.labels(_method, PROCESS_DATA)
