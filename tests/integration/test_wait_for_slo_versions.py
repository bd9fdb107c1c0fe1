"""wait-for-slo tells versions apart: it waits until the new one serves everywhere, compares it with the one before, and notices that it is gone."""

import contextlib
import json
import time
from dataclasses import dataclass

import pytest

from counting_service import CountingService
from fault_proxy import FaultProxy
from servers import Prometheus, wait_for
from slo_watches import Watch, only, query, wait_for_counts, wait_for_scrape

NEW = 'app_build_info{commit="new"}'
NEVER_VIOLATED = "10"


@dataclass
class Rollout:
    """A deploy to two targets, one after the other, after which both are taken away."""

    watches: dict
    first: CountingService
    second: CountingService


@pytest.fixture(scope="module")
def rollout(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        first, second = (stack.enter_context(CountingService(good=1000, bad=500)) for _ in range(2))
        prometheus = stack.enter_context(Prometheus(tmp_path_factory.mktemp("rollout"), targets=[first.address, second.address]))
        version = stack.enter_context(FaultProxy(prometheus.url))
        version.answer(200, "version: old")
        for service in (first, second):
            wait_for_scrape(prometheus, service)

        def watch(*arguments, **options):
            return stack.enter_context(Watch(prometheus.url, *arguments, **{"objective": NEVER_VIOLATED, "watch": "5s", **options}))

        at_url = ("--start-when", version.url + "/version", "--start-match", r"new-\d+")
        watches = {"all": watch("--start-when", NEW), "first": watch("--start-when", NEW, *only(first)), "url": watch(*at_url, *only(first)),
                   "lacking": watch("--start-when", NEW, "--start-timeout", "5s"),
                   "lacking of those asked for": watch("--start-when", NEW, "--start-timeout", "5s", *only(second)),
                   "url without match": watch(*at_url, "--start-timeout", "1s")}
        for one in watches.values():
            one.wait("waiting for the new version")
        watches["url without match"].finish()
        first.restart(commit="new", good=70, bad=30)
        watches["first"].started()
        version.clear()
        version.answer(200, "version: new-7")
        watches["url"].started()
        first.count(200, 2)
        for name in ("lacking", "lacking of those asked for", "first", "url"):
            watches[name].finish()
        second.restart(commit="new", good=70, bad=30)
        watches["all"].started()
        watches["gone"] = watch(*only(first, second), watch="14s")
        watches["new version gone"] = watch("--start-when", NEW, watch="14s")
        for name in ("gone", "new version gone"):
            watches[name].started()
        first.count(100, 1)
        second.count(300, 3)
        wait_for_counts(prometheus, first, second)
        watches["all"].finish()
        prometheus.set_targets([])
        # Those that see the targets go end while other tests run.
        yield Rollout(watches, first, second)


def test_watch_begins_when_all_targets_serve_the_new_version(rollout):
    """What happened before does not count, nor do the events of the new version on the first target until then."""
    assert rollout.watches["all"].counts() == (400, 404), rollout.watches["all"].err
    assert rollout.watches["all"].verdict == (0, "holds")


@pytest.mark.parametrize("watch", ["first", "url"])
def test_watch_begins_when_the_new_version_serves_where_it_is_asked_for(rollout, watch):
    assert rollout.watches[watch].counts() == (200, 202), rollout.watches[watch].err


def test_targets_that_lack_the_new_version_are_named(rollout):
    watch = rollout.watches["lacking"]
    assert watch.verdict == (4, "inconclusive"), watch.err
    assert watch.reason == f"the new version did not appear within 5s: {NEW} on 1 of 2 targets, not on {rollout.second.address}"


def test_new_version_serves_but_not_where_it_is_asked_for(rollout):
    watch = rollout.watches["lacking of those asked for"]
    assert watch.verdict == (4, "inconclusive"), watch.err
    assert watch.reason == f"the new version did not appear within 5s: {NEW} on 0 of 1 target, not on {rollout.second.address}"


def test_endpoint_that_never_tells_of_the_new_version(rollout):
    watch = rollout.watches["url without match"]
    assert watch.verdict == (4, "inconclusive"), watch.err
    assert r"/version with an answer that matches 'new-\d+'" in watch.reason


@dataclass
class Fleet:
    """Services with traffic, the Prometheus that scrapes them all, and watches of them that have begun together."""

    prometheus: Prometheus
    services: dict
    since: str
    watches: dict
    asked_for_budget: FaultProxy


RATES = {"healthy": (200, 0), "steady": (200, 0), "bad": (60, 40), "as bad": (60, 40), "down": (10, 90), "as down": (10, 90), "taken back": (200, 0)}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        services = {name: stack.enter_context(CountingService(commit=name)) for name in RATES}
        for name, (good, bad) in RATES.items():
            services[name].set_rates(good, bad)
        prometheus = stack.enter_context(Prometheus(tmp_path_factory.mktemp("fleet"), targets=[service.address for service in services.values()]))
        for service in services.values():
            wait_for_scrape(prometheus, service)
        counters = sum(rate > 0 for rates in RATES.values() for rate in rates)
        wait_for(lambda: query(prometheus, "count(rate(app_requests_total[1m]))") == counters, "two scrapes of each counter")
        asked_for_budget = stack.enter_context(FaultProxy(prometheus.url))
        since = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        handed_over = {"SLIPWAY_CANARY_ADDRESSES": services["bad"].address, "SLIPWAY_BASELINE_ADDRESSES": services["healthy"].address, "SLIPWAY_SINCE": since + "Z"}

        def watch(name, *arguments, url=prometheus.url, **options):
            return stack.enter_context(Watch(url, *only(services[name]), *arguments, **{"watch": "60s", **options}))

        def compare(canary, baseline, **options):
            return watch(canary, "--baseline", f'instance="{services[baseline].address}"', **options)

        watches = {"taken back": watch("taken back", "--start-when", 'app_build_info{commit="taken back"}', watch="10s"),
                   "outage of both": compare("down", "as down", watch="7s"),
                   "as bad": compare("bad", "as bad", watch="7s"),
                   "worse": compare("bad", "healthy"),
                   "worse, from the environment": stack.enter_context(Watch(prometheus.url, watch="60s", env=handed_over)),
                   "early pass": watch("steady", "--early-pass"),
                   "ratio of the bad": watch("bad", "--method", "sprt"),
                   "ratio of the good": watch("steady", "--method", "sprt", watch="4s"),
                   "chosen code": watch("bad", "--exit-code", "violated=0"),
                   "mistyped value": watch("steady", good='app_requests_total{code="20"}'),
                   "mistyped metric": watch("steady", good='app_request_total{code="200"}'),
                   "budget required": watch("steady", "--require-budget", url=asked_for_budget.url),
                   "budget only warned of": watch("bad", "--warn-budget"),
                   "budget left": watch("steady", "--require-budget", "--early-pass", objective="20")}
        watches["taken back"].started()
        services["taken back"].restart(commit="old")
        yield Fleet(prometheus, services, since, watches, asked_for_budget)


@pytest.mark.parametrize("watch", ["worse", "worse, from the environment"])
def test_canary_that_is_worse_than_the_baseline(fleet, watch):
    done = fleet.watches[watch]
    assert done.verdict == (1, "violated"), done.err
    assert "proven worse than the baseline, where 0 of " in done.reason
    baseline = done.json["objectives"][0]["baseline"]
    assert baseline["good"] == baseline["total"] > 0


def test_deploy_instant_from_the_environment(fleet):
    assert fleet.watches["worse, from the environment"].json["since"].startswith(fleet.since)


def test_outage_that_both_suffer(fleet):
    done = fleet.watches["outage of both"]
    assert done.verdict == (4, "inconclusive"), done.err
    assert "both had an outage, which says nothing about the release" in done.reason


def test_baseline_that_is_as_bad(fleet):
    done = fleet.watches["as bad"]
    assert done.verdict == (0, "holds"), done.err
    assert done.reason.endswith("the baseline is as bad")


@pytest.mark.parametrize("watch, verdict", [("early pass", (0, "holds")), ("ratio of the bad", (1, "violated")), ("ratio of the good", (0, "holds")),
                                            ("chosen code", (0, "violated"))])
def test_how_it_may_be_decided(fleet, watch, verdict):
    done = fleet.watches[watch]
    assert done.verdict == verdict, done.err
    assert done.json["seconds"] < 60


@pytest.mark.parametrize("watch, meant", [("mistyped value", 'did you mean code="200"?'), ("mistyped metric", "did you mean app_requests_total?")])
def test_mistyped_selector(fleet, watch, meant):
    """That it never matched is no proof that everything is bad."""
    done = fleet.watches[watch]
    assert done.verdict == (2, "error"), done.err
    assert "the good selector matches nothing, neither now nor during the last day, while total counted " in done.reason
    assert meant in done.err


def test_spent_error_budget(fleet):
    """It is that of the service, not of one version. It is asked for once, and nothing is watched; a warning stops nothing."""
    refused, warned, left = (fleet.watches[name] for name in ("budget required", "budget only warned of", "budget left"))
    assert refused.json["exit_code"] == 1, refused.err
    assert "of the error budget of 30d is spent" in refused.json["error"]["message"]
    assert len(fleet.asked_for_budget.requests) == 1
    assert warned.verdict == (1, "violated"), warned.err
    assert "of the error budget of 30d is spent" in warned.err
    assert left.verdict == (0, "holds"), left.err


def test_cancelled_in_the_middle(fleet, start_proxy, tmp_path):
    """What was seen until then is told; that is no verdict, so there are no outputs."""
    proxy = start_proxy(fleet.prometheus.url)
    summary, outputs, page, answer = (tmp_path / name for name in ("summary.md", "gate.env", "report.html", "report.json"))
    with Watch(proxy.url, *only(fleet.services["bad"]), "--summary", summary, "--dotenv", outputs, "--report", page, "--report", answer, "--interval", "300ms", objective=NEVER_VIOLATED, watch="60s") as watch:
        watch.started()
        wait_for(lambda: len(proxy.requests) > 50, "looks at several scrapes")
        watch.cancel()
        assert watch.json["exit_code"] == 143, watch.err
        objective = watch.json["objectives"][0]
        assert len(objective["ticks"]) > 1
        assert objective["total"] == sum(tick["total"] for tick in objective["ticks"]) > 0
        assert f"| {objective['total']} |" in summary.read_text()
        assert "```mermaid\nxychart-beta" in summary.read_text()
        assert json.loads(answer.read_text()) == watch.json
        assert "cancelled after" in page.read_text()
        assert not outputs.exists()


def test_summary_on_a_full_disk(fleet):
    with Watch(fleet.prometheus.url, *only(fleet.services["steady"]), "--early-pass", "--summary", "/dev/full", watch="60s") as watch:
        assert watch.json["exit_code"] == 3, watch.err
        assert "/dev/full" in watch.json["error"]["message"]


@pytest.mark.parametrize("watch", ["gone", "new version gone"])
def test_all_targets_gone_after_enough_events(rollout, watch):
    done = rollout.watches[watch]
    assert done.counts() == (400, 404), done.err
    assert done.verdict == (4, "inconclusive"), done.err
    assert "what happened since is not known" in done.reason or "the new version is not there any more" in done.reason


def test_new_version_that_somebody_took_back(fleet):
    done = fleet.watches["taken back"]
    assert done.verdict == (4, "inconclusive"), done.err
    assert done.reason.startswith("the new version is not there any more since ")
