"""wait-for-slo with requests of its own to a real server that is restarted, slow, resets, and changes its version.

The server writes down each request it saw: what the step counted is compared with that.
"""

import collections
import json
import signal
import time

import pytest

from probed_server import ProbedServer
from servers import free_port, wait_for
from steps import cancel, run, start


def probe(*arguments, watch="3s"):
    return ("--watch", watch, "--json", *arguments)


@pytest.fixture(scope="module", autouse=True)
def in_vain(tmp_path_factory):
    """A step that waits ten seconds for a good answer before its command; the other tests run meanwhile."""
    ran = tmp_path_factory.mktemp("in-vain") / "ran"
    closed = f"http://127.0.0.1:{free_port()}/"
    process = start("wait-for-slo", *probe("--probe", closed, "--zero-downtime"), "--", "touch", ran)
    yield process, closed, ran
    process.kill()
    process.communicate()


@pytest.fixture
def server(tmp_path):
    with ProbedServer(tmp_path / "server") as one:
        yield one


def finish(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, json.loads(out), err


def wait_for_more(server, behaviour, count):
    before = server.seen()[behaviour]
    wait_for(lambda: server.seen()[behaviour] >= before + count, f"requests that end as {behaviour}")


def test_every_failed_request_is_known(server):
    """100 requests a second while the server fails in every way that it can."""
    process = start("wait-for-slo", *probe("--probe", server.url, "--probe-rate", "100", "--probe-timeout", "1s", "--objective", "10",
                                           "--probe-version", "^X-Version: (.*)", "--probe-body", '"status":"ok"', watch="10s"))
    for behaviour in ("502", "reset", "truncated", "slow"):
        wait_for_more(server, "ok", 50)
        server.behave(behaviour)
        wait_for_more(server, behaviour, 20)
        server.behave("ok")
    wait_for_more(server, "ok", 50)
    with server.down():
        server.set_version("2")
        time.sleep(0.3)
    code, answer, err = finish(process)
    seen = server.seen()
    assert (code, answer["verdict"]) == (0, "holds"), err
    (probed,) = answer["probes"]
    told = collections.Counter(failure["reason"] for failure in probed["failures"])
    assert sum(told.values()) == probed["failed"]
    assert told["status 502"] == seen["502"]
    assert told["the answer ended too early"] == seen["truncated"]
    assert told["no answer within 1s"] == seen["slow"]
    assert told["connection refused"] >= 20
    # Connections that the kernel had taken when the server stopped listening are reset as well, and the server never saw a request.
    never_seen = probed["failed"] - sum(seen[behaviour] for behaviour in ("502", "truncated", "slow", "reset"))
    assert told["connection reset"] >= seen["reset"] >= 20
    # At the end of the watch some are under way.
    assert 0 <= seen.total() + never_seen - probed["requests"] < 100
    assert probed["not_sent"] == 0
    assert probed["failures"] == sorted(probed["failures"], key=lambda failure: failure["time"].rstrip("Z"))
    assert [version["version"] for version in probed["versions"]] == ["1", "2"]
    first, second = probed["versions"]
    assert first["failed"] == seen["502"] + seen["truncated"]
    assert second["failed"] == 0
    assert first["last"] < second["first"]
    (objective,) = answer["objectives"]
    assert (objective["total"], objective["total"] - objective["good"]) == (probed["requests"], probed["failed"])
    # Each of the first failed requests is a line of the log.
    for failure in probed["failures"][:20]:
        assert f"GET {server.url} at {failure['time']} failed" in err
    assert "more failed request" in err


def test_zero_downtime_ends_with_the_first_failed_request(server):
    process = start("wait-for-slo", *probe("--probe", server.url, "--probe-rate", "50", "--zero-downtime", watch="60s"))
    wait_for_more(server, "ok", 20)
    with server.down():
        code, answer, err = finish(process)
    assert (code, answer["verdict"]) == (1, "violated"), err
    assert answer["probes"][0]["failures"][0]["reason"] in ("connection refused", "connection reset", "the connection was closed without an answer")
    assert answer["seconds"] < 60


@pytest.mark.parametrize("connection", ["new", "keep-alive"])
def test_command_is_probed_from_before_it_begins(server, connection):
    """A deployment without downtime, and one that answers 502 in between: each of those is found, and the command runs to its end."""
    server.set_version("1")
    common = probe("--probe", server.url, "--probe-rate", "50", "--zero-downtime", "--probe-connection", connection, "--probe-version", "^X-Version: (.*)", "--min-events", "20", watch="1s")
    smooth = run("wait-for-slo", *common, "--", "sh", "-c", "sleep 0.5; echo 2 > version.new; mv version.new version; echo deployed", cwd=server.folder)
    assert (smooth.code, smooth.json["verdict"]) in ((0, "holds"), (4, "inconclusive")), smooth.err
    assert [version["version"] for version in smooth.json["probes"][0]["versions"]] == ["1", "2"]
    assert smooth.json["command"]["exit_code"] == 0
    assert "deployed" in smooth.err
    before = server.seen()["502"]
    rough = run("wait-for-slo", *common, "--", "sh", "-c", "echo 502 > behaviour; sleep 0.5; echo ok > behaviour; sleep 0.5; echo 3 > version", cwd=server.folder)
    assert (rough.code, rough.json["verdict"]) == (1, "violated"), rough.err
    assert rough.json["command"]["exit_code"] == 0
    assert (server.folder / "version").read_text() == "3\n"
    assert rough.json["probes"][0]["failed"] == server.seen()["502"] - before > 0


def test_what_cannot_be_told(server, in_vain):
    """Addresses that never answered well are mistakes, and no command begins upon them; those who cancel get what was seen."""
    server.behave("moved")
    mistyped = run("wait-for-slo", *probe("--probe", server.url, "--zero-downtime"))
    assert (mistyped.code, mistyped.json["verdict"]) == (2, "error"), mistyped.err
    assert "redirected to /elsewhere" in mistyped.json["reason"]
    assert "redirects are not followed" in mistyped.err
    server.behave("ok")
    process = start("wait-for-slo", *probe("--probe", server.url, "--objective", "99", "--probe-header", "Authorization: Bearer sesame-open", watch="60s"))
    wait_for_more(server, "ok", 5)
    done = cancel(process, signal.SIGTERM)
    assert done.code == 143
    assert done.json["probes"][0]["failed"] == 0
    assert "sesame-open" not in done.out + done.err
    process, closed, ran = in_vain
    code, answer, err = finish(process)
    assert (code, answer["verdict"]) == (3, "error"), err
    assert "the command does not run: no good answer within 10s from " + closed + ": connection refused" in err
    assert not ran.exists()
