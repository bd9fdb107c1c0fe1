"""The demo as people run it: two releases on this machine, one good, one taken back; nothing is left afterwards."""

import os
import pathlib
import re
import signal
import subprocess

import pytest

from servers import wait_for
from steps import BIN, ROOT

DEMO = ROOT / "ci-examples" / "shell" / "demo"


def processes_of(folder):
    """Processes that carry the mark of a demo below `folder` in their environment."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"SLIPWAY_DEMO_RUN={folder}".encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def mounts_below(folder):
    return [line for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines() if f" {folder}" in line]


@pytest.fixture
def scratch():
    """Where the demo puts its files. On the disk, since /tmp may be memory."""
    parent = pathlib.Path("/var/tmp") / f"slipway-test-{os.getpid()}"
    parent.mkdir()
    yield parent
    subprocess.run(["rm", "-rf", "--one-file-system", str(parent)], check=False)


def variables(scratch):
    return {**os.environ, "TMPDIR": str(scratch), "NO_COLOR": "1"}


def test_two_releases(scratch):
    done = subprocess.run([DEMO, "--bin", BIN, "--no-install"], env=variables(scratch), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-6000:]
    table = done.stdout.partition("== summary")[2]
    rows = re.findall(r"^ +(1|2|1 again) +[0-9a-f]{12} +(sha256:[0-9a-f]{12})\.\. +(\w+) +(\d+)$", table, re.M)
    assert [(release, verdict) for release, _, verdict, _ in rows] == [("1", "holds"), ("2", "violated"), ("1 again", "healthy")], table
    assert rows[0][1] == rows[2][1] != rows[1][1], "the digest that serves in the end is release 1's"
    assert list(scratch.iterdir()) == [], "everything is removed"
    assert processes_of(scratch) == []
    assert mounts_below(scratch) == []


def test_cancelled_in_the_middle(scratch):
    demo = subprocess.Popen([DEMO, "--bin", BIN, "--no-install"], env=variables(scratch), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        # The servers run and Buildah works on the base image.
        wait_for(lambda: list(scratch.glob("slipway-demo.*/logs/prometheus.log")), "the demo's servers", 60)
        demo.send_signal(signal.SIGTERM)
        out, _ = demo.communicate(timeout=60)
    finally:
        demo.kill()
    assert demo.returncode == 143, out
    assert "cancelled, everything is ended and removed" in out
    assert list(scratch.iterdir()) == []
    assert processes_of(scratch) == []
    assert mounts_below(scratch) == []


@pytest.mark.parametrize("arguments, message", [
    (["--wrong"], "demo: unknown argument '--wrong'. Try 'demo --help'.\n"),
    (["--bin", "/nowhere"], "demo: --bin names no folder\n"),
])
def test_called_wrongly(arguments, message):
    done = subprocess.run([DEMO, *arguments], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
