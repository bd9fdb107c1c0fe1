"""update-gitops-values and what others wrote into the repository: names, messages, clocks."""

import json
import subprocess

import pytest

from gitops import FILE, STEP, VALUES, Gitops, git
from steps import run


@pytest.fixture
def gitops(start_git_server):
    return Gitops(start_git_server(), {FILE: VALUES, "link": ("120000", "apps"), "plain.txt": "text\n"})


def step(gitops, *arguments):
    return run(STEP, "--repo", gitops.url, "--branch", "main", *arguments)


def somebody_commits(gitops, content, message, path=FILE, mode="100644"):
    stream = (f"commit refs/heads/main\ncommitter Eve <eve@example.invalid> 1780000000 +0000\ndata {len(message.encode())}\n{message}\n"
              f"from refs/heads/main^0\nM {mode} inline {path}\ndata {len(content.encode())}\n{content}\n")
    git(gitops.bare, "fast-import", "--quiet", input=stream.encode())


def blob(gitops, content):
    return git(gitops.bare, "hash-object", "-w", "--stdin", input=content.encode())


def trailer(name, value):
    return f"{name}: {json.dumps(value, separators=(',', ':'))}\n"


@pytest.mark.parametrize("blocking", ["plain.txt", "link"])
def test_a_new_file_does_not_push_aside_what_is_no_folder(gitops, tmp_path, blocking):
    (tmp_path / "new").write_text("new\n")
    done = step(gitops, "--put", f"{blocking}/deep/er={tmp_path / 'new'}")
    assert done.code == 1, done.err
    assert f"cannot make {blocking}/deep/er: {blocking} is a" in done.err
    assert gitops.commits() == 1
    if blocking == "plain.txt":
        done = step(gitops, "--put", f"{blocking}/deep/er={tmp_path / 'new'}", "--delete", blocking)
        assert done.code == 0, done.err
        assert gitops.show("plain.txt/deep/er") == "new\n"


@pytest.mark.parametrize("name", ["bad\\nM 100644 inline evil.yaml", "bad\\377.yaml"])
def test_names_that_no_trailer_can_hold_are_refused(gitops, name):
    somebody_commits(gitops, "a: old\n", "m", f'"{name}"')
    done = step(gitops, "--file", "bad*", "--set", "a=new")
    assert done.code == 1, done.err
    assert "rename the file" in done.err
    assert gitops.commits() == 2


def test_a_local_folder_with_such_a_name_is_refused(gitops, tmp_path):
    (tmp_path / "rules\nx").write_text("new\n")
    done = step(gitops, "--put", f"rules={tmp_path}")
    assert done.code == 2, done.err
    assert "it holds a control character" in done.err


def test_a_forged_time_makes_no_pipeline_late_for_ever(gitops):
    somebody_commits(gitops, VALUES.replace("old", "human"), "by hand\n\n" + trailer("Slipway-Change", {
        "file": FILE, "path": "image.tag", "old": "old", "new": "human"}) + "Slipway-Commit-Time: 9999-12-31T23:59:59Z\n")
    done = step(gitops, "--file", FILE, "--set", "image.tag=new", "--source-time", "2026-11-24T12:00:00Z")
    assert done.code == 0, done.err
    assert "tag: new" in gitops.show()


@pytest.mark.parametrize("mode", ["100644", "120000"])
def test_a_rollback_puts_no_content_there_that_a_message_invented(gitops, mode):
    evil = blob(gitops, "evil: true\n")
    ours = VALUES.replace("replicas: 2", "replicas: 3")
    somebody_commits(gitops, ours, "harmless\n\n" + trailer("Slipway-File", {
        "path": FILE, "old": evil, "new": blob(gitops, ours), "mode": mode}))
    done = step(gitops, "--file", FILE, "--rollback")
    assert done.code == 1, done.err
    assert "is not what the commit before it held" in done.err
    assert gitops.show() == ours


def test_a_rollback_puts_no_value_there_that_a_message_invented(gitops):
    ours = VALUES.replace("replicas: 2", "replicas: 3")
    somebody_commits(gitops, ours, "harmless\n\n" + trailer("Slipway-Change", {
        "file": FILE, "path": "image.tag", "old": "evil", "new": "old"}))
    done = step(gitops, "--file", FILE, "--rollback")
    assert done.code == 1, done.err
    assert "image.tag: what commit" in done.err
    assert gitops.show() == ours


def test_a_commit_that_was_moved_is_taken_back_by_its_values(gitops):
    assert step(gitops, "--file", FILE, "--set", "image.tag=v2").code == 0
    message = git(gitops.bare, "log", "-1", "--format=%B", "main")
    # Somebody rebases: the same change and message, on top of another change of the same file.
    git(gitops.bare, "update-ref", "refs/heads/main", "main^")
    other = VALUES.replace("replicas: 2", "replicas: 5")
    somebody_commits(gitops, other, "replicas")
    somebody_commits(gitops, other.replace("tag: old", "tag: v2"), message)
    done = step(gitops, "--file", FILE, "--rollback")
    assert done.code == 0, done.err
    assert gitops.show() == other


def test_a_rollback_tells_of_values_too_long_for_a_message(gitops):
    assert step(gitops, "--file", FILE, "--set", "image.tag=" + "y" * 3000).code == 0
    done = step(gitops, "--file", FILE, "--rollback", "--json")
    assert done.code == 0, done.err
    assert done.json["changes"] == [{"file": FILE, "path": "image.tag", "old": "y" * 3000, "new": "old"}]
    assert gitops.show() == VALUES


def test_a_file_that_is_too_large_is_named(gitops):
    somebody_commits(gitops, "a: b\n" * 7_000_000, "large", "large.yaml")
    done = step(gitops, "--file", "large.yaml", "--set", "a=c")
    assert done.code == 1, done.err
    assert "cannot read large.yaml of" in done.err


def test_a_locked_key_is_said_to_be_locked(gitops, tmp_path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", tmp_path / "key"], check=True)
    done = step(gitops, "--file", FILE, "--set", "image.tag=new", "--signing-key-file", tmp_path / "key")
    assert done.code == 2, done.err
    assert "a passphrase protects it" in done.err
