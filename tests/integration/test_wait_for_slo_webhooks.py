"""--on-pass and --on-fail of wait-for-slo: what becomes of the verdict when a receiver is broken. What one gets is in test_wait_for_slo.py,
where there are verdicts with numbers."""

import contextlib
import json
import os
import signal
import threading

import pytest

from servers import free_port, wait_for
from steps import run, start
from webhook_receiver import PATH, SECRET_OF_PATH, Receiver


@contextlib.contextmanager
def hanging():
    """A receiver that takes a request and never answers."""
    end = threading.Event()
    with Receiver(lambda: end.wait(120) and None) as receiver:
        yield receiver
        end.set()


def unreachable(*more, max_errors=1):
    """Arguments of a watch whose verdict is 'error' at once: nobody listens at this Prometheus."""
    return ("--prometheus-url", f"http://127.0.0.1:{free_port()}", "--good", "a", "--total", "b", "--objective", "99", "--watch", "60s", "--max-errors", max_errors, "--json", *more)


def test_a_receiver_that_fails_once_is_told_again_and_can_tell():
    with Receiver(503, 200) as receiver:
        done = run("wait-for-slo", *unreachable(), env={"SLIPWAY_WAIT_FOR_SLO_ON_FAIL": receiver.url, "SLIPWAY_WAIT_FOR_SLO_WEBHOOK_SECRET": receiver.KEY})
        assert (done.code, done.json["verdict"]) == (3, "error")
        assert len(receiver.posts) == 2
        assert len({(headers["idempotency-key"], headers["x-hub-signature-256"], body) for headers, body in receiver.posts}) == 1
        assert receiver.believes(*receiver.posts[0])
        assert "again in" in done.err and "posted the verdict to http://127.0.0.1" in done.err
        assert SECRET_OF_PATH not in done.out + done.err and receiver.KEY not in done.out + done.err


def test_who_cannot_be_told_changes_no_verdict():
    with Receiver(500) as broken, Receiver(404) as unknown, Receiver() as elsewhere, Receiver(lambda: (307, "text/plain", b"", {"Location": elsewhere.url})) as moved, Receiver() as last:
        nobody = f"http://127.0.0.1:{free_port()}{PATH}"
        urls = [nobody, broken.url, unknown.url, moved.url, last.url]
        done = run("wait-for-slo", *unreachable("--verbose"), env={"SLIPWAY_WAIT_FOR_SLO_ON_FAIL": "\n".join(urls)})
        assert (done.code, done.json["exit_code"], done.json["verdict"]) == (3, 3, "error")
        assert [len(receiver.posts) for receiver in (broken, unknown, moved, elsewhere, last)] == [3, 1, 1, 0, 1]
        assert done.err.count("the verdict was not posted to ") == 4
        assert "status 404: said the receiver" in done.err
        assert "status 307: a redirect, which is not followed" in done.err
        assert SECRET_OF_PATH not in done.out + done.err


def test_a_receiver_that_hangs_keeps_no_cancelled_job_alive():
    with hanging() as receiver:
        process = start("wait-for-slo", *unreachable("--on-fail", receiver.url, "--on-fail", receiver.url))
        wait_for(lambda: receiver.posts, "the request")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
        assert json.loads(out)["verdict"] == "error"
        assert process.returncode == 3
        assert "cancelled" in err
        assert len(receiver.posts) == 1


@pytest.mark.skipif(os.environ.get("SLIPWAY_FULL") != "1", reason="waits for three timeouts of ten seconds")
def test_a_receiver_that_hangs_is_left():
    with hanging() as receiver:
        done = run("wait-for-slo", *unreachable("--on-fail", receiver.url))
        assert (done.code, done.json["verdict"]) == (3, "error")
        assert len(receiver.posts) == 3
        assert "no complete answer within 10s" in done.err


def test_nobody_is_told_of_a_cancelled_watch():
    with Receiver() as receiver:
        process = start("wait-for-slo", *unreachable("--on-fail", receiver.url, "--on-pass", receiver.url, max_errors=1000))
        for line in process.stderr:
            if "this look does not count" in line:
                break
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=10)
        assert process.returncode == 143
        assert json.loads(out)["verdict"] == "inconclusive"
        assert receiver.posts == []


def test_a_dry_run_names_hosts_and_asks_nobody():
    with Receiver() as receiver:
        done = run("wait-for-slo", *(word for word in unreachable("--dry-run", "--on-fail", receiver.url) if word != "--json"))
        assert done.code == 0
        assert f"would post the verdict to {receiver.url.removesuffix(PATH)} when it is any other than 'holds'" in done.out
        assert SECRET_OF_PATH not in done.out + done.err
        assert receiver.posts == []
    refused = run("wait-for-slo", *unreachable("--on-pass", "hooks.slack.com" + PATH))
    assert refused.code == 2
    assert "cannot use --on-pass: it is no http:// or https:// URL" in refused.err
    assert SECRET_OF_PATH not in refused.out + refused.err
