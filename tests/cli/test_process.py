"""A step as a process among others: signals, closed and full streams, pipes that say nothing, PID 1."""

import os
import shutil
import signal
import subprocess
import time

import pytest

from steps import BIN, cancel, environment, run, start

STEP = BIN / "render-jobspec"


def wait_until_handling(pid, number=signal.SIGTERM):
    """Until the step handles the signal: before, it would end as any process does."""
    for _ in range(3000):
        with open(f"/proc/{pid}/status") as status:
            caught = next(int(line.split()[1], 16) for line in status if line.startswith("SigCgt:"))
        if caught & 1 << (number - 1):
            return
        time.sleep(0.01)
    pytest.fail("the step does not handle signals")


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 143)])
def test_a_signal_ends_a_step_that_waits_for_its_input(number, code, tmp_path):
    process = start("render-jobspec", "-", "-o", "out", "--json", cwd=tmp_path, stdin=subprocess.PIPE)
    wait_until_handling(process.pid, number)
    process.stdin.write("half a template")
    process.stdin.flush()
    done = cancel(process, number)
    assert done.code == code
    assert done.json == {"exit_code": code, "error": {
        "message": "cancelled: what was started is ended, temporary files are removed",
        "file": None, "line": None, "column": None, "hint": None}}
    assert list(tmp_path.iterdir()) == []


def test_a_named_pipe_that_nobody_opens_is_left_by_a_signal(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    process = start("render-jobspec", "pipe", cwd=tmp_path)
    wait_until_handling(process.pid)
    assert cancel(process).code == 143


def test_a_reader_who_stopped_reading_does_not_hold_up_a_cancelled_step(tmp_path):
    (tmp_path / "big.txt").write_text("x" * 5_000_000)
    process = start("render-jobspec", "big.txt", cwd=tmp_path)
    process.stdout.read(1)  # it is writing, and the pipe is full soon
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) in (3, 143)
    process.stdout.close()
    process.stderr.close()


def test_a_step_may_be_process_1(tmp_path):
    if os.geteuid() != 0 or subprocess.run(["unshare", "--pid", "--fork", "true"], capture_output=True).returncode != 0:
        pytest.skip("unshare --pid is not allowed here")
    process = subprocess.Popen(
        ["unshare", "--pid", "--fork", "--kill-child", str(STEP), "-"], env=environment(), cwd=tmp_path, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    children = f"/proc/{process.pid}/task/{process.pid}/children"
    step = None
    for _ in range(1000):
        child = open(children).read().split()
        if child and os.readlink(f"/proc/{child[0]}/exe") == str(STEP):
            step = int(child[0])
            break
        time.sleep(0.01)
    assert step, "the step did not start"
    wait_until_handling(step)
    os.kill(step, signal.SIGTERM)
    assert process.wait(timeout=5) == 143
    assert "cancelled" in process.stderr.read()


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["a.txt"], ["a.txt", "--json"], ["a.txt", "--bogus", "--json"]])
def test_a_full_disk_behind_standard_output_is_an_error(arguments, tmp_path):
    (tmp_path / "a.txt").write_text("text\n")
    with open("/dev/full", "w") as full:
        done = subprocess.run([STEP, *arguments], env=environment(), cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == (2 if "--bogus" in arguments else 3)
    assert "error: cannot write the result to standard output: No space left on device" in done.stderr


def test_a_full_disk_leaves_the_old_file(tmp_path):
    """The real thing: a file system of a few pages."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True).returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        (tmp_path / "big.txt").write_text("x" * 100_000)
        (disk / "out").write_text("old")
        done = run("render-jobspec", "big.txt", "-o", disk / "out", "--json", cwd=tmp_path)
        assert done.code == 3
        assert done.json["error"]["message"] == f"cannot write {disk}/out: No space left on device"
        assert [path.name for path in disk.iterdir()] == ["out"]
        assert (disk / "out").read_text() == "old"
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("call", ["fsync", "rename", "fchmod"])
def test_a_failing_system_call_leaves_the_old_file(call, tmp_path):
    (tmp_path / "a.txt").write_text("new\n")
    (tmp_path / "out").write_text("old")
    options = ["-f", "-o", "/dev/null", "-e", f"inject={call}:error=EIO"]
    if subprocess.run(["strace", *options, "true"], capture_output=True).returncode != 0:
        pytest.skip("strace is not allowed here")
    variables = environment()
    variables["ASAN_OPTIONS"] = variables.get("ASAN_OPTIONS", "") + ":detect_leaks=0"  # which cannot run under strace
    done = subprocess.run(["strace", *options, STEP, "a.txt", "-o", "out"], env=variables, cwd=tmp_path,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert "error: cannot write out: Input/output error" in done.stderr
    assert (tmp_path / "out").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "out"]


def test_closed_streams_give_their_numbers_to_nobody(tmp_path):
    """The file that is written would otherwise be descriptor 1 or 2, and receive the log and the result as well."""
    (tmp_path / "a.txt").write_text("text\n")
    script = f'exec {STEP} a.txt -o out --verbose --json <&- >&- 2>&-'
    done = subprocess.run(["sh", "-c", script], env=environment(), cwd=tmp_path, timeout=60)
    assert done.returncode == 3  # the JSON went nowhere
    assert (tmp_path / "out").read_text() == "text\n"
    done = subprocess.run(["sh", "-c", f"exec {STEP} - <&-"], env=environment(), cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "error: cannot read standard input: Bad file descriptor" in done.stderr


def test_dev_stdout_is_appended_to_like_any_output(tmp_path):
    (tmp_path / "a.txt").write_text("new\n")
    (tmp_path / "log").write_text("old\n")
    done = subprocess.run(["sh", "-c", f"{STEP} a.txt -o /dev/stdout >> log && echo after >> log"], env=environment(), cwd=tmp_path,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "log").read_text() == "old\nnew\nafter\n"


def test_a_reader_that_is_gone_is_an_error_not_a_signal(tmp_path):
    (tmp_path / "big.txt").write_text("x" * 1_000_000)
    process = start("render-jobspec", "big.txt", cwd=tmp_path)
    process.stdout.close()
    assert process.wait(timeout=60) == 3
    assert "cannot write the result to standard output: Broken pipe" in process.stderr.read()
    process.stderr.close()
