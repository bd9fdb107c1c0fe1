"""Each request of a release fails once, in each way: afterwards the job is in one of the documented end states, the exit code tells which, and
nothing was done twice.

Without SLIPWAY_FULL=1 each request meets some of the ways, chosen by SLIPWAY_SEED.
"""

import os
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from nomad_cluster import NomadCluster
from run_job import Release, batch, kind_of, service

SEED = int(os.environ.get("SLIPWAY_SEED") or random.SystemRandom().getrandbits(32))
FULL = os.environ.get("SLIPWAY_FULL") == "1"
KINDS = ("refuse", "lost", "500 leader", "503", "garbage", "garbage after", "403", "slow")
PROCESSED = ("lost", "garbage after", "slow")
AT_ONCE = 2


def release_with(folder, gate, fault=None, auto_revert=False):
    """One release of version 1 over version 0, with a fault at one request."""
    folder.mkdir(parents=True)
    with NomadCluster(scale=0.002) as nomad:
        release = Release(folder, nomad)
        release.deploy(service())
        release.write("web.nomad", service(v=1, canary=1, auto_revert=auto_revert))
        if fault:
            number, kind = fault
            nomad.fault(number, kind)
        done = release.run("web.nomad", "--timeout", "20s", "--gate", gate, timeout=40)
        nomad.wait_until(has_settled, 5)
        return done, nomad.versions("web"), nomad.deployments("web"), [(one.method, one.path) for one in nomad.requests]


def has_settled(nomad):
    newest = nomad.deployment("web")
    return newest["JobVersion"] == nomad.job("web")["Version"] and (newest["Status"] != "running" or newest["StatusDescription"].endswith("promotion"))


def done_twice(requests, fault):
    """What was sent to change something, and was processed, more than once."""
    number, kind = fault
    writes = [kind_of(method, path) for at, (method, path) in enumerate(requests, 1) if at != number or kind in PROCESSED]
    return [what for what in ("register", "promote", "fail", "revert", "stop") if writes.count(what) > 1]


def end_state(versions, deployments):
    numbers = [version["Version"] for version in versions]
    newest = deployments[0]
    if numbers == [0]:
        return "nothing registered"
    if numbers == [1, 0]:
        return {"successful": "promoted", "running": "held", "failed": "failed"}[newest["Status"]]
    if numbers == [2, 1, 0]:
        same = versions[0]["TaskGroups"] == versions[2]["TaskGroups"]
        return "taken back" if same and newest["Status"] == "successful" else f"not taken back: {newest['Status']}"
    return f"versions {numbers}"


def allowed(kind, request, good):
    """The end states that the documents allow for this fault, with their exit code: without one, or with less where nothing can be known."""
    answers = {(0, good)} if good == "promoted" else {(1, good)}
    if kind == "403":
        # Not tried again: what was done stays.
        answers |= {(3, "nothing registered"), (3, "held"), (3, "promoted"), (3, "failed"), (1, "held"), (1, "failed"), (1, "taken back")}
    if request in ("parse", "plan", "validate") or request == "agent":
        # Before anything is changed it may end.
        answers |= {(3, "nothing registered"), (1, "nothing registered")}
    return answers


@pytest.mark.parametrize("good, gate, auto_revert, ways", [("promoted", "true", False, 2), ("taken back", "false", False, 1), ("taken back", "false", True, 1)])
def test_each_request_fails(tmp_path, good, gate, auto_revert, ways):
    done, versions, deployments, requests = release_with(tmp_path / "none", gate, auto_revert=auto_revert)
    assert end_state(versions, deployments) == good, done.err
    assert done.code == (0 if good == "promoted" else 1)
    chosen = random.Random(SEED)
    cases = [(number, kind) for number, (method, path) in enumerate(requests, 1) 
             for kind in (KINDS if FULL or kind_of(method, path) != "read" else chosen.sample(KINDS, ways))]

    def check(case):
        number, kind = case
        method, path = requests[number - 1]
        done, versions, deployments, seen = release_with(tmp_path / f"{number}-{kind.replace(' ', '-')}", gate, case, auto_revert)
        request = kind_of(method, path) if "/agent/" not in path else "agent"
        state = end_state(versions, deployments)
        twice = done_twice(seen, case)
        if (done.code, state) in allowed(kind, request, good) and not twice:
            return None
        return f"--- request {number}, {method} {path}: {kind}: exit code {done.code}, {state}, twice: {twice}\n{done.err}"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        wrong = [text for text in pool.map(check, cases) if text]
    assert wrong == [], f"SLIPWAY_SEED={SEED}: {len(wrong)} of {len(cases)}\n" + "\n".join(wrong[:5])


# --- what is started or stopped once

STARTED = {
    "dispatch": (batch("report", top='parameterized {\n    payload = "optional"\n  }'), ("report", "--dispatch")),
    "force": (batch("report", top='periodic {\n    crons = ["0 3 * * *"]\n  }'), ("report", "--force")),
    "register": (None, ("report.nomad",)),
    "stop": (batch("report"), ("report", "--stop", "--purge")),
}


@pytest.mark.parametrize("what", STARTED)
def test_started_once(tmp_path, what):
    """Whatever becomes of the answer: one child, one version, one end."""
    before, arguments = STARTED[what]

    def check(kind):
        folder = tmp_path / kind.replace(" ", "-")
        folder.mkdir()
        with NomadCluster(scale=0.002) as nomad:
            release = Release(folder, nomad)
            release.write("report.nomad", batch("report"))
            if before:
                nomad.register(before)
            nomad.fault(lambda method, path: kind_of(method, path) == what, kind)
            done = release.run(*arguments, "--timeout", "20s", timeout=40)
            children = [job_id for _, job_id in nomad.state.versions if "/" in job_id]
            job = nomad.job("report")
            state = (done.code, len(children), job and job["Version"], len(nomad.allocs("report")) + sum(len(nomad.allocs(child)) for child in children))
        expected = {"dispatch": (0, 1, 0, 1), "force": (0, 1, 0, 1), "register": (0, 0, 0, 1), "stop": (0, 0, None, 1)}[what]
        return state == expected or f"--- {kind}: {state} instead of {expected}\n{done.err}"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        wrong = [text for text in pool.map(check, [kind for kind in KINDS if kind != "403"]) if text is not True]
    assert wrong == [], "\n".join(wrong)
