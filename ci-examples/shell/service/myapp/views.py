import random
import time

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from .metrics import PROCESS_DATA, api_request_latency_seconds, api_requests_total


class ProcessingError(Exception):
    """The simulated work failed."""


def process():
    """Simulates work: takes a while and fails for a share of the calls. Returns the seconds."""
    seconds = random.uniform(
        settings.SERVICE.latency_min_seconds, settings.SERVICE.latency_max_seconds
    )
    time.sleep(seconds)
    if random.random() < settings.SERVICE.error_share:
        raise ProcessingError("internal processing error")
    return seconds


# The allowed methods are listed because the method becomes a label: a client that invents methods
# must not be able to add series.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def process_data(request):
    start = time.perf_counter()
    status = 500
    try:
        answer = {"status": "success", "processed_in": process()}
        status = 200
    except ProcessingError as error:
        answer = {"status": "error", "message": str(error)}
    finally:
        # In `finally`, so that a request which ends in an unexpected exception counts as well.
        labels = {"method": request.method, "endpoint": PROCESS_DATA}
        api_request_latency_seconds.labels(**labels).observe(time.perf_counter() - start)
        api_requests_total.labels(**labels, status_code=str(status)).inc()
    return JsonResponse(answer, status=status)


@require_safe
def healthz(request):
    return HttpResponse("ok\n", content_type="text/plain")
