"""run-job when it is cancelled, run again, or not alone."""

import contextlib
import pathlib
import signal

import pytest

from nomad_cluster import Hang, Healthy
from run_job import batch, check_golden, service
from servers import wait_for


def hang(release, state="pending"):
    release.deploy(service())
    release.nomad.behave("web", Hang(state), version=1)
    release.write("web.nomad", service(v=1))


def processes_with(words):
    """Ids of what was called so."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if path.read_bytes() == b"\0".join(word.encode() for word in words.split()) + b"\0":
                found.append(path.parent.name)
    return found


def at_plan(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1))
    release.nomad.fault(lambda method, path: path.endswith("/plan"), "slow", seconds=3)
    return "", lambda running: wait_for(lambda: any(request.path.endswith("/plan") for request in release.nomad.requests), "the plan", 10)


def at_following(release):
    hang(release)
    return "", lambda running: running.wait_for("group web: ")


def at_gate(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    return "sh -c 'trap \"\" TERM; sleep 4242 & sleep 4242'", lambda running: wait_for(lambda: processes_with("sleep 4242"), "the gate", 10)


def at_the_end(release):
    """While it is taken back."""
    release.deploy(service())
    release.nomad.behave("web", Hang(), version=2)
    release.write("web.nomad", service(v=1))
    return "false", lambda running: running.wait_for("goes back to version 0")


@pytest.mark.parametrize("choice", ["leave", "revert"])
@pytest.mark.parametrize("phase", [at_plan, at_following, at_gate, at_the_end])
def test_cancelled(release, phase, choice):
    gate, reached = phase(release)
    options = ["--gate", gate] if gate else []
    with release.running("web.nomad", "--on-cancel", choice, *options) as running:
        assert reached(running) is not False
        done = running.cancel()
    assert done.code == 143
    assert done.json["exit_code"] == 143
    if phase is at_gate:
        wait_for(lambda: not processes_with("sleep 4242"), "the gate's processes to be gone", 2)
    versions = [version["Version"] for version in release.nomad.versions("web")]
    if phase is at_plan:
        assert versions == [0]
    elif phase is at_the_end:
        assert versions == [2, 1, 0]
    elif choice == "leave":
        assert (versions, release.nomad.deployment("web")["Status"]) == ([1, 0], "running")
    else:
        assert versions == [2, 1, 0]
        assert release.nomad.wait_until(lambda nomad: nomad.deployment("web")["Status"] == "successful")
    check_golden(f"cancelled-{phase.__name__.replace('_', '-')}-{choice}", release, done)


def test_cancelled_first_version(release):
    release.nomad.behave("web", Hang())
    release.write("web.nomad", service())
    with release.running("web.nomad", "--on-cancel", "revert") as running:
        running.wait_for("group web: ")
        done = running.cancel()
    assert (done.code, release.writes()) == (143, ["register", "fail"])
    check_golden("cancelled-first-version", release, done)


def test_cancelled_without_a_server(release):
    """A server that is away does not keep it from ending."""
    hang(release)
    with release.running("web.nomad", "--on-cancel", "revert") as running:
        running.wait_for("registered job web, version 1")
        release.nomad.outage(20)
        done = running.cancel()
    assert done.code == 143


def test_cancelled_batch(release):
    release.nomad.behave("migrate", Hang("running"))
    release.write("migrate.nomad", batch())
    with release.running("migrate.nomad", "--on-cancel", "revert") as running:
        running.wait_for("registered job migrate")
        done = running.cancel()
    assert (done.code, release.writes()) == (143, ["register"])
    check_golden("cancelled-batch", release, done)


def test_interrupted(release):
    hang(release)
    with release.running("web.nomad") as running:
        running.wait_for("registered job web, version 1")
        running.process.send_signal(signal.SIGINT)
        assert running.finish(5).code == 130


def test_goes_on_after_a_cancellation(release):
    """A retried CI job follows what the first one registered."""
    release.deploy(service())
    release.nomad.behave("web", Hang("running"), version=1)
    release.write("web.nomad", service(v=1, canary=1))
    with release.running("web.nomad", "--promote") as running:
        running.wait_for("registered job web, version 1")
        assert release.nomad.wait_until(lambda nomad: (nomad.deployment("web") or {}).get("JobVersion") == 1)
        running.cancel()
    release.nomad.behave("web", Healthy(), version=1)
    with release.running("web.nomad", "--promote") as running:
        running.wait_for("registered already")
        release.nomad.finish("web", Healthy())
        done = running.finish()
    assert (done.code, done.json["changed"], done.json["promoted"]) == (0, False, True)
    assert release.writes() == ["register", "promote"]
    check_golden("goes-on-after-a-cancellation", release, done)


# --- two at once


def test_two_with_different_versions(release):
    """The later registration stands, and the earlier says so."""
    hang(release)
    with release.running("web.nomad") as first:
        first.wait_for("registered job web, version 1")
        release.write("other.nomad", service(v=2))
        second = release.run("other.nomad")
        done = first.finish()
    assert (second.code, second.json["version"]) == (0, 2)
    assert (done.code, done.json["superseded"]) == (1, True)
    assert release.state() == ([2, 1, 0], "successful")


def test_two_with_the_same_version(release):
    """Both follow one deployment, and it is promoted once by each gate or found promoted."""
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    with release.running("web.nomad", "--gate", "sleep 0.5") as first, release.running("web.nomad", "--retry-on-conflict", "--gate", "sleep 0.5") as second:
        one, other = first.finish(), second.finish()
    assert {one.code, other.code} <= {0, 1}
    assert 0 in (one.code, other.code)
    assert release.state() == ([1, 0], "successful")


def test_many_at_once(release):
    """Each registers upon its plan, or says who was faster; what was registered last stands and is healthy."""
    release.deploy(service())
    for number in range(1, 6):
        release.write(f"web{number}.nomad", service(v=number))
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(release.running(f"web{number}.nomad")) for number in range(1, 6)]
        done = [one.finish() for one in running]
    assert all(one.code in (0, 1) for one in done), [one.err for one in done]
    assert release.nomad.deployment("web")["Status"] == "successful"
    registered = [one.json["version"] for one in done if one.json["version"] is not None]
    assert sorted(registered) == [version["Version"] for version in reversed(release.nomad.versions("web"))][1:]
    last = [one for one in done if one.json["version"] == max(registered)]
    assert [one.code for one in last] == [0]
