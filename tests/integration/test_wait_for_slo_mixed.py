"""wait-for-slo with several sources at once, and with a command: what one of them does must not hide what another found."""

import json
import re
import signal
import time

import pytest

from counting_service import CountingService
from google_cloud import GoogleCloud
from probed_server import ProbedServer
from servers import Prometheus, wait_for
from slo_watches import GOOD, TOTAL, wait_for_scrape
from steps import cancel, run, start

FLAGGER = """\
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: app, namespace: test}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: app}
  service: {port: 80}
  analysis:
    interval: 10s
    threshold: 1
    iterations: 1
    metrics:
    - {name: burn rate, interval: 1m, thresholdRange: {max: 1}, query: 'select_slo_burn_rate("%s","300s")'}
"""


@pytest.fixture(scope="module", autouse=True)
def canary(tmp_path_factory):
    """Measures once, after ten seconds; the other tests run meanwhile."""
    folder = tmp_path_factory.mktemp("canary")
    with GoogleCloud(folder / "google") as google:
        (folder / "canary.yaml").write_text(FLAGGER % google.add_slo(burn_rate=2.0))
        process = start("wait-for-slo", "--analysis", folder / "canary.yaml", *google.options("service_account"), "--json")
        yield process
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """A Prometheus that counts good events only."""
    with CountingService(commit="new") as service:
        service.set_rates(200, 0)
        with Prometheus(tmp_path_factory.mktemp("prometheus"), targets=[service.address]) as prometheus:
            wait_for_scrape(prometheus, service)
            yield prometheus


@pytest.fixture
def server(tmp_path):
    with ProbedServer(tmp_path / "server") as one:
        yield one


@pytest.fixture
def google(tmp_path):
    with GoogleCloud(tmp_path / "google") as one:
        yield one


def probing(server, *arguments, watch="2s"):
    return ("--probe", server.url, "--probe-rate", "100", "--watch", watch, "--json", *arguments)


def counting(url):
    return ("--prometheus-url", url, "--good", GOOD, "--total", TOTAL, "--objective", "95", "--interval", "500ms")


def check(expression):
    return ("--check", expression, "--check-count", "2", "--check-interval", "1s")


def verdicts(answer):
    return [one["verdict"] for one in answer["objectives"] + answer["checks"]]


def test_all_sources_at_once(counted, server, google, tmp_path):
    """What holds, and then each kind of trouble of one of them alone."""
    slo, bad = google.add_slo(good=1000, bad=1), google.add_slo(good=50, bad=50)
    files = [word for form in ("html", "xml", "prom") for word in ("--report", tmp_path / f"report.{form}")]

    def mixed(slo, *more):
        return run("wait-for-slo", *probing(server, *counting(counted.url), *check("app_queue_length <= 1e6"), "--google-slo", slo, *google.options("service_account"), "--since", "20m", "--early-pass", *files, *more, watch="40s"))

    done = mixed(slo)
    assert (done.code, verdicts(done.json)) == (0, ["holds"] * 4), done.err
    assert done.json["reason"].startswith("all 4 objectives and checks; ")
    for form, words in (("html", "app_queue_length"), ("xml", 'tests="4"'), ("prom", "slipway_probe_")):
        assert words in (tmp_path / f"report.{form}").read_text()
    done = mixed(bad)
    assert (done.code, verdicts(done.json)[:3]) == (1, ["inconclusive", "violated", "inconclusive"]), done.err
    google.denied = "monitoring.timeSeries.list"
    done = mixed(slo)
    assert (done.code, verdicts(done.json)[:3]) == (3, ["inconclusive", "error", "inconclusive"]), done.err
    assert "Permission monitoring.timeSeries.list denied" in done.json["reason"] and "give the service account" in done.err


@pytest.mark.parametrize("away", ["503", "reset"])
def test_a_violation_is_found_while_another_server_is_away(counted, server, start_proxy, away):
    proxy = start_proxy(counted.url)
    process = start("wait-for-slo", *probing(server, *counting(proxy.url), watch="60s"))
    wait_for(lambda: server.seen()["ok"] >= 100, "some requests")
    proxy.answer(503, "starting") if away == "503" else proxy.reset()
    server.behave("502")
    out, err = process.communicate(timeout=50)
    answer = json.loads(out)
    assert (process.returncode, answer["verdict"], answer["objectives"][1]["verdict"]) == (1, "violated", "violated"), err


def test_a_command_may_restart_what_is_asked(counted, server, start_proxy):
    """Looks fail more often than they may while the command runs, and for a moment after it."""
    proxy = start_proxy(counted.url)
    proxy.let_pass(times=12)
    proxy.reset(times=12)
    done = run("wait-for-slo", *probing(server, *counting(proxy.url), "--max-errors", "2", watch="3s"), "--", "sh", "-c", "sleep 3")
    assert done.code == 0, done.err
    assert "this look does not count" in done.err


def test_a_burn_rate_of_google_in_a_canary(canary):
    out, err = canary.communicate(timeout=50)
    assert (canary.returncode, json.loads(out)["verdict"]) == (1, "violated"), err
    assert "2 > 1" in json.loads(out)["reason"]


def test_a_command_that_fails_is_told_whatever_the_verdict_is(server):
    for arguments, verdict in (((), "holds"), (("--min-events", "100000"), "inconclusive")):
        done = run("wait-for-slo", *probing(server, "--zero-downtime", *arguments, watch="500ms"), "--", "sh", "-c", "exit 7")
        assert (done.code, done.json["verdict"], done.json["command"]["exit_code"]) == (1, verdict, 7), done.err
        assert done.json["error"]["message"] == "the command failed: sh: exit code 7"


def test_a_command_that_is_asked_to_end_may_clean_up(server, tmp_path):
    script = f"trap 'sleep 2; touch {tmp_path}/cleaned; exit 1' TERM; echo ready; while :; do sleep 0.1; done"
    process = start("wait-for-slo", *probing(server, "--zero-downtime"), "--", "sh", "-c", script)
    for line in process.stderr:
        if "ready" in line:
            break
    done = cancel(process, signal.SIGTERM)
    assert done.code == 143 and (tmp_path / "cleaned").exists(), done.err


def test_what_a_command_leaves_behind_lives_on(server, tmp_path):
    script = f"nohup sh -c 'sleep 2; touch {tmp_path}/alive' > {tmp_path}/log 2>&1 & echo $!"
    done = run("wait-for-slo", *probing(server, "--zero-downtime", watch="500ms"), "--", "sh", "-c", script)
    assert done.code == 0, done.err
    wait_for((tmp_path / "alive").exists, "what the command started")


def test_a_machine_that_stands_still_is_no_violation(server):
    """Answers wait meanwhile, and nobody sends."""
    process = start("wait-for-slo", *probing(server, "--zero-downtime", "--probe-timeout", "1s", watch="5s"))
    wait_for(lambda: server.seen()["ok"] >= 50, "some requests")
    process.send_signal(signal.SIGSTOP)
    time.sleep(2.5)
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=50)
    assert process.returncode == 0, err
    assert json.loads(out)["probes"][0]["not_sent"] > 0 and "this machine stood still" in err


def test_an_answer_cannot_write_into_the_summary(server, tmp_path):
    server.set_version("\x1b[2J<img src=http://example.com/x>|`x` [y](http://example.com)")
    summary = tmp_path / "summary.md"
    done = run("wait-for-slo", *probing(server, "--zero-downtime", "--probe-version", "^X-Version: (.*)", watch="500ms"), env={"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary})
    assert done.code == 0, done.err
    [row] = [line for line in summary.read_text().splitlines() if "img" in line]
    assert re.match(r"\| `[^`]*` \| \d", row) and "\x1b" not in done.out + done.err + row


@pytest.mark.parametrize("arguments, words", [
    (("--require-budget",), "cannot use --require-budget: the budget is asked of Prometheus"),
    (("--where", 'version="new"'), "cannot use --where: nothing that Prometheus counts is watched"),
    (("--where", 'version="new"', "--check", "up <= 1", "--prometheus-url", "http://127.0.0.1:9"), "cannot use --where: nothing that Prometheus counts is watched"),
    (("--shards", "--prometheus-url", "http://127.0.0.1:9", "--prometheus-url", "http://127.0.0.2:9", "--check", "up <= 1"), "cannot use --shards with --check or --analysis"),
])
def test_what_would_have_no_effect_is_refused(arguments, words):
    done = run("wait-for-slo", "--probe", "http://127.0.0.1:9/", "--zero-downtime", "--json", *arguments)
    assert done.code == 2 and words in done.err


def test_a_mistake_that_only_the_server_knows_is_reported(google, tmp_path):
    """Who reads the report is the one who finds the job red."""
    report = tmp_path / "report.html"
    done = run("wait-for-slo", "--google-slo", f"{google.add_slo()}x", *google.options("service_account"), "--json", "--report", report)
    assert (done.code, done.json["verdict"]) == (2, "error"), done.err
    assert "not found" in report.read_text()
