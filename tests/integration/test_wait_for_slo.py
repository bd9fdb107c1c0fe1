"""wait-for-slo on a real Prometheus that scrapes a service whose every event is known."""

import contextlib
import json
import signal
import subprocess

import pytest

from counting_service import CountingService
from servers import Prometheus, wait_for
from slo_watches import GOOD, TOTAL, query, wait_for_scrape
from steps import BIN, cancel, environment, run, start, under_strace
from webhook_receiver import Receiver

NEW = 'app_build_info{commit="new"}'


NAMES = ("exact", "bad", "silent", "broken", "restarted")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One Prometheus that scrapes a service for each test that needs nothing else: it takes some seconds until it begins to."""
    with contextlib.ExitStack() as stack:
        services = {name: stack.enter_context(CountingService(commit=name, delay=0.5 if name == "exact" else 0)) for name in NAMES}
        for service in services.values():
            service.set_rates(100, 100)
        targets = [service.address for service in services.values()]
        prometheus = stack.enter_context(Prometheus(tmp_path_factory.mktemp("shared"), targets=targets))
        for service in services.values():
            wait_for_scrape(prometheus, service)
        yield prometheus, services


@pytest.fixture
def start_service():
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(CountingService(**options))


def only(service):
    return "--where", f'instance="{service.address}"'


def pause(prometheus, service):
    """Stops the traffic, and waits until Prometheus knows all of it."""
    service.set_rates(0, 0)
    counts = service.counts()
    wait_for(lambda: query(prometheus, f'sum(app_requests_total{{instance="{service.address}"}})') == sum(counts), "the last count")
    return counts


def arguments(url, *more, good=GOOD, total=TOTAL, objective="95", watch="5s"):
    return ("--prometheus-url", url, "--good", good, "--total", total, "--objective", objective, "--watch", watch, "--json", *more)


class Log:
    """What a running step says, to wait for."""

    def __init__(self, process):
        self._process = process
        self.text = ""

    def wait(self, words):
        for line in self._process.stderr:
            self.text += line
            if words in line:
                return
        raise AssertionError(f"ended without saying '{words}':\n{self.text}")


def finish(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def verdict(done):
    return done.code, done.json["verdict"]


def test_counts_are_exact_when_traffic_pauses_around_both_ends(shared):
    """What was counted before does not count, and each event since does; a slow scrape makes no errors."""
    prometheus, services = shared
    service = services["exact"]
    before = pause(prometheus, service)
    process = start("wait-for-slo", *arguments(prometheus.url, *only(service), "--start-when", 'app_build_info{commit="exact"}', watch="8s"))
    Log(process).wait("counting from")
    service.set_rates(200, 2)
    wait_for(lambda: sum(service.counts()) > sum(before) + 700, "some traffic")
    service.set_rates(0, 0)
    good, bad = (now - then for now, then in zip(service.counts(), before))
    code, out, err = finish(process)
    assert code == 0, err
    objective = json.loads(out)["objectives"][0]
    assert (objective["good"], objective["total"]) == (good, good + bad)
    assert json.loads(out)["reason"].startswith(f"of {good + bad} events {bad} were bad")


def test_bad_release_is_violated_before_the_end(shared):
    """Two gates at once, as a pipeline runs them: one on errors, one on latency."""
    prometheus, services = shared
    services["bad"].set_rates(14.4, 3.6)
    latency = {"good": 'app_latency_seconds_bucket{le="0.5"}', "total": "app_latency_seconds_count"}
    gates = [start("wait-for-slo", *arguments(prometheus.url, *only(services["bad"]), watch="60s", **selectors)) for selectors in ({}, latency)]
    for gate in gates:
        code, out, err = finish(gate)
        answer = json.loads(out)
        assert (code, answer["verdict"]) == (1, "violated"), err
        assert answer["seconds"] < 60
        assert "the objective allows 5 %; burn rate" in answer["reason"]
        assert answer["error"]["message"] == "violated: " + answer["reason"]


def test_who_wants_to_know_a_verdict_is_told(shared):
    prometheus, services = shared
    pause(prometheus, services["exact"])
    services["exact"].set_rates(200, 0)
    services["bad"].set_rates(100, 100)
    ci = {"GITLAB_CI": "true", "CI_PROJECT_PATH": "team/app", "CI_JOB_URL": "https://git.example.com/j/2", "CI_COMMIT_SHA": "0123456789abcdef", "CI_COMMIT_SHORT_SHA": "01234567", "CI_COMMIT_BRANCH": "main"}
    with Receiver() as passed, Receiver() as failed:
        env = {**ci, "SLIPWAY_WAIT_FOR_SLO_ON_PASS": passed.url, "SLIPWAY_WAIT_FOR_SLO_ON_FAIL": failed.url, "SLIPWAY_WAIT_FOR_SLO_WEBHOOK_SECRET": Receiver.KEY}
        watches = [start("wait-for-slo", *arguments(prometheus.url, *only(services[name]), watch=watch), env=env) for name, watch in (("exact", "3s"), ("bad", "60s"))]
        answers = [json.loads(finish(watch)[1]) for watch in watches]
    for answer, receiver, code, word in zip(answers, (passed, failed), (0, 1), ("holds", "violated")):
        [(headers, body)] = receiver.posts
        assert receiver.believes(headers, body) and not receiver.believes(headers, body + b" ")
        told = json.loads(body)
        assert [(said["verdict"], said["exit_code"], said["reason"]) for said in (answer, told)] == [(word, code, answer["reason"])] * 2
        assert told["objectives"] == [{name: answer["objectives"][0][name] for name in ("name", "verdict", "error_rate", "burn_rate", "good", "total")}]
        assert told["ci"]["commit"] == "0123456789abcdef"
        assert told["text"] == f"*wait-for-slo: {word}*: 95 % of app_requests_total: {answer['reason']} (team/app, main, 01234567) https://git.example.com/j/2"


def test_without_traffic_it_is_inconclusive(shared):
    prometheus, services = shared
    pause(prometheus, services["silent"])
    done = run("wait-for-slo", *arguments(prometheus.url, *only(services["silent"]), watch="3s"))
    assert verdict(done) == (4, "inconclusive"), done.err
    assert done.json["reason"] == "there were no events: nobody used what is being watched"


def test_service_that_cannot_be_scraped_any_more(shared):
    prometheus, services = shared
    services["broken"].set_rates(100, 0)
    process = start("wait-for-slo", *arguments(prometheus.url, *only(services["broken"]), watch="8s"))
    Log(process).wait("counting from")
    services["broken"].fail()
    code, out, err = finish(process)
    assert (code, json.loads(out)["verdict"]) == (4, "inconclusive"), err
    assert "old: what happened since is not known" in json.loads(out)["reason"]
    assert "cannot be scraped at the moment: job=app, instance=" + services["broken"].address in err


def test_new_process_at_the_same_address(shared):
    """Its counters begin at 0 again, and its first error is the first that is ever seen of it."""
    prometheus, services = shared
    service = services["restarted"]
    process = start("wait-for-slo", *arguments(prometheus.url, *only(service), "--start-when", NEW, watch="6s"))
    Log(process).wait("waiting for the new version")
    service.restart(commit="new")
    service.set_rates(100, 1)
    code, out, err = finish(process)
    assert code == 0, err
    objective = json.loads(out)["objectives"][0]
    assert 0 < objective["error_rate"] < 0.05
    assert objective["total"] <= sum(service.counts())


def test_new_version_never_comes(shared):
    prometheus, _ = shared
    missing = 'app_build_info{commit="missing"}'
    done = run("wait-for-slo", *arguments(prometheus.url, "--start-when", missing, "--start-timeout", "2s", "--exit-code", "inconclusive=0"))
    assert verdict(done) == (0, "inconclusive"), done.err
    assert done.json["reason"] == f"the new version did not appear within 2s: {missing}"


def test_only_the_new_version_counts_after_a_switch(start_prometheus, start_service):
    """The old version fails half of its requests until the new one, at another address, takes over."""
    old, new = start_service(commit="old"), start_service(commit="new")
    old.set_rates(100, 100)
    prometheus = start_prometheus(targets=[old.address])
    wait_for_scrape(prometheus, old)
    process = start("wait-for-slo", *arguments(prometheus.url, "--start-when", NEW, watch="4s"))
    log = Log(process)
    log.wait("waiting for the new version")
    new.set_rates(100, 0)
    prometheus.set_targets([new.address])
    code, out, err = finish(process)
    assert code == 0, err
    objective = json.loads(out)["objectives"][0]
    assert objective["good"] == objective["total"] > 100


def test_prometheus_starts_anew_in_the_middle(start_prometheus, start_service):
    service = start_service()
    service.set_rates(100, 0)
    prometheus = start_prometheus(targets=[service.address])
    wait_for_scrape(prometheus, service)
    process = start("wait-for-slo", *arguments(prometheus.url, "--where", 'job="app"', "--interval", "500ms", "--max-errors", "60", watch="12s"))
    log = Log(process)
    log.wait("counting from")
    prometheus.stop(signal.SIGKILL)
    log.wait("this look does not count")
    prometheus.start()
    code, out, err = finish(process)
    assert code == 0, log.text + err
    assert "it answers again" in log.text + err
    objective = json.loads(out)["objectives"][0]
    assert objective["good"] == objective["total"] > 100


def test_prometheus_is_killed_in_the_middle(start_prometheus, start_service):
    service = start_service()
    service.set_rates(100, 0)
    prometheus = start_prometheus(targets=[service.address])
    process = start("wait-for-slo", *arguments(prometheus.url, "--interval", "200ms", watch="60s"))
    Log(process).wait("counting from")
    prometheus.stop(signal.SIGKILL)
    code, out, err = finish(process)
    answer = json.loads(out)
    assert (code, answer["verdict"]) == (3, "error"), err
    assert answer["reason"].startswith("could not tell, 5 looks in a row failed: POST http://127.0.0.1")


def test_unreachable():
    done = run("wait-for-slo", *arguments("http://127.0.0.1:9", "--interval", "100ms", "--max-errors", "2"))
    assert verdict(done) == (3, "error"), done.err
    assert done.json["reason"].startswith("could not tell, 2 looks in a row failed: POST http://127.0.0.1:9/api/v1/query: ")
    assert done.json["error"]["message"].startswith("could not tell, 2 looks")


def test_credentials(start_prometheus, tmp_path):
    hashed = subprocess.run(["htpasswd", "-niB", "gate"], input="sesame-open", text=True, check=True, capture_output=True).stdout.strip().split(":")[1]
    prometheus = start_prometheus(web=f"basic_auth_users:\n  gate: {hashed}\n")
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    wrong.write_text("open-sesame\n")
    right.write_text("sesame-open\n")
    login = ("--prometheus-user", "gate", "--start-when", NEW, "--start-timeout", "0s", "--prometheus-password-file")
    refused = run("wait-for-slo", *arguments(prometheus.url, *login, wrong))
    assert verdict(refused) == (3, "error"), refused.err
    assert "the server refuses the credentials (status 401)" in refused.json["reason"]
    assert "open-sesame" not in refused.out + refused.err
    assert verdict(run("wait-for-slo", *arguments(prometheus.url, *login, right))) == (4, "inconclusive")


def test_query_that_only_prometheus_recognises_as_wrong(start_prometheus):
    """Functions come with later versions."""
    prometheus = start_prometheus()
    done = run("wait-for-slo", *arguments(prometheus.url, "--start-when", 'histogram_avg(up)'))
    assert verdict(done) == (2, "error"), done.err
    assert "the server refuses the query: " in done.json["reason"]


@pytest.mark.parametrize("lie", ["login page", "cut", "reset", "stall", "500"])
def test_lying_server(start_prometheus, start_proxy, lie):
    proxy = start_proxy(start_prometheus().url)
    {"login page": lambda: proxy.answer(200, "<html>Sign in</html>"), "cut": lambda: proxy.cut(after=20), "reset": proxy.reset,
     "stall": proxy.stall, "500": lambda: proxy.answer(500, "oops")}[lie]()
    done = run("wait-for-slo", *arguments(proxy.url, "--interval", "100ms", "--max-errors", "2", "--query-timeout", "500ms"))
    assert verdict(done) == (3, "error"), done.err
    assert "could not tell, 2 looks in a row failed: " in done.json["reason"]
    assert len(proxy.requests) == 2


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_cancelled_while_a_request_hangs(start_prometheus, start_proxy, number, code):
    proxy = start_proxy(start_prometheus().url)
    proxy.stall()
    process = start("wait-for-slo", *arguments(proxy.url, "--query-timeout", "60s"))
    wait_for(lambda: proxy.requests, "the first request")
    done = cancel(process, number)
    assert done.code == code
    assert done.json["error"]["message"].startswith("cancelled")


def test_cancelled_while_it_waits(start_prometheus, tmp_path):
    prometheus = start_prometheus()
    process = start("wait-for-slo", *arguments(prometheus.url, "--start-when", NEW, "--dotenv", tmp_path / "gate.env"))
    log = Log(process)
    log.wait("waiting for the new version")
    done = cancel(process)
    assert done.code == 143
    assert not (tmp_path / "gate.env").exists()


def test_full_disk(start_prometheus, tmp_path):
    """The verdict that nobody can read is no success."""
    prometheus = start_prometheus()
    call = arguments(prometheus.url, "--start-when", NEW, "--start-timeout", "0s", "--exit-code", "inconclusive=0")
    with open("/dev/full", "w") as full:
        done = subprocess.run([BIN / "wait-for-slo", *call], env=environment(), stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 3
    assert "cannot write the result to standard output: No space left on device" in done.stderr
    done = subprocess.run(
        ["strace", "-f", "-o", "/dev/null", "-e", "inject=fsync:error=ENOSPC", BIN / "wait-for-slo", *call, "--dotenv", "gate.env"],
        env=under_strace(), cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 3
    assert "cannot write gate.env: No space left on device" in done.stderr
    assert not list(tmp_path.glob("*gate*"))
