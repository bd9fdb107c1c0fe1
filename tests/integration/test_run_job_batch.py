"""Jobs that are no services: batch and sysbatch followed to their end, what is dispatched or launched, system jobs, stopping."""

import pytest

from nomad_cluster import Crash, Exits, FlapsThenHealthy, Hang, NomadCluster, OutOfMemory
from run_job import Release, batch, check_golden, job, service


def test_migration(release):
    release.nomad.behave("migrate", Exits(stdout="applied 3 migrations\n"))
    release.write("migrate.nomad", batch())
    done = release.run("migrate.nomad", "--logs")
    assert (done.code, done.json["status"], done.json["changed"]) == (0, "complete", True)
    assert "applied 3 migrations" in done.err
    check_golden("batch", release, done)
    again = release.run("migrate.nomad", "--logs")
    assert (again.code, again.json["changed"], release.writes()) == (0, False, ["register"])
    check_golden("batch-unchanged", release, again)
    forced = release.run("migrate.nomad", "--run-again")
    assert (forced.code, forced.json["changed"], forced.json["version"]) == (0, True, 1)
    assert len(release.nomad.allocs("migrate")) == 2
    check_golden("batch-run-again", release, forced)


def test_failed(release):
    release.nomad.behave("migrate", Crash(exit_code=3, stderr="ERROR: relation \"users\" already exists\n", stdout="migrating\n"))
    release.write("migrate.nomad", batch())
    done = release.run("migrate.nomad")
    assert (done.code, done.json["status"]) == (1, "failed")
    assert "exit code 3" in done.json["error"]["message"]
    check_golden("batch-failed", release, done)
    again = release.run("migrate.nomad")
    assert (again.code, release.writes()) == (1, ["register"])
    check_golden("batch-failed-before", release, again)


def test_out_of_memory(release):
    release.nomad.behave("migrate", OutOfMemory())
    release.write("migrate.nomad", batch())
    done = release.run("migrate.nomad")
    assert done.code == 1
    assert "out of memory" in done.json["error"]["message"]


def test_restarted_and_rescheduled(release):
    """Not over until Nomad tries no more."""
    release.nomad.behave("migrate", FlapsThenHealthy(times=2, exit_code=1, stderr="no connection\n", then=Exits(stdout="done\n")))
    release.write("migrate.nomad", batch().replace("attempts = 0\n      mode", 'attempts = 2\n      delay = "1s"\n      interval = "1m"\n      mode'))
    done = release.run("migrate.nomad", "--logs")
    assert (done.code, done.json["allocations"][-1]["restarts"]) == (0, 2)
    assert done.err.count("no connection") == 2

    release.nomad.behave("again", Crash(exit_code=5, stderr="still no connection\n"))
    release.write("again.nomad", batch("again", attempts=1))
    failed = release.run("again.nomad")
    assert failed.code == 1
    assert len(release.nomad.allocs("again")) == 2
    check_golden("batch-rescheduled", release, failed)


def test_rescheduled_and_done(release):
    release.nomad.behave("migrate", Crash(exit_code=5))
    release.write("migrate.nomad", batch(attempts=1).replace('"5s"', '"60s"'))
    with release.running("migrate.nomad") as running:
        assert release.nomad.wait_until(lambda nomad: any(alloc["ClientStatus"] == "failed" for alloc in nomad.allocs("migrate")))
        release.nomad.behave("migrate", Exits(0))
        done = running.finish()
    assert (done.code, done.json["status"]) == (0, "complete")


def test_running_already(release):
    """A pipeline that is retried follows what it began."""
    release.nomad.behave("migrate", Hang(state="running"))
    release.write("migrate.nomad", batch())
    late = release.run("migrate.nomad", "--timeout", "1s")
    assert late.code == 4
    check_golden("batch-timeout", release, late)
    with release.running("migrate.nomad") as running:
        running.wait_for("registered already")
        release.nomad.finish("migrate", Exits(0))
        done = running.finish()
    assert (done.code, release.writes()) == (0, ["register"])


def test_logs_as_they_come(release):
    release.nomad.behave("migrate", Hang(state="running"))
    release.write("migrate.nomad", batch())
    with release.running("migrate.nomad", "--logs") as running:
        assert release.nomad.wait_until(lambda nomad: any(alloc["ClientStatus"] == "running" for alloc in nomad.allocs("migrate")))
        release.nomad.log("migrate", "stdout", "step 1 of 2\n")
        running.wait_for("step 1 of 2")
        release.nomad.log("migrate", "stdout", "half a li")
        release.nomad.log("migrate", "stderr", b"not \xff text \x1b[31m\n")
        running.wait_for("not ")
        assert "half" not in running.log
        release.nomad.finish("migrate", Exits(0))
        done = running.finish()
    assert done.code == 0
    assert done.err.count("step 1 of 2") == 1
    assert "half a li" in done.err
    assert "\x1b[31m" not in done.err


def test_superseded_batch(release):
    release.nomad.behave("migrate", Hang(state="running"))
    release.write("migrate.nomad", batch())
    with release.running("migrate.nomad") as running:
        assert release.nomad.wait_until(lambda nomad: any(alloc["ClientStatus"] == "running" for alloc in nomad.allocs("migrate")))
        release.nomad.register_by_other("migrate", meta={"by": "somebody"})
        done = running.finish()
    assert (done.code, done.json["superseded"]) == (1, True)
    check_golden("batch-superseded", release, done)


def test_stop_on_failure(release):
    release.nomad.behave("migrate", Hang())
    release.write("migrate.nomad", batch().replace("datacenters", 'constraint {\n    attribute = "${attr.kernel.name}"\n    value = "plan9"\n  }\n  datacenters'))
    done = release.run("migrate.nomad", "--placement-timeout", "1s", "--stop-on-failure")
    assert (done.code, release.writes()) == (1, ["register", "stop"])
    check_golden("batch-no-place", release, done)


# --- started by others


def parameterized(**parts):
    return batch("report", top='parameterized {\n    payload = "optional"\n    meta_required = ["DAY"]\n  }', **parts)


def test_dispatch(release):
    release.write("report.nomad", parameterized())
    registered = release.run("report.nomad")
    assert (registered.code, registered.json["status"]) == (0, "registered")
    check_golden("parameterized", release, registered)
    unchanged = release.run("report.nomad")
    assert (unchanged.code, unchanged.json["status"]) == (0, "unchanged")
    release.write("payload", "rows\n")
    done = release.run("report.nomad", "--dispatch", "--meta", "DAY=monday", "--payload", "payload", "--logs")
    assert (done.code, release.writes()) == (0, ["register", "dispatch"])
    assert release.nomad.writes()[-1].body["Payload"] == "cm93cwo="
    check_golden("dispatch", release, done)
    named = release.run("report", "--dispatch", "--meta", "DAY=tuesday")
    assert (named.code, release.writes()) == (0, ["register", "dispatch", "dispatch"])
    missing = release.run("report", "--dispatch")
    assert missing.code == 1
    check_golden("dispatch-refused", release, missing)
    release.nomad.behave("report", Crash(exit_code=9, stderr="no such day\n"))
    failed = release.run("report", "--dispatch", "--meta", "DAY=never")
    assert failed.code == 1
    check_golden("dispatch-failed", release, failed)


def test_not_to_dispatch(release):
    release.write("migrate.nomad", batch())
    done = release.run("migrate.nomad", "--dispatch")
    assert (done.code, release.writes(), release.run("migrate.nomad", "--force").code) == (2, [], 2)
    check_golden("not-parameterized", release, done)
    unknown = release.run("nobody", "--dispatch")
    assert unknown.code == 1
    check_golden("dispatch-unknown", release, unknown)


def test_periodic(release):
    release.write("cleanup.nomad", batch("cleanup", top='periodic {\n    crons = ["0 3 * * *"]\n  }'))
    registered = release.run("cleanup.nomad")
    assert (registered.code, registered.json["status"]) == (0, "registered")
    check_golden("periodic", release, registered)
    done = release.run("cleanup.nomad", "--force")
    assert (done.code, release.writes()) == (0, ["register", "force"])
    check_golden("periodic-forced", release, done)
    release.nomad.behave("cleanup", Crash(exit_code=2))
    release.nomad.advance(2)  # a child is named by the second
    failed = release.run("cleanup", "--force")
    assert failed.code == 1
    not_periodic = release.write("migrate.nomad", batch())
    assert release.run(not_periodic).code == 0
    refused = release.run("migrate", "--force")
    assert refused.code == 1
    check_golden("not-periodic", release, refused)


# --- on every node


@pytest.mark.parametrize("version", ["2.0.5", "1.10.0"])
def test_system(tmp_path, version):
    """With a deployment since Nomad 1.11, by allocations before."""
    with NomadCluster(version=version, nodes=3) as nomad:
        release = Release(tmp_path, nomad)
        release.write("agent.nomad", job("agent", "system"))
        done = release.run("agent.nomad", timeout=40)
        assert (done.code, done.json["status"], len(done.json["allocations"])) == (0, "successful", 3)
        assert (done.json["deployment"] is None) is (version == "1.10.0")
        nomad.behave("agent", Crash(stderr="boom\n"), version=1)
        release.write("agent.nomad", job("agent", "system", v=1))
        failed = release.run("agent.nomad", timeout=40)
        assert failed.code == 1, failed.err
        check_golden(f"system-{version}", release, failed)


def test_sysbatch(tmp_path):
    with NomadCluster(nodes=3) as nomad:
        release = Release(tmp_path, nomad)
        release.write("clean.nomad", batch("clean", type="sysbatch"))
        done = release.run("clean.nomad")
        assert (done.code, done.json["status"], len(done.json["allocations"])) == (0, "complete", 3)
        check_golden("sysbatch", release, done)


def test_count_0(release):
    release.write("web.nomad", service(count=0))
    done = release.run("web.nomad")
    assert done.code == 0
    check_golden("count-0", release, done)


# --- the end of a job


def test_stop(release):
    release.deploy(service())
    done = release.run("--stop", "web")
    assert (done.code, done.json["status"], release.nomad.job("web")["Stop"]) == (0, "stopped", True)
    check_golden("stop", release, done)
    again = release.run("--stop", "web")
    assert (again.code, again.json["changed"], release.writes()) == (0, False, ["stop"])
    check_golden("stop-again", release, again)
    purged = release.run("--stop", "--purge", "web")
    assert (purged.code, release.nomad.job("web")) == (0, None)
    unknown = release.run("--stop", "--purge", "web", "review-123")
    assert unknown.code == 0
    check_golden("stop-unknown", release, unknown)


def test_stop_by_file(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1))
    done = release.run("--stop", "web.nomad")
    assert (done.code, release.writes(), release.nomad.job("web")["Stop"]) == (0, ["stop"], True)


def test_started_again(release):
    """A stopped job is registered anew."""
    release.deploy(service())
    release.nomad.stop("web")
    release.write("web.nomad", service())
    done = release.run("web.nomad")
    assert (done.code, done.json["changed"], release.nomad.job("web")["Stop"]) == (0, True, False)
