"""wait-for-slo counts exactly to the event, whatever happens to services: traffic pauses around both ends of the watches.

All watches run at once on one Prometheus: one test asks what one of them has counted.
"""

import contextlib
import pathlib
import re
import time
from dataclasses import dataclass

import pytest

from counting_service import CountingService, SharedAddress
from servers import Prometheus, wait_for
from slo_watches import BAD, GOOD, TOTAL, Watch, only, query, wait_for_counts, wait_for_scrape

# Below 90 % of errors nothing is proven, so no watch ends before the others.
NEVER_VIOLATED = "10"
HOSTILE = r'''a"b\c|`{é}\n$(x)'''
HOSTILE_QUOTED = HOSTILE.replace("\\", "\\\\").replace('"', '\\"')

LATENCY = {"good": 'app_latency_seconds_bucket{le="0.5"}', "total": "app_latency_seconds_count"}

SLOTH_OBJECTIVE = """
- name: {name}
  objective: 10
  sli:
    events:
      error_query: sum(rate(app_requests_total{{code=~"5..",instance="{address}"}}[{{{{.window}}}}]))
      total_query: sum(rate(app_requests_total{{instance="{address}"}}[{{{{.window}}}}]))
  alerting: {{page_alert: {{disable: true}}, ticket_alert: {{disable: true}}}}"""

OPENSLO_DOCUMENT = """
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: app
  budgetingMethod: Occurrences
  timeWindow: [{{duration: 28d, isRolling: true}}]
  indicator:
    metadata: {{name: {name}}}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{type: Prometheus, spec: {{query: '{good}'}}}}}}
        total: {{metricSource: {{type: Prometheus, spec: {{query: '{total}'}}}}}}
  objectives: {objectives}
---"""

RULES = """
groups:
- name: requests
  interval: 1s
  rules:
  - {{record: 'code:app_requests:sum', expr: 'sum by (code) (app_requests_total{{instance="{address}"}})'}}
  - {{record: 'code:crashing_requests:sum', expr: 'sum by (code) (app_requests_total{{instance="{crashing}"}})'}}
  - {{record: 'code:app_requests:speed', expr: 'sum by (code) (rate(app_requests_total{{instance="{address}"}}[30s]))'}}
"""


def sloth(services):
    return "version: prometheus/v1\nservice: app\nslos:" + "".join(SLOTH_OBJECTIVE.format(name=name, address=service.address) for name, service in services.items()) + "\n"


def openslo(service):
    instance = f'instance="{service.address}"'
    requests = OPENSLO_DOCUMENT.format(name="requests", objectives="[{displayName: low, target: 0.1}, {displayName: lower, target: 0.05}]",
                                       good=f'app_requests_total{{code="200",{instance}}}', total=f"app_requests_total{{{instance}}}")
    latency = OPENSLO_DOCUMENT.format(name="latency", objectives="[{target: 0.1}]", good=f'app_latency_seconds_bucket{{le="0.5",{instance}}}',
                                      total=f"app_latency_seconds_count{{{instance}}}")
    return requests + latency


@dataclass
class Played:
    """What the watches have seen, after the play is over."""

    prometheus: Prometheus
    watches: dict
    services: dict
    hostile_summary: pathlib.Path

    def of_service(self, name):
        """What the watch of many services has counted of this one."""
        return next((one["good"], one["total"]) for one in self.watches["many"].json["objectives"] if one["name"].endswith(name))

    def check(self, name, good, bad):
        assert self.of_service(name) == (good, good + bad), self.watches["many"].err


def old_services():
    return {"plain": CountingService(good=1000, bad=100, age=1000),
            "past": CountingService(good=1000, bad=100, age=1000),
            "slow": CountingService(delay=0.7, good=10, age=1000),
            "lazy": CountingService(good=100, age=1000),
            "crashing": CountingService(good=3, bad=1, age=1000),
            "crashing-silent": CountingService(good=30, bad=1, age=1000, shows_start=False),
            "relabelled": CountingService(good=1000, bad=100, age=1000),
            "hostile": CountingService(good=100, bad=10, age=1000, labels=f'path="{HOSTILE_QUOTED}"'),
            "one": CountingService(good=5000, bad=50, age=1000), "other": CountingService(good=100, bad=1, age=500),
            "silent-one": CountingService(good=5000, bad=50, shows_start=False), "silent-other": CountingService(good=100, bad=1, shows_start=False)}


def late_services():
    return {"late-old": CountingService(good=5000, bad=500, age=1000), "late-new": CountingService(),
            "late-old-silent": CountingService(good=5000, bad=500, shows_start=False), "late-new-silent": CountingService(shows_start=False)}


def run_lives(prometheus, service, lives):
    """A crash loop: each life makes one error, and is scraped at least once."""
    for number in range(lives):
        time.sleep(1.1)  # start times within a second are one, as clients compute them from clocks that are corrected
        service.restart(commit=f"life{number}", good=10 + 7 * number, bad=1)
        wait_for(lambda: query(prometheus, f'app_build_info{{commit="life{number}",instance="{service.address}"}}'), "a scrape of this life")


def begin_without_errors(prometheus, service, good, bad):
    """A new process that shows no error at first."""
    service.restart(commit="quiet", good=good)
    errors = f'app_requests_total{{code="500",instance="{service.address}"}}'
    wait_for(lambda: query(prometheus, errors) is None, "a scrape without errors")
    service.count(bad=bad)
    wait_for(lambda: query(prometheus, errors) == bad, "errors again")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("counts")
    with contextlib.ExitStack() as stack:
        services = {name: stack.enter_context(service) for name, service in old_services().items()}
        late = {name: stack.enter_context(service) for name, service in late_services().items()}
        both = stack.enter_context(SharedAddress(services["one"], services["other"]))
        silent_both = stack.enter_context(SharedAddress(services["silent-one"], services["silent-other"]))
        scraped = [services[name] for name in ("plain", "past", "slow", "lazy", "crashing", "crashing-silent", "relabelled", "hostile")]
        targets = [service.address for service in (*scraped, both, silent_both)]
        prometheus = Prometheus(folder / "prometheus", targets=targets)
        (prometheus.rules / "requests.yml").write_text(RULES.format(address=services["plain"].address, crashing=services["crashing-silent"].address))
        stack.enter_context(prometheus)
        for service in scraped:
            wait_for_scrape(prometheus, service)
        wait_for(lambda: query(prometheus, "sum(code:app_requests:sum)"), "the first evaluation")

        before_past = time.time() + 0.5
        time.sleep(3)
        services["past"].count(300, 3)
        wait_for_counts(prometheus, services["past"])
        services["past"].count(70, 7)

        (folder / "many.yaml").write_text(sloth({**{name: services[name] for name in ("lazy", "crashing", "crashing-silent", "slow", "relabelled")}, **late}))
        (folder / "sloth.yaml").write_text(sloth({"plain": services["plain"]}))
        (folder / "openslo.yaml").write_text(openslo(services["plain"]))

        def watch(*arguments, **options):
            return stack.enter_context(Watch(prometheus.url, *arguments, **{"objective": NEVER_VIOLATED, "watch": "17s", **options}))

        plain, past = only(services["plain"]), only(services["past"])
        from_files = {"good": None, "total": None, "objective": None}
        recorded = {"good": 'code:app_requests:sum{code="200"}', "total": "code:app_requests:sum"}
        recorded_crashes = {"good": 'code:crashing_requests:sum{code="200"}', "total": "code:crashing_requests:sum"}
        instant = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(before_past)) + f".{int(before_past % 1 * 1000):03}Z"
        watches = {"since a duration": watch(*past, "--since", f"{int((time.time() - before_past) * 1000)}ms"),
                   "since an instant": watch(*past, "--since", instant),
                   "good and total": watch(*plain),
                   "bad and total": watch(*plain, good=None, bad=BAD),
                   "good and bad": watch(*plain, bad=BAD, total=None),
                   "latency": watch(*plain, **LATENCY),
                   "files": watch("--slo", folder / "sloth.yaml", "--slo", folder / "openslo.yaml", **from_files),
                   # Looks in quick succession: some come while a slow scrape is stored.
                   "slow": watch(*only(services["slow"]), "--interval", "100ms"),
                   "many": watch("--slo", folder / "many.yaml", **from_files),
                   "hostile": watch("--where", f'path="{HOSTILE_QUOTED}"', "--summary", folder / "hostile.md"),
                   "recorded": watch(**recorded),
                   "expanded": watch("--expand-rules", **recorded),
                   "recorded crashes": watch(**recorded_crashes, watch="60s"),
                   "expanded crashes": watch("--expand-rules", **recorded_crashes),
                   "several": watch(*only(both), watch="60s"),
                   "several silent": watch(*only(silent_both), watch="60s"),
                   "gauge": watch(*plain, good="app_queue_length", bad="app_build_info", total=None, watch="60s")}
        for one in watches.values():
            one.started()

        services["slow"].set_rates(50, 0)
        late["late-new"].restart(commit="new", good=40, bad=4)
        late["late-new-silent"].set_rates(50, 5)
        relabelled = services["relabelled"].address
        prometheus.set_targets([*targets, *(service.address for service in late.values())], labels={relabelled: {"rack": "7"}})
        for share in (1, 2, 3):
            services["plain"].count(100 * share, share)
            services["hostile"].count(10 * share, share)
            wait_for_counts(prometheus, services["plain"])
        services["lazy"].count(10, 7)
        run_lives(prometheus, services["crashing"], 3)
        # As many as before, and more than before.
        begin_without_errors(prometheus, services["crashing-silent"], good=20, bad=1)
        begin_without_errors(prometheus, services["crashing-silent"], good=10, bad=9)
        for service in late.values():
            wait_for_scrape(prometheus, service)
        wait_for(lambda: query(prometheus, f'app_build_info{{instance="{relabelled}",rack="7"}}'), "a scrape with the new label")
        for service in (*late.values(), services["relabelled"]):
            service.count(20, 2)
        for service in (late["late-new-silent"], services["slow"]):
            service.set_rates(0, 0)
        wait_for_counts(prometheus, *late.values(), services["slow"], services["lazy"], services["plain"], services["hostile"], services["relabelled"])
        running = [name for name in watches if watches[name].is_running()]
        assert {"many", "since a duration"} <= set(running), "the watches were over before the play was"
        for one in watches.values():
            one.finish()
        yield Played(prometheus, watches, {**services, **late}, folder / "hostile.md")


@pytest.mark.parametrize("watch", ["good and total", "bad and total", "good and bad", "latency", "recorded", "expanded"])
def test_all_ways_to_say_what_is_counted_count_the_same(played, watch):
    assert played.watches[watch].counts() == (600, 606), played.watches[watch].err
    assert played.watches[watch].verdict == (0, "holds")


def test_objectives_of_files(played):
    objectives = played.watches["files"].json["objectives"]
    assert len(objectives) == 4
    assert {(one["good"], one["total"], one["verdict"]) for one in objectives} == {(600, 606, "holds")}


@pytest.mark.parametrize("watch", ["since a duration", "since an instant"])
def test_events_since_a_deploy_in_the_past(played, watch):
    assert played.watches[watch].counts() == (370, 380), played.watches[watch].err


def test_slow_scrapes_make_no_errors(played):
    good = played.services["slow"].counts()[0] - 10
    assert played.watches["slow"].counts() == (good, good), played.watches["slow"].err
    assert all(tick["good"] == tick["total"] for tick in played.watches["slow"].json["objectives"][0]["ticks"])
    played.check("slow", good, 0)


def test_old_processes_that_count_are_named(played):
    """Without anything that tells versions apart they may be the old version."""
    err = played.watches["many"].err
    assert "without --start-when and --where, old and new version look the same" in err
    old = [name for name in ("lazy", "crashing", "slow") if "job=app, instance=" + played.services[name].address in err]
    assert "serve, too: " in err and old


def test_first_error_of_a_known_target_counts(played):
    played.check("lazy", 10, 7)


def test_crash_loop_hides_no_error(played):
    """Each life ends with as many errors as the one before."""
    good, bad = played.services["crashing"].sum_of_lives()
    played.check("crashing", good - 3, bad - 1)


def test_crash_loop_without_start_times(played):
    """A counter that falls tells of a new life, and so does a scrape that shows no errors."""
    good, bad = played.services["crashing-silent"].sum_of_lives()
    played.check("crashing-silent", good - 30, bad - 1)


@pytest.mark.parametrize("name", ["late-old", "late-old-silent"])
def test_history_of_an_old_process_that_is_discovered_late_does_not_count(played, name):
    played.check(name, 20, 2)


@pytest.mark.parametrize("name", ["late-new", "late-new-silent"])
def test_new_process_that_is_discovered_late_counts_in_full(played, name):
    played.check(name, *played.services[name].counts())


def test_target_whose_labels_change_does_not_count_its_history(played):
    played.check("relabelled", 20, 2)


def test_hostile_label_value(played):
    watch = played.watches["hostile"]
    assert watch.counts() == (60, 66), watch.err
    assert HOSTILE_QUOTED in watch.json["objectives"][0]["queries"]["total"]
    head, _, row = [line for line in played.hostile_summary.read_text().splitlines() if line.startswith("|")]
    assert len(re.findall(r"(?<!\\)\|", row)) == head.count("|"), row


@pytest.mark.parametrize("watch", ["several", "several silent"])
def test_several_processes_behind_one_address(played, watch):
    done = played.watches[watch]
    assert done.verdict == (3, "error"), done.err
    assert "several processes answer in turn at this address" in done.reason
    assert "scrape each process by itself" in done.err


def test_gauge_is_no_verdict(played):
    """Taken for a counter it would say that all is well."""
    assert played.watches["gauge"].verdict == (3, "error"), played.watches["gauge"].err
    assert "or its counters are none" in played.watches["gauge"].reason


def test_recorded_sum_that_falls_is_no_verdict(played):
    """Which of its sources began anew, and what it had, only the sources tell."""
    recorded, expanded = played.watches["recorded crashes"], played.watches["expanded crashes"]
    assert recorded.verdict == (3, "error"), recorded.err
    assert "so one of its sources is lost" in recorded.reason
    assert "--expand-rules" in recorded.err
    assert expanded.counts() == played.of_service("crashing-silent"), expanded.err


def test_recorded_rate_is_refused(played):
    with Watch(played.prometheus.url, good='code:app_requests:speed{code="200"}', total="code:app_requests:speed") as watch:
        assert watch.verdict == (2, "error"), watch.err
        assert "'code:app_requests:speed' is a rate and no counter" in watch.reason
        assert "--expand-rules" in watch.err
