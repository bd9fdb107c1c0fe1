"""What run-job does with a version that is refused by its gate or fails: the one before comes back, by Nomad or by the step."""

from nomad_cluster import Crash, Hang, HealthyThenCrash, Unplaceable
from run_job import batch, before, check_golden, service

REFUSES = ("--", "sh", "-c", "echo 'error rate 12 % instead of 1 %' >&2; exit 1")


def versions(release):
    return [version["Version"] for version in release.nomad.versions("web")]


def running_v(release):
    """The environment of what runs now."""
    return sorted(alloc["Job"]["TaskGroups"][0]["Tasks"][0]["Env"]["V"] for alloc in release.nomad.allocs("web")
                  if alloc["DesiredStatus"] == "run" and alloc["ClientStatus"] == "running")


def test_by_gate(release):
    release.deploy(service(count=2))
    release.write("web.nomad", service(v=1, count=2, canary=1))
    done = release.run("web.nomad", *REFUSES)
    assert (done.code, done.json["reverted_to"], release.writes()) == (1, 0, ["register", "fail", "revert"])
    assert (release.state(), running_v(release)) == (([2, 1, 0], "successful"), ["0", "0"])
    revert = release.nomad.writes()[-1]
    assert revert.body["EnforcePriorVersion"] == 1
    check_golden("taken-back", release, done)


def test_by_gate_and_by_nomad(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1, auto_revert=True))
    done = release.run("web.nomad", *REFUSES)
    assert (done.code, done.json["reverted_to"], release.writes()) == (1, 0, ["register", "fail"])
    assert (release.state(), running_v(release)) == (([2, 1, 0], "successful"), ["0"])
    check_golden("taken-back-by-nomad", release, done)


def test_failed_and_reverted_by_nomad(release):
    release.deploy(service())
    release.nomad.behave("web", Crash(stderr="boom\n"), version=1)
    release.write("web.nomad", service(v=1, auto_revert=True))
    done = release.run("web.nomad")
    assert (done.code, done.json["reverted_to"], release.writes()) == (1, 0, ["register"])
    assert (release.state(), running_v(release)) == (([2, 1, 0], "successful"), ["0"])
    check_golden("reverted-by-nomad", release, done)


def test_what_comes_back_wants_canaries(release):
    """Nomad holds a revert, too, when the version that comes back has canaries in its update block."""
    release.deploy(service(count=2, canary=1))
    release.write("web.nomad", service(v=1, count=2))
    done = release.run("web.nomad", *REFUSES)
    assert (done.code, done.json["reverted_to"]) == (1, 0)
    assert release.writes() == ["register", "revert", "promote"]
    assert (release.state(), running_v(release)) == (([2, 1, 0], "successful"), ["0", "0"])
    check_golden("taken-back-with-canaries", release, done)


def test_without_canaries(release):
    """The gate judges what is deployed already."""
    release.deploy(service())
    release.write("web.nomad", service(v=1))
    done = release.run("web.nomad", *REFUSES)
    assert (done.code, done.json["reverted_to"], release.writes()) == (1, 0, ["register", "revert"])
    assert (release.state(), running_v(release)) == (([2, 1, 0], "successful"), ["0"])
    check_golden("taken-back-without-canaries", release, done)


def test_first_version(release):
    release.write("web.nomad", service())
    done = release.run("web.nomad", *REFUSES)
    assert (done.code, release.writes()) == (1, ["register"])
    check_golden("taken-back-first-version", release, done)


def test_first_version_is_stopped(release):
    release.write("web.nomad", service())
    done = release.run("web.nomad", "--stop-on-failure", *REFUSES)
    assert (done.code, release.writes()) == (1, ["register", "stop"])
    assert release.nomad.job("web")["Stop"] is True


def test_newest_stable(release):
    """Version 1 was never healthy, so version 0 comes back."""
    release.deploy(service())
    release.nomad.behave("web", Crash(), version=1)
    release.nomad.register(service(v=1))
    assert release.nomad.wait_until(lambda nomad: nomad.deployment("web")["Status"] == "failed")
    release.write("web.nomad", service(v=2, canary=1))
    done = release.run("web.nomad", *REFUSES)
    assert (done.code, done.json["reverted_to"]) == (1, 0)
    assert running_v(release) == ["0"]


def test_unchanged_and_violated(release):
    """What somebody else deployed with success is judged, and stays."""
    release.deploy(service())
    release.write("web.nomad", service())
    done = release.run("web.nomad", *REFUSES)
    assert (done.code, release.writes(), running_v(release)) == (1, [], ["0"])
    check_golden("unchanged-and-violated", release, done)


def test_somebody_else_is_faster(release):
    """A newer version is registered just before the old one would come back: it stays."""
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    before(release.nomad, "revert", lambda: release.nomad.register(service(v=9)))
    done = release.run("web.nomad", *REFUSES)
    assert (done.code, done.json["superseded"], done.json["reverted_to"]) == (1, True, None)
    assert release.nomad.wait_until(lambda nomad: nomad.deployment("web")["Status"] == "successful")
    assert (versions(release), running_v(release)) == ([2, 1, 0], ["9"])
    check_golden("superseded-while-taken-back", release, done)


def test_somebody_else_takes_back_first(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    before(release.nomad, "fail", lambda: release.nomad.fail("web"))
    done = release.run("web.nomad", *REFUSES)
    assert (done.code, done.json["reverted_to"], running_v(release)) == (1, 0, ["0"])


def test_what_comes_back_is_broken(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1))
    release.nomad.behave("web", Crash(stderr="the database is not what version 0 knows\n"), version=2)
    done = release.run("web.nomad", *REFUSES)
    assert done.code == 1
    check_golden("what-comes-back-is-broken", release, done)


def test_what_comes_back_finds_no_place(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1))
    release.nomad.behave("web", Unplaceable(), version=2)
    done = release.run("web.nomad", "--placement-timeout", "1s", *REFUSES)
    assert done.code == 1
    check_golden("what-comes-back-finds-no-place", release, done)


def test_canary_dies_while_it_is_judged(release):
    """The gate is ended at once; there is nothing to judge any more."""
    release.deploy(service())
    release.nomad.behave("web", HealthyThenCrash(lasts=0.3, exit_code=7, stderr="panic: nil\n"), version=1)
    release.write("web.nomad", service(v=1, canary=1))
    done = release.run("web.nomad", "--", "sleep", "60", timeout=20)
    assert (done.code, running_v(release)) == (1, ["0"])
    assert "promote" not in release.writes()
    check_golden("canary-dies-in-gate", release, done)


def test_somebody_fails_it_while_it_is_judged(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    with release.running("web.nomad", "--", "sleep", "60") as running:
        running.wait_for("Gate: ")
        release.nomad.fail("web")
        done = running.finish(20)
    assert (done.code, done.json["reverted_to"], running_v(release)) == (1, 0, ["0"])


def test_somebody_promotes_it_while_it_is_judged(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    with release.running("web.nomad", "--", "sleep", "60") as running:
        running.wait_for("Gate: ")
        release.nomad.promote("web")
        done = running.finish(20)
    assert (done.code, release.writes(), release.state()[1]) == (0, ["register"], "successful")
    check_golden("promoted-by-somebody-else-in-gate", release, done)


def test_migration_stays(release):
    """What ran before the job that failed is named, with its version."""
    release.deploy(service())
    release.nomad.behave("web", Crash(exit_code=1, stderr="no column 'colour'\n"), version=1)
    release.write("migrate.nomad", batch())
    release.write("web.nomad", service(v=1, canary=1))
    done = release.run("migrate.nomad", "web.nomad", "--", "true")
    assert (done.code, done.json["reverted_to"]) == (1, 0)
    assert [one["status"] for one in done.json["jobs"]] == ["complete", "failed"]
    check_golden("migration-stays", release, done)


def test_first_failure_ends_the_run(release):
    release.nomad.behave("migrate", Crash(exit_code=1, stderr="ERROR: relation exists\n"))
    release.write("migrate.nomad", batch())
    release.write("web.nomad", service())
    done = release.run("migrate.nomad", "web.nomad")
    assert (done.code, release.writes(), release.nomad.job("web")) == (1, ["register"], None)
    check_golden("first-failure-ends-the-run", release, done)


# --- out of time


def test_timeout(release):
    release.deploy(service())
    release.nomad.behave("web", Hang(), version=1)
    release.write("web.nomad", service(v=1, deadline="0s"))
    done = release.run("web.nomad", "--timeout", "1s")
    assert (done.code, release.writes(), done.json["status"]) == (4, ["register"], "timed_out")
    check_golden("timeout", release, done)


def test_timeout_and_revert(release):
    release.deploy(service())
    release.nomad.behave("web", Hang(), version=1)
    release.write("web.nomad", service(v=1, deadline="0s"))
    done = release.run("web.nomad", "--timeout", "1s", "--on-timeout", "revert")
    assert (done.code, done.json["reverted_to"], running_v(release)) == (4, 0, ["0"])
    check_golden("timeout-and-revert", release, done)


def test_timeout_in_gate(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    done = release.run("web.nomad", "--timeout", "2s", "--", "sleep", "60", timeout=20)
    assert (done.code, release.writes(), release.state()[1]) == (4, ["register"], "running")
    check_golden("timeout-in-gate", release, done)
