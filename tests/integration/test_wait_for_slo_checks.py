"""Threshold checks of wait-for-slo on a real Prometheus."""

import contextlib
import os
import re

import pytest

from counting_service import CountingService
from servers import Prometheus, wait_for
from slo_watches import Watch, query, wait_for_scrape
from steps import run

full = pytest.mark.skipif(os.environ.get("SLIPWAY_FULL") != "1", reason="takes long; --full does it")
NAMES = ("good", "bad", "turning")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One Prometheus for all tests, and a service for each that changes its traffic."""
    with contextlib.ExitStack() as stack:
        services = {name: stack.enter_context(CountingService(commit=name)) for name in NAMES}
        for name, service in services.items():
            service.set_rates(100, 100 if name == "bad" else 1)
        prometheus = stack.enter_context(Prometheus(tmp_path_factory.mktemp("checks"), targets=[service.address for service in services.values()]))
        for service in services.values():
            wait_for_scrape(prometheus, service)
            wait_for(lambda: query(prometheus, errors(service)) is not None, "two scrapes")
        yield prometheus, services


def errors(service):
    where = f'instance="{service.address}"'
    return f'sum(rate(app_requests_total{{code="500",{where}}}[4s])) / sum(rate(app_requests_total{{{where}}}[4s]))'


def check(prometheus, *checks, interval="1s", watch="30s", more=()):
    return run("wait-for-slo", "--prometheus-url", prometheus.url, *[word for text in checks for word in ("--check", text)], "--check-interval", interval, "--watch", watch, "--json", *more)


def test_checks_that_hold_end_the_watch(world, tmp_path):
    prometheus, services = world
    summary = tmp_path / "summary.md"
    done = check(prometheus, f"errors: {errors(services['good'])} <= 0.05", f'up{{instance="{services["good"].address}"}} == 1', "five: scalar(vector(5)) < bool 6", more=("--check-count", "3", "--summary", summary))
    assert (done.code, done.json["verdict"]) == (0, "holds"), done.err
    assert done.json["seconds"] < 30
    assert re.search(r"^all 3 checks; errors: 3 of 3 measurements passed; the newest: 0\.0\d+, wanted <= 0\.05$", done.json["reason"])
    for found in done.json["checks"]:
        (metric,) = found["metrics"]
        assert found["verdict"] == "holds"
        assert [metric[key] for key in ("count", "successful", "failed", "inconclusive", "error", "consecutiveSuccess")] == [3, 3, 0, 0, 0, 3]
        assert all(one["phase"] == "Successful" and one["startedAt"] <= one["finishedAt"] for one in metric["measurements"])
    values = [found["metrics"][0]["measurements"][-1]["value"] for found in done.json["checks"]]
    assert values[1:] == ["[1]", "5"]
    text = summary.read_text()
    assert "| errors | holds | 3 | 0 | 0 | 0.0" in text
    assert text.count("xychart-beta") == 3


def test_bad_values_are_a_violation_before_the_end(world):
    """The failure limit is crossed by the third of them."""
    prometheus, services = world
    done = check(prometheus, f"errors: {errors(services['bad'])} <= 0.05", "up: min(up) == 1", more=("--failure-limit", "2"))
    assert (done.code, done.json["verdict"]) == (1, "violated"), done.err
    assert done.json["seconds"] < 30
    assert re.search(r"^errors: 3 of 3 measurements failed, the limit is 2; the newest: 0\.[45]\d*, wanted <= 0\.05$", done.json["reason"])
    assert done.json["checks"][1]["reason"] == "not decided when the watch ended"
    assert done.json["error"]["message"] == "violated: " + done.json["reason"]


def test_release_that_turns_bad(world):
    """Beside an objective that it keeps."""
    prometheus, services = world
    service = services["turning"]
    where = f'instance="{service.address}"'
    with Watch(prometheus.url, "--where", where, "--check", f"errors: {errors(service)} <= 0.5", "--check-interval", "1s", "--consecutive-failures", "2", objective="5", watch="60s") as watch:
        watch.started()
        service.set_rates(20, 100)
        assert watch.verdict == (1, "violated"), watch.err
        assert re.search(r"^errors: 2 measurements in a row failed; the newest: 0\.\d+, wanted <= 0\.5$", watch.reason)
        assert watch.json["objectives"][0]["verdict"] == "inconclusive"


@pytest.mark.parametrize("expression, words", [
    ("nothing <= 1", r"none of \d measurements? passed, 0 failed; the newest: no series"),
    ("sum(up) * 0 / 0 <= 1", r"none of \d measurements? passed, 0 failed; the newest: NaN, as a ratio without events gives"),
])
def test_nothing_to_measure_is_inconclusive(world, expression, words):
    done = check(world[0], expression, watch="1500ms")
    assert (done.code, done.json["verdict"]) == (4, "inconclusive"), done.err
    assert re.fullmatch(words, done.json["reason"])


def test_several_series_must_all_pass(world):
    done = check(world[0], 'errors: sum by (instance) (rate(app_requests_total{code="500"}[4s])) < 50', watch="1s")
    assert done.code == 1, done.err
    assert re.search(r"wanted < 50 \(the worst of 3 series, of which \d failed\)$", done.json["reason"])


def test_server_that_does_not_answer(world):
    done = run("wait-for-slo", "--prometheus-url", "http://127.0.0.1:1", "--check", "up == 1", "--watch", "1s", "--json")
    assert (done.code, done.json["verdict"]) == (3, "error"), done.err
    assert done.json["reason"].startswith("no measurement could be made; the newest: POST http://127.0.0.1:1/api/v1/query: ")
    # Of two servers one is enough.
    done = run("wait-for-slo", "--prometheus-url", "http://127.0.0.1:1", "--prometheus-url", world[0].url, "--check", "min(up) == 1", "--watch", "1s", "--json")
    assert done.code == 0, done.err


def test_query_that_the_server_refuses(world):
    """One that newer servers understand."""
    done = check(world[0], "info(up) == 1", watch="20s")
    assert (done.code, done.json["verdict"]) == (2, "error"), done.err
    assert done.json["reason"].startswith("the server refuses the query: ")
    assert done.json["seconds"] < 20


@pytest.mark.parametrize("arguments, words", [
    (("--check", "up"), "cannot use --check 'up': it has no limit"),
    (("--check", "up < sum(up)"), "cannot use --check 'up < sum(up)': 'up' is compared with 'sum(up)', and a limit is a number"),
    (("--check", "up <= 1", "--failure-limit", "10"), "--failure-limit 10 can never be exceeded: there are only 10 measurements in the watch of 10m"),
    (("--check", "up <= 1", "--check-delay", "10m"), "--check-delay 10m leaves no time to measure in the watch of 10m"),
    (("--check", "up", "--check-min", "2", "--check-max", "1"), "--check-min is above --check-max: no value passes"),
])
def test_limits_that_cannot_be_reached(arguments, words):
    done = run("wait-for-slo", "--prometheus-url", "http://127.0.0.1:1", *arguments)
    assert done.code == 2
    assert words in done.err


def test_cancelled(world):
    with Watch(world[0].url, "--check", "min(up) == 1", good=None, total=None, objective=None, watch="60s") as watch:
        watch.wait("measuring for")
        watch.cancel()
        assert watch.verdict == (143, "inconclusive")
        assert watch.json["checks"][0]["metrics"][0]["name"] == "min(up) == 1"


CANARY = """\
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {{name: errors, namespace: test}}
spec:
  provider: {{type: prometheus, address: "{url}"}}
  query: |
    {query}
---
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {{name: podinfo, namespace: test}}
spec:
  targetRef: {{apiVersion: apps/v1, kind: Deployment, name: podinfo}}
  service: {{port: 9898}}
  analysis:
    interval: 10s
    threshold: 1
    iterations: 1
    metrics:
    - name: errors
      templateRef: {{name: errors}}
      thresholdRange: {{max: 0.2}}
      interval: 1m
"""

TEMPLATE = """\
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {{name: errors}}
spec:
  args: [{{name: limit}}]
  metrics:
  - name: errors
    interval: 1s
    count: 3
    failureLimit: 1
    successCondition: "result[0] <= {{{{args.limit}}}}"
    provider: {{prometheus: {{address: "{url}", query: '{query}'}}}}
"""


@pytest.mark.parametrize("limit, code, words", [
    ("0.2", 0, "3 of 3 measurements passed; the newest: 0.0"),
    ("0.001", 1, "2 of 2 measurements failed, the limit is 1; the newest: "),
])
def test_analysis_template(world, tmp_path, limit, code, words):
    prometheus, services = world
    file = tmp_path / "analysis.yaml"
    file.write_text(TEMPLATE.format(url=prometheus.url, query=errors(services["good"])))
    done = run("wait-for-slo", "--analysis", file, "--analysis-arg", f"limit={limit}", "--watch", "2s", "--json")
    assert done.code == code, done.err
    assert done.json["reason"].startswith(words)


@full
def test_canary(world, tmp_path):
    """Its first check comes after its interval, of which Flagger knows none shorter than 10 s."""
    prometheus, services = world

    def watch(name):
        file = tmp_path / f"{name}.yaml"
        file.write_text(CANARY.format(url=prometheus.url, query=errors(services[name])))
        return Watch([], "--analysis", file, good=None, total=None, objective=None, watch="10s")

    with watch("good") as good:
        with watch("bad") as bad:
            assert bad.verdict == (1, "violated"), bad.err
            assert re.search(r"^1 check failed, the threshold is 1; the newest: errors: 0\.\d+ > 0\.2$", bad.reason)
        assert good.verdict == (0, "holds"), good.err
        assert good.reason == "1 check passed, 0 failed, of which 1 would be too many"
        assert good.json["checks"][0]["metrics"][0]["name"] == "errors"
