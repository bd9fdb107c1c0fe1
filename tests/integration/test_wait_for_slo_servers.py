"""wait-for-slo counts exactly while servers are restarted, wiped and killed, with replicas and shards, and through what speaks like Thanos.

All watches run at once, while one play goes on: one test asks what one of them has counted.
"""

import contextlib
import shutil
import signal
from dataclasses import dataclass

import pytest

from counting_service import CountingService
from fault_proxy import FaultProxy
from servers import Prometheus, wait_for
from slo_watches import Watch, only, wait_for_counts, wait_for_scrape
from thanos_stand_in import ThanosStandIn

# Below 90 % of errors nothing is proven, so no watch ends before the others.
NEVER_VIOLATED = "10"
OFTEN = ("--interval", "500ms", "--max-errors", "100")
# A look asks some five questions: so many later one of them has begun and ended.
TWO_LOOKS = 12


@dataclass
class Played:
    """What the watches have seen, after the play is over."""

    watches: dict
    services: dict
    thanos: dict
    counts_at_half_time: tuple

    def check(self, watch, *services):
        """That it has counted all events of these services since all of them began with 1,000 good and 100 bad ones."""
        good, bad = (sum(counts) for counts in zip(*(self.services[name].counts() for name in services)))
        good, bad = good - 1000 * len(services), bad - 100 * len(services)
        assert (good, bad) > (0, 0)
        assert self.watches[watch].counts() == (good, good + bad), self.watches[watch].err
        assert self.watches[watch].verdict == (0, "holds"), self.watches[watch].err


def look_twice(*watched):
    """Until watches that ask these proxies have seen what is there now."""
    for proxy in watched:
        before = len(proxy.requests)
        wait_for(lambda: len(proxy.requests) >= before + TWO_LOOKS, "two looks")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("servers")
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        services = {name: enter(CountingService(good=1000, bad=100, age=1000)) for name in ("both", "first", "second", "restarted", "wiped")}

        def prometheus(name, *scraped):
            return enter(Prometheus(folder / name, targets=[services[one].address for one in scraped]))

        first, second = prometheus("first", "both", "first"), prometheus("second", "both", "second")
        restarted, wiped = prometheus("restarted", "restarted"), prometheus("wiped", "wiped")
        seen_by = {first: ("both", "first"), second: ("both", "second"), restarted: ("restarted",), wiped: ("wiped",)}
        for server, names in seen_by.items():
            for name in names:
                wait_for_scrape(server, services[name])
        # Three ways to the same server: one that is not ready for a while, one that never is, one that tells of two replicas.
        late, never, to_restarted, to_wiped = (enter(FaultProxy(server.url)) for server in (first, first, restarted, wiped))
        thanos = {"apart": enter(ThanosStandIn(first.url)), "deduplicated": enter(ThanosStandIn(first.url))}
        late.answer(503, "Service Unavailable")
        never.answer(503, "Service Unavailable")

        def watch(urls, *arguments, of, **options):
            places = only(*(services[name] for name in of))
            return enter(Watch(urls, *places, *arguments, **{"objective": NEVER_VIOLATED, "watch": "22s", **options}))

        pair = [first.url, second.url]
        watches = {"replicas": watch(pair, of=["both"]),
                   "replicas, the first of which is lost": watch(pair[::-1], of=["both"]),
                   "shards": watch(pair, "--shards", of=["first", "second"], watch="7s"),
                   "lost shard": watch(pair, "--shards", "--interval", "200ms", "--max-errors", "3", of=["first", "second"], watch="60s"),
                   "restarted": watch(to_restarted.url, *OFTEN, of=["restarted"]),
                   "wiped": watch(to_wiped.url, *OFTEN, of=["wiped"]),
                   "apart": watch(thanos["apart"].url, "--replica-label", "replica", of=["both"]),
                   "deduplicated": watch(thanos["deduplicated"].url, of=["both"])}
        waiting = {"late": watch(late.url, "--interval", "200ms", of=["both"], watch="7s"),
                   "never": watch(never.url, "--interval", "200ms", of=["both"], watch="3s")}
        for one in watches.values():
            one.started()
        for one in waiting.values():
            one.wait("the server is not ready yet, it is waited for")
        late.clear()
        waiting["late"].started()

        for number, service in enumerate(services.values()):
            service.count(100 + number, 1 + number)
        for server, names in seen_by.items():
            wait_for_counts(server, *(services[name] for name in names))
        look_twice(to_restarted, to_wiped)
        watches["shards"].finish()
        waiting["late"].finish()
        counts_at_half_time = services["both"].counts()

        thanos["apart"].lose("a")
        for server in (second, restarted, wiped):
            server.stop(signal.SIGKILL)
        shutil.rmtree(folder / "wiped" / "data")
        for name in ("both", "restarted", "wiped"):
            services[name].count(50, 5)
        for server, name in ((restarted, "restarted"), (wiped, "wiped")):
            watches[name].wait("this look does not count")
            server.start()
            wait_for_scrape(server, services[name])
            services[name].count(13, 1)
        for server, name in ((first, "both"), (restarted, "restarted"), (wiped, "wiped")):
            wait_for_counts(server, services[name])
        assert all(watches[name].is_running() for name in ("replicas", "restarted", "wiped", "apart")), "the watches were over before the play was"
        watches.update(waiting)
        for one in watches.values():
            one.finish()
        yield Played(watches, services, thanos, counts_at_half_time)


def test_restart_after_a_crash(played):
    played.check("restarted", "restarted")
    assert "it answers again" in played.watches["restarted"].err


def test_server_that_lost_all_its_data(played):
    """What was counted before stays, and so does what was missed."""
    played.check("wiped", "wiped")


@pytest.mark.parametrize("watch", ["replicas", "replicas, the first of which is lost"])
def test_replicas_are_never_added_up(played, watch):
    played.check(watch, "both")
    assert "is left out while it does not answer" in played.watches[watch].err


def test_shards_are_added_up(played):
    played.check("shards", "first", "second")


def test_without_one_shard_no_look_counts(played):
    watch = played.watches["lost shard"]
    assert watch.verdict == (3, "error"), watch.err
    assert watch.reason.startswith("could not tell, 3 looks in a row failed: ")


def test_server_that_is_not_ready_is_waited_for(played):
    good, bad = (now - then for now, then in zip(played.counts_at_half_time, (1000, 100)))
    watch = played.watches["late"]
    assert watch.counts() == (good, good + bad), watch.err
    assert watch.verdict == (0, "holds")


def test_server_that_never_becomes_ready(played):
    watch = played.watches["never"]
    assert watch.verdict == (3, "error"), watch.err
    assert watch.reason == "could not tell: the server was not ready within 3s"


@pytest.mark.parametrize("watch", ["apart", "deduplicated"])
def test_replicas_behind_thanos(played, watch):
    played.check(watch, "both")


@pytest.mark.parametrize("watch, dedup", [("apart", "false"), ("deduplicated", "true")])
def test_what_thanos_is_asked(played, watch, dedup):
    """Nothing partial, and all queries of a look at one time."""
    questions = played.thanos[watch].questions
    assert {(one["partial_response"], one["dedup"]) for one in questions} == {("false", dedup)}
    looks = {}
    for one in questions:
        if "[" in one["query"]:
            looks.setdefault(one["time"], []).append(one["query"].partition("{")[0])
    assert len(looks) > 2
    assert all("up" in queries and "app_requests_total" in queries for queries in list(looks.values())[1:]), looks
