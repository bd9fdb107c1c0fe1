"""Never a lost update: rivals, lost answers, broken servers, and jobs that are ended in the middle."""

import os
import pathlib
import random
import signal
import subprocess

import pytest
import yaml

from gitops import FILE, STEP, VALUES, Gitops, git, gitlab
from servers import wait_for
from steps import BIN, cancel, environment, run, start

FULL = os.environ.get("SLIPWAY_FULL") == "1"
CALL = ["--branch", "main", "--file", FILE, "--set", "image.tag=new"]

# For hooks: commits "replicas: 9" on top of main, as a rival would.
RIVAL = f"""
unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
rival() {{
    tip=$(git rev-parse refs/heads/main)
    blob=$(git show $tip:{FILE} | sed 's/^replicas: .*/replicas: 9/' | git hash-object -w --stdin)
    export GIT_INDEX_FILE=$PWD/rival-index GIT_AUTHOR_NAME=Rival GIT_AUTHOR_EMAIL=rival@example.invalid
    export GIT_COMMITTER_NAME=Rival GIT_COMMITTER_EMAIL=rival@example.invalid
    git read-tree $tip && git update-index --add --cacheinfo 100644,$blob,{FILE}
    git update-ref refs/heads/main $(git commit-tree -m 'rival work' -p $tip $(git write-tree)) $tip
}}
"""


@pytest.fixture
def gitops(start_git_server):
    return Gitops(start_git_server(), {FILE: VALUES})


def all_land(writers):
    """The hashes of their commits; a writer that gives up fails the test."""
    hashes = set()
    for writer in writers:
        out, err = writer.communicate(timeout=120)
        assert writer.returncode == 0, err
        hashes.add(out.strip())
    return hashes


@pytest.mark.parametrize("files", ["one file", "a file each", "both"] if FULL else ["both"])
def test_many_writers_at_once(start_git_server, files):
    """Each sets a key of its own; all land, none is lost, each as one commit of a straight history."""
    numbers = range(24)

    def path(n):
        return FILE if files == "one file" or (files == "both" and n % 2) else f"apps/app{n}/values.yaml"

    before = {}
    for n in numbers:
        before[path(n)] = before.get(path(n), "") + f"key{n}: old # {n}\n"
    gitops = Gitops(start_git_server(), before)
    hashes = all_land([start(STEP, "--repo", gitops.url, "--branch", "main", "--file", path(n), "--set", f"key{n}=new{n}") for n in numbers])
    after = {}
    for n in numbers:
        after[path(n)] = after.get(path(n), "") + f"key{n}: new{n} # {n}\n"
    assert gitops.tree() == {name: ("100644", text.encode()) for name, text in after.items()}
    assert gitops.commits() == len(numbers) + 1
    assert git(gitops.bare, "rev-list", "--merges", "main") == ""
    assert hashes == set(git(gitops.bare, "rev-list", f"--max-count={len(numbers)}", "main").splitlines())


def test_two_make_the_branch_at_once(gitops):
    """Whoever comes second builds on the branch of the first."""
    for round in range(2):
        arguments = ["--repo", gitops.url, "--branch", f"release/{round}", "--base", "main", "--file", FILE]
        all_land([start(STEP, *arguments, "--set", "image.tag=new"), start(STEP, *arguments, "--set", "replicas=3")])
        assert gitops.show(branch=f"release/{round}") == VALUES.replace("tag: old", "tag: new").replace("replicas: 2", 'replicas: "3"')
        assert gitops.commits(f"release/{round}") == 3


def test_eight_writers_of_one_key_and_the_same_value(start_git_server):
    """One commit. Those who made it within the same second made the same one, the others find the value there."""
    gitops = Gitops(start_git_server(), {FILE: VALUES})
    writers = [start(STEP, "--repo", gitops.url, *CALL) for _ in range(8)]
    results = [(writer.communicate(timeout=120), writer.returncode) for writer in writers]
    assert [code for _, code in results] == [0] * 8
    assert {out.strip() for (out, _), _ in results} in ({gitops.tip()}, {gitops.tip(), ""})
    assert gitops.commits() == 2


def test_a_rival_between_reading_and_pushing(gitops):
    """The server's own hook plays the rival, so the race is lost for certain, once."""
    gitops.hook("pre-receive", RIVAL + "[ -e once ] || { touch once; rival; }\nexit 0\n")
    done = run(STEP, "--repo", gitops.url, *CALL)
    assert done.code == 0, done.err
    assert "somebody was faster" in done.err and "by Rival: rival work" in done.err
    assert gitops.show() == VALUES.replace("tag: old", "tag: new").replace("replicas: 2", "replicas: 9")
    assert git(gitops.bare, "log", "--format=%an", "main").split() == ["Slipway", "Rival", "Ada"]


def test_somebody_is_faster_each_time(gitops):
    gitops.hook("pre-receive", RIVAL + "rival\nexit 0\n")
    done = run(STEP, "--repo", gitops.url, *CALL, "--timeout", "2s")
    assert done.code == 4
    assert f"error: cannot push to main of {gitops.url}: somebody was faster each time, at last " in done.err
    assert "by Rival: rival work (" in done.err and " in 2s)" in done.err
    assert "hint: run it again, or raise --timeout" in done.err
    assert "tag: old" in gitops.show()
    assert "Slipway" not in git(gitops.bare, "log", "--format=%an", "main")


def test_a_branch_that_stays_locked(gitops):
    (gitops.bare / "refs/heads/main.lock").touch()
    done = run(STEP, "--repo", gitops.url, *CALL, "--timeout", "1s")
    assert done.code == 4
    assert "the server holds the branch locked (" in done.err and "cannot lock ref" in done.err
    assert gitops.commits() == 1


def test_a_lock_whose_owner_fails(gitops):
    """Who holds the lock may yet fail: then the same commit gets through, without a second one."""
    lock = gitops.bare / "refs/heads/main.lock"
    lock.touch()
    gitops.hook("pre-receive", "[ ! -e tried ] || rm -f refs/heads/main.lock\ntouch tried\n")
    done = run(STEP, "--repo", gitops.url, *CALL)
    assert done.code == 0, done.err
    assert done.out.strip() == gitops.tip() and gitops.commits() == 2


@pytest.mark.parametrize("words", ["GitLab: You are not allowed to push code to protected branches on this project.", "cannot lock ref, says the hook"])
def test_a_refusal_is_not_tried_again(gitops, words):
    gitops.hook("pre-receive", f"echo >> tried; echo '{words}' >&2; exit 1\n")
    done = run(STEP, "--repo", gitops.url, *CALL)
    assert done.code == 1
    assert words in done.err
    assert (gitops.bare / "tried").read_text() == "\n"
    assert gitops.commits() == 1


def test_the_push_arrives_and_its_answer_does_not(gitops, start_proxy):
    proxy = start_proxy(gitops.server.url)
    proxy.swallow(path="/git-receive-pack", times=1)
    done = run(STEP, "--repo", f"{proxy.url}/{gitops.path}", *CALL)
    assert done.code == 0, done.err
    assert "the server did not say so, but " in done.err
    assert done.out.strip() == gitops.tip()
    assert gitops.commits() == 2


def test_the_answer_is_lost_and_a_rival_builds_on_the_commit(gitops, start_proxy):
    """What arrived is found behind newer work, even where that has set other values since."""
    gitops.hook("post-receive", RIVAL + "[ -e once ] || { touch once; rival; rival; }\n")
    proxy = start_proxy(gitops.server.url)
    proxy.swallow(path="/git-receive-pack", times=1)
    done = run(STEP, "--repo", f"{proxy.url}/{gitops.path}", *CALL, "--json")
    assert done.code == 0, done.err
    assert done.json["changed"] and done.json["commit"] == git(gitops.bare, "rev-parse", "main~2")
    assert git(gitops.bare, "log", "--format=%an", "main").split() == ["Rival", "Rival", "Slipway", "Ada"]


def test_the_push_does_not_arrive(gitops, start_proxy):
    proxy = start_proxy(gitops.server.url)
    proxy.reset(path="/git-receive-pack", times=2)
    done = run(STEP, "--repo", f"{proxy.url}/{gitops.path}", *CALL)
    assert done.code == 0, done.err
    assert gitops.commits() == 2


@pytest.mark.parametrize("fault", [lambda proxy: proxy.reset(path="/info/refs?service=git-receive-pack", times=2),
                                   lambda proxy: proxy.cut(after=0, path="/git-receive-pack$", times=1),
                                   lambda proxy: proxy.cut(after=30, path="/git-receive-pack$", times=1),
                                   lambda proxy: proxy.answer(502, "bad gateway", path="/git-receive-pack$", times=1)],
                         ids=["before it was sent", "no answer", "part of the answer", "a gateway's answer"])
def test_the_connection_breaks_around_the_push(gitops, start_proxy, fault):
    proxy = start_proxy(gitops.server.url)
    fault(proxy)
    done = run(STEP, "--repo", f"{proxy.url}/{gitops.path}", *CALL)
    assert done.code == 0, done.err
    assert done.out.strip() == gitops.tip() and gitops.commits() == 2


def test_a_large_push_whose_answer_is_lost(gitops, start_proxy, tmp_path):
    """More than Git sends in one piece: it asks first, and then sends without knowing the length."""
    (tmp_path / "large").write_bytes(random.Random(1).randbytes(3_000_000))
    proxy = start_proxy(gitops.server.url)
    proxy.swallow(path="/git-receive-pack$", times=2)
    done = run(STEP, "--repo", f"{proxy.url}/{gitops.path}", *CALL, "--put", f"large={tmp_path}/large")
    assert done.code == 0, done.err
    assert done.out.strip() == gitops.tip() and gitops.commits() == 2
    assert gitops.read("large") == (tmp_path / "large").read_bytes()


@pytest.mark.skipif(not FULL, reason="takes a command's shortest time: SLIPWAY_FULL=1")
def test_the_server_takes_the_push_and_answers_too_late(gitops):
    gitops.hook("post-receive", "sleep 30\n")
    done = run(STEP, "--repo", gitops.url, *CALL, "--timeout", "1s", timeout=25)
    assert done.code == 0, done.err
    assert done.out.strip() == gitops.tip() and gitops.commits() == 2


def test_the_server_dies_with_the_push(gitops, start_proxy):
    proxy = start_proxy(gitops.server.url)
    proxy.swallow(path="/git-receive-pack", times=1)
    process = start(STEP, "--repo", f"{proxy.url}/{gitops.path}", *CALL)
    wait_for(lambda: any("POST" in request and request.endswith("/git-receive-pack") for request in proxy.requests), "the push")
    proxy.reset()
    out, err = process.communicate(timeout=60)
    # The proxy may have passed on the branch's state just before it went silent; then it is known that the commit arrived.
    if process.returncode == 3:
        assert out == ""
        assert "it cannot be told whether the commit" in err and "run this again" in err
        proxy.clear()
        again = run(STEP, "--repo", gitops.url, *CALL)
        assert (again.code, again.out) == (0, "")
    else:
        assert (process.returncode, out.strip()) == (0, gitops.tip())
    assert gitops.commits() == 2


def test_the_server_dies_for_good_after_the_push(gitops, start_proxy):
    """As above, and nothing can be read afterwards."""
    proxy = start_proxy(gitops.server.url)
    proxy.swallow(path="/git-receive-pack", times=1)
    gitops.hook("post-receive", "touch dead\n")
    process = start(STEP, "--repo", f"{proxy.url}/{gitops.path}", *CALL)
    wait_for(lambda: (gitops.bare / "dead").exists(), "the push to arrive")
    proxy.answer(500, "down")
    out, err = process.communicate(timeout=60)
    assert process.returncode in (0, 3), err
    assert gitops.commits() == 2


@pytest.mark.parametrize("status, body, words, requests", [
    (500, "boom", "returned error: 500", 4),
    (503, "", "returned error: 503", 4),
    (429, "", "returned error: 429", 4),
    (404, "", "the server knows no such repository", 1),
    (200, "<html>\n<body>Sign in</body>\n</html>\n", "the answer is not that of a Git server", 1),
    (200, "<html>Sign in</html>", "the answer is not that of a Git server", 2),
    (200, "\x00\x01garbage", "the answer is not that of a Git server", 2),
])
def test_servers_that_do_not_work(gitops, start_proxy, status, body, words, requests):
    proxy = start_proxy(gitops.server.url)
    proxy.answer(status, body)
    done = run(STEP, "--repo", f"{proxy.url}/{gitops.path}", *CALL)
    assert (done.code, done.out) == (3, "")
    error = done.err.splitlines()[-2 if "hint:" in done.err.splitlines()[-1] else -1]
    assert "error: cannot read " in error and words in error
    assert len([request for request in proxy.requests if "/info/refs" in request]) == requests


@pytest.mark.parametrize("path, passed, after", [("/info/refs", 0, 10), ("/git-upload-pack$", 0, 10), ("/git-upload-pack$", 1, 10),
                                                 ("/git-upload-pack$", 1, 170), ("/git-upload-pack$", 1, 400), ("/git-upload-pack$", 2, 40)])
def test_answers_that_are_cut(gitops, start_proxy, path, passed, after):
    """The branches, the newest commit, a file: what is cut once is read again."""
    proxy = start_proxy(gitops.server.url)
    proxy.let_pass(path=path, times=passed)
    proxy.cut(after=after, path=path, times=1)
    done = run(STEP, "--repo", f"{proxy.url}/{gitops.path}", *CALL)
    assert done.code == 0, done.err
    assert done.out.strip() == gitops.tip() and gitops.commits() == 2


def test_an_unreachable_server():
    done = run(STEP, "--repo", "http://127.0.0.1:1/gitops.git", *CALL)
    assert (done.code, done.out) == (3, "")
    assert "error: cannot read the branch main of http://127.0.0.1:1/gitops.git: Failed to connect to 127.0.0.1 port 1" in done.err
    assert done.err.count("trying again") == 3


def test_a_push_that_fails_each_time(gitops, start_proxy):
    proxy = start_proxy(gitops.server.url)
    proxy.answer(500, "boom", path="/git-receive-pack")
    done = run(STEP, "--repo", f"{proxy.url}/{gitops.path}", *CALL)
    assert done.code == 3
    assert f"error: cannot push to main of {proxy.url}/{gitops.path} (4 attempts): " in done.err
    assert gitops.commits() == 1


def processes_with(folder):
    """Processes that have this temporary folder in their environment: the step's children, wherever they went."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"TMPDIR={folder}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append(entry.name)
        except OSError:
            pass
    return found


@pytest.mark.parametrize("path", ["/info/refs?service=git-upload-pack", "/git-upload-pack", "/git-receive-pack"])
def test_cancelled_while_the_server_is_silent(gitops, start_proxy, tmp_path, path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    proxy = start_proxy(gitops.server.url)
    proxy.stall(path=path)
    process = start(STEP, "--repo", f"{proxy.url}/{gitops.path}", *CALL, env={"TMPDIR": scratch})
    wait_for(lambda: any(path in request for request in proxy.requests), "the request")
    done = cancel(process)
    assert (done.code, done.out) == (143, "")
    assert "error: cancelled" in done.err
    assert list(scratch.iterdir()) == []
    wait_for(lambda: processes_with(scratch) == [], "the children to be gone", seconds=5)
    assert gitops.commits() == 1


def test_cancelled_at_any_moment(gitops, tmp_path):
    """Whatever the moment: the branch has the commit or not, and nothing is left behind."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    log = tmp_path / "log"
    for number in range(1, 9):
        before = gitops.commits()
        with log.open("w+") as stderr:
            process = subprocess.Popen(
                [str(BIN / STEP), "--repo", gitops.url, "--file", FILE, "--set", f"image.tag=new{number}", "--verbose"],
                env=environment(TMPDIR=scratch), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr)
            # As many commands as this round's number have been started: another moment each time.
            wait_for(lambda: log.read_text().count("debug: running git") >= number or process.poll() is not None, "the moment")
            process.terminate()
            assert process.wait(5) in (143, 0)
        assert list(scratch.iterdir()) == []
        assert gitops.commits() in (before, before + 1)
        assert yaml.safe_load(gitops.show())["replicas"] == 2


@pytest.mark.parametrize("arguments", [["--file", FILE, "--rollback"], ["--put", "new.txt=new.txt"]], ids=["rollback", "superseded"])
def test_cancelled_while_the_history_is_read(gitops, start_proxy, tmp_path, arguments):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (tmp_path / "new.txt").touch()
    assert run(STEP, "--repo", gitops.url, *CALL).code == 0
    proxy = start_proxy(gitops.server.url)
    # Before that there are two requests: for the branches, and for the newest commit.
    process = start(STEP, "--repo", f"{proxy.url}/{gitops.path}", "--branch", "main", *arguments, "--verbose", cwd=tmp_path,
                    env={"TMPDIR": scratch} | gitlab("a", "2020-11-24T11:00:00Z", 1))
    for line in process.stderr:
        if "refs/slipway/tip" in line:
            wait_for(lambda: len([request for request in proxy.requests if "POST" in request]) >= 2, "the newest commit")
            proxy.stall(path="/git-upload-pack")
        if "refs/slipway/history" in line:
            break
    done = cancel(process)
    assert done.code == 143
    assert list(scratch.iterdir()) == []
    wait_for(lambda: processes_with(scratch) == [], "the children to be gone", seconds=5)
    assert gitops.commits() == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_cancelled_while_a_hook_decides(gitops, tmp_path, number):
    """The server may take the push all the same: whole."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    gitops.hook("pre-receive", "touch waiting\nwhile [ ! -e go ]; do sleep 0.05; done\n")
    process = start(STEP, "--repo", gitops.url, *CALL, env={"TMPDIR": scratch})
    wait_for(lambda: (gitops.bare / "waiting").exists(), "the hook")
    done = cancel(process, number)
    (gitops.bare / "go").touch()
    assert (done.code, done.out) == (128 + number, "")
    assert list(scratch.iterdir()) == []
    wait_for(lambda: processes_with(scratch) == [], "the children to be gone", seconds=5)
    assert gitops.show() in (VALUES, VALUES.replace("old", "new"))


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk(gitops, tmp_path):
    """Wherever it is full: in words that name the disk, and without a file left."""
    small = tmp_path / "small"
    small.mkdir()
    failures = 0
    for kib in (16, 24, 32, 40, 4096):
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(small)], capture_output=True).returncode != 0:
            pytest.skip("mounting a small file system is not allowed here")
        try:
            done = run(STEP, "--repo", gitops.url, *CALL, env={"TMPDIR": small})
            if done.code != 0:
                failures += 1
                assert done.code == 3
                assert "disk is full" in done.err and "hint: TMPDIR says where temporary files go" in done.err
                assert gitops.commits() == 1
            assert list(small.iterdir()) == []
        finally:
            subprocess.run(["umount", str(small)], check=True)
    assert failures >= 2
    assert gitops.commits() == 2
