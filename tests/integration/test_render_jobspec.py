"""render-jobspec on a disk that is full and in a job that is cancelled; its other faults are golden files in tests/cli."""

import signal
import subprocess

import pytest

from steps import BIN, cancel, environment, run, sanitized, start, under_strace
from servers import wait_for

TEMPLATE = 'image = "${IMAGE}"\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "app.tmpl").write_text(TEMPLATE)
    (tmp_path / "job.hcl").write_text("the job before\n")
    return tmp_path


@pytest.mark.parametrize("call", [pytest.param("write", marks=pytest.mark.skipif(sanitized(), reason="the sanitizers' own writes come first")), "fsync", "rename"])
def test_full_disk_leaves_the_old_file(folder, call):
    """The kernel refuses the call on the output's temporary file, as it does on a full disk."""
    done = subprocess.run(
        ["strace", "-f", "-o", "/dev/null", "-e", f"inject={call}:error=ENOSPC:when=1",
         str(BIN / "render-jobspec"), "app.tmpl", "--set", "IMAGE=app:1", "-o", "job.hcl"],
        env=under_strace(), cwd=folder, capture_output=True, text=True)
    assert done.returncode == 3
    assert "error: cannot write job.hcl: No space left on device" in done.stderr
    assert (folder / "job.hcl").read_text() == "the job before\n"
    assert sorted(path.name for path in folder.iterdir()) == ["app.tmpl", "job.hcl"]


def test_full_disk_behind_standard_output(folder):
    with open("/dev/full", "w") as full:
        done = subprocess.run([BIN / "render-jobspec", "app.tmpl", "--set", "IMAGE=app:1"], env=environment(), cwd=folder,
                              stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 3
    assert "error: cannot write the result to standard output: No space left on device" in done.stderr


def test_nobody_reads_the_result(folder):
    """`render-jobspec ... | true`: a closed pipe is an error of its own, not a silent end by SIGPIPE."""
    process = start("render-jobspec", "-", "--set", "IMAGE=app:1", stdin=subprocess.PIPE, cwd=folder)
    process.stdout.close()
    process.stdin.write(TEMPLATE)
    process.stdin.close()
    assert process.wait(10) == 3
    assert "Broken pipe" in process.stderr.read()
    process.stderr.close()


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_cancelled_while_it_waits_for_its_template(folder, number, code):
    process = start("render-jobspec", "-", "--set", "IMAGE=app:1", "-o", "job.hcl", stdin=subprocess.PIPE, cwd=folder)
    wait_for(lambda: caught_signals(process.pid) & 1 << (number - 1), "the step to handle signals")
    done = cancel(process, number)
    assert done.code == code
    assert "error: cancelled" in done.err
    assert (folder / "job.hcl").read_text() == "the job before\n"
    assert sorted(path.name for path in folder.iterdir()) == ["app.tmpl", "job.hcl"]


def caught_signals(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1], 16) for line in status if line.startswith("SigCgt:"))


def test_folder_without_templates(folder):
    (folder / "templates").mkdir()
    done = run("render-jobspec", "templates", "--set", "IMAGE=app:1", "-o", "out", cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert "error: cannot render templates: the folder holds no file" in done.err
    assert not (folder / "out").exists()
