"""run-job against the stand-in for Nomad: what the recordings of the real one show, each as a scenario with all that the step says.

The golden files in golden/run-job hold exit code, result and log.
"""

import pytest

from nomad_cluster import CheckFails, Crash, FlapsThenHealthy, Hang, Healthy, OutOfMemory, PullError, Unplaceable
from run_job import before, check_golden, job, service

# --- what Nomad refuses


@pytest.mark.parametrize("name, text", [
    ("unknown-argument", 'job "web" {\n  tipe = "service"\n}\n'),
    ("not-closed", 'job "web" {\n  group "web" {\n'),
    ("no-job", '# nothing\n'),
    ("empty", ""),
    ("no-driver", 'job "web" {\n  group "web" {\n    task "app" {\n    }\n  }\n}\n'),
    ("wrong-json", '{"ID": "web",\n "TaskGroups": [}\n'),
])
def test_refused_job(release, name, text):
    release.write("web.nomad", text)
    done = release.run("web.nomad")
    assert done.code in (1, 2)
    assert release.writes() == []
    check_golden(f"refused-{name}", release, done)


def test_unreadable(release):
    done = release.run("missing.nomad")
    assert done.code == 2
    check_golden("unreadable", release, done)


def test_refused_at_registration(release):
    """What only the registration finds, here a namespace."""
    release.write("web.nomad", service(top='namespace = "nowhere"'))
    done = release.run("web.nomad")
    assert done.code == 1
    check_golden("wrong-namespace", release, done)


# --- deployments that succeed


def test_first_deployment(release):
    """Canaries are asked for, and a first version has none."""
    release.write("web.nomad", service(canary=1, count=2))
    done = release.run("web.nomad")
    assert (done.code, release.state()) == (0, ([0], "successful"))
    check_golden("first-deployment", release, done, with_plan=True)
    again = release.run("web.nomad")
    assert again.code == 0
    assert again.json["changed"] is False
    assert release.writes() == ["register"]
    check_golden("unchanged", release, again)


def test_text_for_people(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    done = release.run("web.nomad", "--promote", as_text=True)
    assert done.code == 0
    check_golden("text", release, done, with_plan=True)


def test_dry_run(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    done = release.run("web.nomad", "--dry-run", as_text=True)
    assert (done.code, release.writes()) == (0, [])
    # Where each option came from is the same for all steps.
    done.err = "".join(line for line in done.err.splitlines(keepends=True) if " option " not in line)
    check_golden("dry-run", release, done, with_plan=True)
    refused = release.run("web.nomad", "--dry-run", "--fail-on-change")
    assert (refused.code, release.writes()) == (1, [])
    refused_run = release.run("web.nomad", "--fail-on-change")
    assert (refused_run.code, release.writes()) == (1, [])
    check_golden("fail-on-change", release, refused_run)


def test_canary_promoted(release):
    release.deploy(service(count=2))
    release.write("web.nomad", service(v=1, count=2, canary=1))
    done = release.run("web.nomad", "--promote")
    assert (done.code, release.state()) == (0, ([1, 0], "successful"))
    assert release.writes() == ["register", "promote"]
    check_golden("canary-promoted", release, done)


def test_blue_green(release):
    release.deploy(service(count=3))
    release.write("web.nomad", service(v=1, count=3, canary=3))
    done = release.run("web.nomad", "--", "true")
    assert (done.code, release.state()) == (0, ([1, 0], "successful"))
    check_golden("blue-green", release, done)


def test_canary_held(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    done = release.run("web.nomad")
    assert (done.code, release.state()) == (4, ([1, 0], "running"))
    check_golden("canary-held", release, done)
    text = release.run("web.nomad", as_text=True)
    assert text.code == 4
    check_golden("canary-held-text", release, text)
    goes_on = release.run("web.nomad", "--promote")
    assert (goes_on.code, release.state()) == (0, ([1, 0], "successful"))
    assert release.writes() == ["register", "promote"]
    check_golden("canary-held-goes-on", release, goes_on)


def test_auto_promote(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1, auto_promote=True))
    done = release.run("web.nomad")
    assert (done.code, release.writes(), release.state()) == (0, ["register"], ([1, 0], "successful"))


def test_promoted_by_somebody_else(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    before(release.nomad, "promote", lambda: release.nomad.promote("web"))
    done = release.run("web.nomad", "--promote")
    assert (done.code, release.state()) == (0, ([1, 0], "successful"))


# --- deployments that fail

FAILURES = {
    "crash": Crash(exit_code=3, stderr="cannot open /etc/app.conf: no such file\n", stdout="starting\n"),
    "out-of-memory": OutOfMemory(),
    "image": PullError(),
    "check": CheckFails(),
    "hang": Hang(),
}


@pytest.mark.parametrize("name", FAILURES)
def test_unhealthy_canary(release, name):
    release.deploy(service())
    release.nomad.behave("web", FAILURES[name], version=1)
    check = 'check {\n        name = "health"\n        type = "http"\n        path = "/health"\n        interval = "2s"\n        timeout = "1s"\n      }'
    release.write("web.nomad", service(v=1, canary=1, check=check))
    done = release.run("web.nomad", "--", "true")
    assert (done.code, done.json["reverted_to"]) == (1, 0)
    assert [version["Version"] for version in release.nomad.versions("web")] == [2, 1, 0]
    check_golden(f"unhealthy-canary-{name}", release, done)


def test_first_version_fails(release):
    release.nomad.behave("web", Crash(stderr="boom\n"))
    release.write("web.nomad", service())
    done = release.run("web.nomad")
    assert (done.code, release.writes()) == (1, ["register"])
    check_golden("first-version-fails", release, done)
    again = release.run("web.nomad")
    assert (again.code, release.writes()) == (1, ["register"])
    check_golden("first-version-failed-before", release, again)
    stopped = release.run("web.nomad", "--stop-on-failure")
    assert (stopped.code, release.writes()) == (1, ["register", "stop"])
    check_golden("first-version-stopped", release, stopped)


def test_many_fail(release):
    """The first three in full, then a count."""
    release.deploy(service(count=5))
    release.nomad.behave("web", Crash(exit_code=1, stderr="boom\n"), version=1)
    release.write("web.nomad", service(v=1, count=5, canary=5))
    done = release.run("web.nomad", "--promote")
    assert done.code == 1
    assert "and 2 more allocations" in done.err


def test_restarts_count(release):
    """What flaps and is healthy in the end is no failure."""
    release.deploy(service())
    release.nomad.behave("web", FlapsThenHealthy(times=2), version=1)
    release.write("web.nomad", service(v=1).replace("attempts = 0\n      mode", "attempts = 3\n      delay = \"1s\"\n      interval = \"1m\"\n      mode"))
    done = release.run("web.nomad")
    assert (done.code, release.state()[1]) == (0, "successful")
    assert done.json["allocations"][-1]["restarts"] == 2


# --- no place


def test_no_place(release):
    release.deploy(service())
    release.nomad.behave("web", Unplaceable(), version=1)
    release.write("web.nomad", service(v=1, canary=1))
    done = release.run("web.nomad", "--placement-timeout", "1s", "--promote")
    assert (done.code, done.json["reverted_to"]) == (1, 0)
    check_golden("no-place", release, done)


def test_no_place_at_first(release):
    """Autoscalers need a while."""
    release.deploy(service())
    release.nomad.behave("web", Unplaceable(dimension="memory"), version=1)
    release.write("web.nomad", service(v=1))
    with release.running("web.nomad") as running:
        running.wait_for("memory")
        assert release.nomad.wait_until(lambda nomad: nomad.state.job_evals(nomad.job("web")) and any(e["Status"] == "blocked" for e in nomad.state.evals.values()))
        release.nomad.behave("web", Healthy(), version=1)
        release.nomad.place("web")
        done = running.finish(30)
    assert (done.code, release.state()[1]) == (0, "successful")
    check_golden("no-place-at-first", release, done)


def test_dry_run_without_a_place(release):
    release.write("web.nomad", service().replace('datacenters', 'constraint {\n    attribute = "${attr.kernel.name}"\n    value = "plan9"\n  }\n  datacenters'))
    done = release.run("web.nomad", "--dry-run", as_text=True)
    assert done.code == 0
    done.err = "".join(line for line in done.err.splitlines(keepends=True) if " option " not in line)
    check_golden("dry-run-no-place", release, done)


# --- others act, too


def test_superseded(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    with release.running("web.nomad", "--", "sleep", "30") as running:
        running.wait_for("Gate: ")
        release.nomad.register_by_other("web", meta={"by": "somebody"})
        done = running.finish()
    assert (done.code, done.json["superseded"], release.writes()) == (1, True, ["register"])
    check_golden("superseded", release, done)


def test_superseded_and_allowed(release):
    release.deploy(service())
    release.nomad.behave("web", Hang(), version=1)
    release.write("web.nomad", service(v=1))
    with release.running("web.nomad", "--allow-superseded") as running:
        running.wait_for("registered job web")
        assert release.nomad.wait_until(lambda nomad: nomad.deployment("web")["JobVersion"] == 1)
        release.nomad.register_by_other("web", meta={"by": "somebody"})
        done = running.finish()
    assert (done.code, done.json["superseded"], done.json["status"]) == (0, True, "superseded")
    check_golden("superseded-and-allowed", release, done)


def test_stopped_by_somebody_else(release):
    release.deploy(service())
    release.nomad.behave("web", Hang(), version=1)
    release.write("web.nomad", service(v=1))
    with release.running("web.nomad") as running:
        running.wait_for("registered job web")
        assert release.nomad.wait_until(lambda nomad: nomad.deployment("web")["JobVersion"] == 1)
        release.nomad.stop("web")
        done = running.finish()
    assert (done.code, done.json["status"], release.writes()) == (1, "stopped", ["register"])
    check_golden("stopped-by-somebody-else", release, done)


def test_lost_race(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1))
    before(release.nomad, "register", lambda: release.nomad.register_by_other("web", meta={"by": "somebody"}))
    done = release.run("web.nomad")
    assert done.code == 1
    assert [version["Version"] for version in release.nomad.versions("web")] == [1, 0]
    check_golden("lost-race", release, done)


def test_lost_race_for_the_first_version(release):
    release.write("web.nomad", service(v=1))
    before(release.nomad, "register", lambda: release.nomad.register(service(v=7)))
    done = release.run("web.nomad")
    assert done.code == 1
    check_golden("lost-race-first-version", release, done)


def test_lost_race_and_retried(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1))
    before(release.nomad, "register", lambda: release.nomad.register_by_other("web", meta={"by": "somebody"}))
    done = release.run("web.nomad", "--retry-on-conflict")
    assert (done.code, release.state()) == (0, ([2, 1, 0], "successful"))
    check_golden("lost-race-retried", release, done)


def test_the_same_change_by_somebody_else(release):
    """Two pipelines of the same commit."""
    release.deploy(service())
    release.write("web.nomad", service(v=1))
    before(release.nomad, "register", lambda: release.nomad.register(service(v=1)))
    done = release.run("web.nomad", "--retry-on-conflict")
    assert (done.code, release.state()) == (0, ([1, 0], "successful"))
    assert done.json["changed"] is False


def test_garbage_collected_meanwhile(release):
    """What is asked for is gone in the middle; here the deployment that is followed."""
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))

    def collect():
        release.nomad.state.deployments.clear()
        release.nomad.state.evals.clear()

    with release.running("web.nomad", "--", "sh", "-c", "sleep 30") as running:
        running.wait_for("Gate: ")
        with release.nomad.state.lock:
            collect()
            release.nomad.state.next_index()
            release.nomad.state.lock.notify_all()
        done = running.finish()
    assert done.code in (0, 1, 3, 4)
    assert done.json["exit_code"] == done.code
