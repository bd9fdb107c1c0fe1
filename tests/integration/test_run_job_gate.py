"""The gate of run-job: what its end means, what it is told, and what happens meanwhile."""

import contextlib
import itertools
import sys

import pytest

from counting_service import CountingService
from nomad_cluster import NomadCluster
from run_job import Release, batch, check_golden, service
from servers import Prometheus
from steps import BIN


def canary(release):
    release.deploy(service(count=2))
    release.write("web.nomad", service(v=1, count=2, canary=1))


# exit code of the gate -> exit code of run-job, what was sent after the registration
ENDS = {
    "0": (0, ["promote"]),
    "1": (1, ["fail", "revert"]),
    "2": (3, []),
    "3": (4, []),
    "4": (4, []),
    "5": (3, []),
    "126": (3, []),
    "127": (3, []),
}


@pytest.mark.parametrize("end", ENDS)
def test_exit_code(release, end):
    canary(release)
    done = release.run("web.nomad", "--", "sh", "-c", f"echo 'the last word' >&2; exit {end}")
    code, writes = ENDS[end]
    assert (done.code, release.writes()) == (code, ["register", *writes])
    check_golden(f"gate-{end}", release, done)


def test_signal(release):
    canary(release)
    done = release.run("web.nomad", "--", "sh", "-c", "kill -KILL $$")
    assert (done.code, release.writes(), release.state()[1]) == (3, ["register"], "running")
    check_golden("gate-signal", release, done)


def test_not_installed(release):
    canary(release)
    done = release.run("web.nomad", "--gate", "no-such-gate --watch 10m")
    assert (done.code, release.writes()) == (3, ["register"])
    check_golden("gate-not-installed", release, done)


@pytest.mark.parametrize("choice, end, code, writes", [
    ("hold", 4, 4, []), ("promote", 4, 0, ["promote"]), ("revert", 4, 1, ["fail", "revert"]),
    ("promote", 3, 0, ["promote"]), ("revert", 3, 1, ["fail", "revert"]),
    ("promote", 2, 3, []), ("revert", 2, 3, []), ("promote", 1, 1, ["fail", "revert"]), ("revert", 0, 0, ["promote"]),
])
def test_inconclusive(release, choice, end, code, writes):
    canary(release)
    done = release.run("web.nomad", "--on-inconclusive", choice, "--", "sh", "-c", f"exit {end}")
    assert (done.code, release.writes()) == (code, ["register", *writes])
    if end == 4:
        check_golden(f"inconclusive-{choice}", release, done)


def test_words_as_in_a_shell(release):
    canary(release)
    done = release.run("web.nomad", "--gate", """sh -c 'printf "<%s>" "$@" > words' gate "one word" two\\ words '' "it's" """)
    assert done.code == 0
    assert (release.folder / "words").read_text() == "<one word><two words><><it's>"


@pytest.mark.parametrize("name, arguments", [
    ("pipe", ["--gate", "check | tee log"]), ("variable", ["--gate", "check $TOKEN"]), ("quote", ["--gate", "sh -c 'x"]),
    ("two", ["--gate", "true", "--", "true"]), ("promote", ["--promote", "--", "true"]),
])
def test_wrong_gate(release, name, arguments):
    canary(release)
    done = release.run("web.nomad", *arguments)
    assert (done.code, release.writes()) == (2, [])
    check_golden(f"wrong-gate-{name}", release, done)


# No shell, which would drop names with a hyphen.
TELL = (sys.executable, "-c", r"import os; open('told', 'wb').write(b'\0'.join(name + b'=' + value for name, value in os.environb.items()))")


def told(release, file="told"):
    lines = (release.folder / file).read_bytes().decode().split("\0")
    return dict(line.split("=", 1) for line in lines if line)


def test_environment(release):
    canary(release)
    old = sorted(alloc["AllocatedResources"]["Shared"]["Ports"][0]["Value"] for alloc in release.nomad.allocs("web"))
    done = release.run("web.nomad", "--", *TELL, env={
        "SLIPWAY_RUN_JOB_TIMEOUT": "10m", "SLIPWAY_RUN_JOB_ON_CANCEL": "revert", "INPUT_ON-TIMEOUT": "leave", "INPUT_UNKNOWN": "kept", "PLUGIN_ON_CANCEL": "leave",
        "PLUGIN_OTHER": "kept", "SLIPWAY_WAIT_FOR_SLO_WATCH": "10m", "SLIPWAY_LOG_FORMAT": "text", "SLIPWAY_BASELINE_ADDRESSES": "stale:1", "OURS": "kept"})
    assert done.code == 0
    new = next(alloc for alloc in release.nomad.allocs("web") if (alloc["DeploymentStatus"] or {}).get("Timestamp") and alloc["JobVersion"] == 1 and
               alloc["ID"] in release.nomad.deployment("web")["TaskGroups"]["web"]["PlacedCanaries"])
    see = told(release)
    assert see["SLIPWAY_JOB"] == "web"
    assert see["SLIPWAY_JOB_VERSION"] == "1"
    assert see["SLIPWAY_DEPLOYMENT"] == release.nomad.deployment("web")["ID"]
    assert see["SLIPWAY_CANARY_ALLOCS"] == new["ID"]
    assert see["SLIPWAY_CANARY_ADDRESSES"] == f"127.0.0.1:{new['AllocatedResources']['Shared']['Ports'][0]['Value']}"
    assert sorted(see["SLIPWAY_BASELINE_ADDRESSES"].split(",")) == [f"127.0.0.1:{port}" for port in old]
    assert see["SLIPWAY_SINCE"].endswith("Z")
    assert "SLIPWAY_NAMESPACE" not in see or see["SLIPWAY_NAMESPACE"] in ("", "default")
    for name in ("SLIPWAY_RUN_JOB_TIMEOUT", "SLIPWAY_RUN_JOB_ON_CANCEL", "INPUT_ON-TIMEOUT", "PLUGIN_ON_CANCEL"):
        assert name not in see
    for name in ("INPUT_UNKNOWN", "PLUGIN_OTHER", "SLIPWAY_WAIT_FOR_SLO_WATCH", "SLIPWAY_LOG_FORMAT", "OURS", "NOMAD_ADDR"):
        assert name in see


def test_first_version(release):
    """Nothing is held: the whole deployment is judged when it is over, and there is no version before."""
    release.write("web.nomad", service(count=2, canary=1))
    done = release.run("web.nomad", "--", *TELL)
    assert (done.code, release.writes()) == (0, ["register"])
    see = told(release)
    assert len(see["SLIPWAY_CANARY_ALLOCS"].split(",")) == 2
    assert len(see["SLIPWAY_CANARY_ADDRESSES"].split(",")) == 2
    assert "SLIPWAY_BASELINE_ADDRESSES" not in see
    check_golden("gate-first-version", release, done)


def test_unchanged_job(release):
    release.deploy(service())
    release.write("web.nomad", service())
    done = release.run("web.nomad", "--", *TELL)
    assert (done.code, release.writes(), done.json["changed"]) == (0, [], False)
    assert told(release)["SLIPWAY_JOB_VERSION"] == "0"
    check_golden("gate-unchanged", release, done)


def test_inconclusive_without_canaries(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1))
    done = release.run("web.nomad", "--", "sh", "-c", "echo 'too little traffic' >&2; exit 4")
    assert (done.code, release.writes(), release.state()[1]) == (4, ["register"], "successful")
    check_golden("inconclusive-without-canaries", release, done)


def test_gate_that_prints_a_lot(release):
    canary(release)
    program = "import sys\nfor i in range(50000): print('line', i, 'x' * 60)\nsys.stdout.buffer.write(b'\\xff\\x1b[2J no end of line')\n"
    done = release.run("web.nomad", "--", sys.executable, "-c", program, as_text=True)
    assert done.code == 0
    assert "line 49999 " in done.err
    assert "\x1b" not in done.err.replace("\x1b[0K", "")
    assert len(done.out.splitlines()) < 10


def test_gate_reads_no_standard_input(release):
    canary(release)
    done = release.run("web.nomad", "--", "cat")
    assert done.code == 0


def test_gate_is_asked_once(release):
    """Also when the deployment is successful afterwards."""
    canary(release)
    done = release.run("web.nomad", "--", "sh", "-c", "echo asked >> asked")
    assert (done.code, (release.folder / "asked").read_text()) == (0, "asked\n")


def test_gate_is_asked_again_by_the_next_run(release):
    canary(release)
    assert release.run("web.nomad", "--", "sh", "-c", "exit 4").code == 4
    done = release.run("web.nomad", "--", "true")
    assert (done.code, release.writes()) == (0, ["register", "promote"])


def test_batch_has_no_gate(release):
    release.write("migrate.nomad", batch())
    done = release.run("migrate.nomad", "--", "false")
    assert (done.code, done.json["status"]) == (0, "complete")


# --- a real one

JUDGE = [str(BIN / "wait-for-slo"), "--good", 'app_requests_total{code="200"}', "--total", "app_requests_total", "--objective", "95", "--watch", "4s"]


def listen_there(nomad, services):
    """The next allocations have the addresses of these services."""
    nomad.state._ports = itertools.chain((int(service.address.rpartition(":")[2]) for service in services), itertools.count(50000))


def test_wait_for_slo(tmp_path):
    """The canary's own requests are what counts: the version before is far worse than a good one, and far better than a bad one."""
    rates = {"worse": (0, 100), "good": (100, 0), "better": (100, 0), "bad": (50, 50)}
    with contextlib.ExitStack() as stack:
        services = {name: stack.enter_context(CountingService(commit=name)) for name in rates}
        for name, service_ in services.items():
            service_.set_rates(*rates[name])
        prometheus = stack.enter_context(Prometheus(tmp_path / "prometheus", targets=[one.address for one in services.values()]))

        def begin(old, new):
            nomad = stack.enter_context(NomadCluster())
            listen_there(nomad, [services[old], services[new]])
            (tmp_path / new).mkdir()
            release = Release(tmp_path / new, nomad)
            release.deploy(service())
            release.write("web.nomad", service(v=1, canary=1))
            return release, stack.enter_context(release.running("web.nomad", "--expect-scraped", prometheus.url, "--", *JUDGE, "--prometheus-url", prometheus.url))

        (promoted, good), (taken_back, bad) = begin("worse", "good"), begin("better", "bad")
        done, failed = good.finish(), bad.finish()
    assert (done.code, done.json["promoted"], promoted.writes()) == (0, True, ["register", "promote"]), done.err
    assert (failed.code, failed.json["reverted_to"], taken_back.writes()) == (1, 0, ["register", "fail", "revert"]), failed.err


def test_not_scraped(release, start_prometheus):
    """A gate would measure nothing: it is not asked."""
    prometheus = start_prometheus(targets=["127.0.0.1:9"])
    listen_there(release.nomad, [])
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    done = release.run("web.nomad", "--expect-scraped", prometheus.url, "--scrape-timeout", "2s", "--", "touch", "asked")
    assert (done.code, release.writes()) == (4, ["register"])
    assert not (release.folder / "asked").exists()
    check_golden("not-scraped", release, done)


def test_no_prometheus(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    done = release.run("web.nomad", "--expect-scraped", "http://127.0.0.1:9", "--scrape-timeout", "1s", "--", "true")
    assert (done.code, release.writes()) == (3, ["register"])
    check_golden("no-prometheus", release, done)
