"""Runs the executables as a pipeline would, and nothing of this machine's own environment gets in."""

import json
import os
import pathlib
import signal
import subprocess
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("SLIPWAY_BIN", ROOT / "build" / "dev" / "bin"))

# What a child needs to run at all; CI variables and options of the surrounding job must not decide a test.
PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "CONTAINERS_STORAGE_CONF")


# What all steps of a group of tests get, unless a test says otherwise; an empty value is as if it were not given.
DEFAULTS = {}


def environment(**changes):
    variables = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | DEFAULTS
    variables["SLIPWAY_RUN_ID"] = "test"
    variables.update({name: str(value) for name, value in changes.items()})
    return variables


def under_strace(**changes):
    """The environment of a step that strace runs: the sanitizers' leak check cannot work there."""
    return environment(**changes, ASAN_OPTIONS="detect_leaks=0")


def sanitized():
    """Whether the executables are built with the sanitizers, whose own system calls come before ours."""
    return b"__asan_init" in (BIN / "render-jobspec").read_bytes()


@dataclass
class Finished:
    code: int
    out: str
    err: str

    @property
    def json(self):
        """The one object on standard output; anything else beside it fails here."""
        return json.loads(self.out)


def start(step, *arguments, env=None, cwd=None, **popen):
    """A running step, for tests that interfere while it works."""
    return subprocess.Popen(
        [str(BIN / step), *map(str, arguments)],
        env=environment(**(env or {})), cwd=cwd, text=True,
        stdin=popen.pop("stdin", subprocess.DEVNULL), stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen)


def run(step, *arguments, env=None, cwd=None, input=None, timeout=120):
    done = subprocess.run(
        [str(BIN / step), *map(str, arguments)],
        env=environment(**(env or {})), cwd=cwd, text=True, capture_output=True, timeout=timeout,
        **({"input": input} if input is not None else {"stdin": subprocess.DEVNULL}))
    return Finished(done.returncode, done.stdout, done.stderr)


def cancel(process, with_signal=signal.SIGTERM, within=5):
    """Asks a step to end, and returns how it did; a step that takes longer than `within` seconds fails the test."""
    process.send_signal(with_signal)
    out, err = process.communicate(timeout=within)
    return Finished(process.returncode, out, err)
