"""What becomes of an allocation in the stand-in for Nomad (nomad_cluster.py). Times are real seconds."""

from dataclasses import dataclass
from typing import Optional


@dataclass(kw_only=True)
class Outcome:
    stdout: str = ""
    stderr: str = ""


@dataclass
class Healthy(Outcome):
    """Runs, and is healthy after that time (without: min_healthy_time, scaled); in a batch job it runs on. `then` follows after `lasts`."""

    after: Optional[float] = None
    then: Optional[Outcome] = None
    lasts: float = 0.2


@dataclass
class Exits(Outcome):
    """Runs that long and exits: each time it is started, or `times` times, and does `then` afterwards."""

    code: int = 0
    after: float = 0.05
    signal: int = 0
    out_of_memory: bool = False
    times: Optional[int] = None
    then: Optional[Outcome] = None


def Crash(exit_code=1, after=0.03, stderr="", stdout="", signal=0):
    return Exits(exit_code, after, signal, stdout=stdout, stderr=stderr)


def OutOfMemory(after=0.03, stderr="", stdout=""):
    return Exits(137, after, 9, out_of_memory=True, stdout=stdout, stderr=stderr)


def FlapsThenHealthy(times=1, exit_code=1, after=0.02, stderr="", then=None):
    return Exits(exit_code, after, times=times, then=then or Healthy(), stderr=stderr)


def HealthyThenCrash(lasts=0.2, exit_code=1, stderr="", after=None):
    """Healthy for a while, then it dies: a canary that does not survive its gate."""
    return Healthy(after=after, lasts=lasts, then=Crash(exit_code, 0, stderr=stderr))


@dataclass
class PullError(Outcome):
    """Never starts: the driver cannot fetch the image."""

    message: str = "Failed to pull `web:2`: Error response from daemon: manifest for web:2 not found: manifest unknown"


@dataclass
class CheckFails(Outcome):
    """Runs, and its check never passes: unhealthy at the healthy deadline (scaled)."""

    output: str = "nomad: http error: connection refused"
    status_code: int = 500


@dataclass
class Hang(Outcome):
    """Nothing more happens once it is `pending` or `running`, until NomadCluster.finish()."""

    state: str = "pending"


@dataclass
class Unplaceable(Outcome):
    """No node takes it, until NomadCluster.place()."""

    constraint: str = "${attr.kernel.name} = plan9"
    dimension: str = ""  # "memory": exhausted there instead
