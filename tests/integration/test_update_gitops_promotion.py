"""update-gitops-values: versions from other environments, and what they must hold before."""

import time

import pytest

from gitops import STEP, Gitops, commit_of, git, gitlab
from steps import run

STAGING, PRODUCTION = "staging/values.yaml", "production/values.yaml"
DIGEST = "sha256:" + "a" * 64


def values(tag, digest=""):
    return f"image:\n  repository: registry.example.com/team/app\n  tag: {tag} # ours\n  digest: \"{digest}\"\nlogLevel: info\n"


@pytest.fixture
def gitops(start_git_server):
    return Gitops(start_git_server(), {STAGING: values("v2", DIGEST), PRODUCTION: values("v1")})


def step(gitops, *arguments, env=None):
    return run(STEP, "--repo", gitops.url, "--branch", "main", *arguments, env=env)


def promote(gitops, *arguments, env=None):
    return step(gitops, "--from", STAGING, "--file", PRODUCTION, *arguments, env=env)


@pytest.mark.parametrize("what", [(), ("--image", "registry.example.com/team/app")])
def test_tag_and_digest_are_copied(gitops, what):
    done = promote(gitops, *what, "--json")
    assert done.code == 0, done.err
    assert gitops.show(PRODUCTION) == values("v2", DIGEST)
    assert done.json["from_environment"] == f"registry.example.com/team/app:v2@{DIGEST}"
    assert promote(gitops).code == 0 and gitops.commits() == 2


def test_a_value_by_its_path(gitops):
    gitops.work({STAGING: values("v2").replace("info", "debug")})
    done = promote(gitops, "--path", "logLevel")
    assert done.code == 0, done.err
    assert gitops.show(PRODUCTION) == values("v1").replace("info", "debug")
    done = promote(gitops, "--path", "logLevl")
    assert done.code == 1 and "cannot copy logLevl" in done.err


def test_from_another_branch(gitops):
    git(gitops.bare, "branch", "stage", "main")
    gitops.work({STAGING: values("v7")}, branch="stage")
    done = step(gitops, "--from", f"stage:{STAGING}", "--file", PRODUCTION)
    assert done.code == 0, done.err
    assert gitops.show(PRODUCTION) == values("v7")
    done = step(gitops, "--from", f"stagee:{STAGING}", "--file", PRODUCTION)
    assert done.code == 2 and "there is no such branch" in done.err and "did you mean stage?" in done.err


@pytest.mark.parametrize("staging, arguments, code, words", [
    (values("v2"), ("--image", "registry.example.com/team/ap"), 1, "did you mean registry.example.com/team/app?"),
    (values("v2") + "other:\n" + "".join("  " + line + "\n" for line in values("v3").splitlines()), (), 1, "it has several versions"),
    (values("'{{ .tag }}'"), ("--image", "registry.example.com/team/app"), 1, "a template stands there"),
    ("a: b\n", (), 1, "no image with a version in common"),
    (values("v2"), ("--image", "registry.example.com/team/app:v2"), 2, "is no name alone"),
])
def test_what_cannot_be_copied(gitops, staging, arguments, code, words):
    gitops.work({STAGING: staging})
    done = promote(gitops, *arguments)
    assert done.code == code and words in done.err, done.err
    assert gitops.commits() == 2


def test_the_origin_travels_with_the_version(gitops):
    """A hotfix in production is newer than what staging holds, whatever pipeline promotes."""
    assert step(gitops, "--file", STAGING, "--set", "image.tag=v3", env=gitlab("a", "2026-11-24T10:00:00Z", "1")).code == 0
    assert promote(gitops, env=gitlab("c", "2026-11-25T10:00:00Z", "9")).code == 0
    assert "Slipway-Commit: " + "a" * 40 in gitops.message()
    assert step(gitops, "--file", PRODUCTION, "--set", "image.tag=hotfix", env=gitlab("b", "2026-11-24T12:00:00Z", "5")).code == 0
    done = promote(gitops, "--json", env=gitlab("c", "2026-11-25T10:00:00Z", "9"))
    assert done.code == 0 and done.json["superseded"], done.err
    assert "tag: hotfix" in gitops.show(PRODUCTION)


def test_required_in_another_environment(gitops):
    set_tag = ("--file", PRODUCTION, "--set", "image.tag=v2", "--require-in", STAGING)
    assert step(gitops, *set_tag).code == 0
    done = step(gitops, "--file", PRODUCTION, "--set", "image.tag=v3", "--require-in", STAGING)
    assert done.code == 1 and f"it holds registry.example.com/team/app:v2@{DIGEST}, not registry.example.com/team/app:v3" in done.err, done.err
    done = step(gitops, "--file", PRODUCTION, "--set", "logLevel=debug", "--require-in", STAGING)
    assert done.code == 1 and 'logLevel is "info" there, not "debug"' in done.err, done.err
    assert gitops.commits() == 2
    done = step(gitops, "--file", PRODUCTION, "--rollback", "--require-in", STAGING)
    assert done.code == 0 and "--require-in is not asked for a rollback" in done.err, done.err


def history(start_git_server, *states, message="work"):
    """Commits of staging by their age in minutes."""
    gitops = Gitops(start_git_server(), {STAGING: values("v1"), PRODUCTION: values("v1")})
    now = int(time.time())
    for age, tag in states:
        text = message if isinstance(message, str) else message(tag)
        git(gitops.bare, "fast-import", "--quiet", input=commit_of("main", text, {STAGING: values(tag)}, gitops.tip(), now - age * 60))
    return gitops


def trailers(tag):
    return f'set\n\nSlipway-Change: {{"file":"{STAGING}","path":"image.tag","new":"{tag}"}}\n'


@pytest.mark.parametrize("states, code, words", [
    ([(120, "v2")], 0, ""),
    ([(120, "v1"), (20, "v2")], 1, "it does so only since"),
    ([(120, "v2"), (50, "v3"), (20, "v2")], 1, "it does so only since"),
    ([(120, "v2"), (50, "v2")], 0, ""),
])
def test_held_long_enough(start_git_server, states, code, words):
    gitops = history(start_git_server, *states, message=trailers)
    done = promote(gitops, "--require-in", STAGING, "--for", "1h")
    assert done.code == code and words in done.err, done.err


def test_held_long_enough_without_trailers(start_git_server):
    gitops = history(start_git_server, (120, "v1"), (20, "v2"))
    done = promote(gitops, "--require-in", STAGING, "--for", "1h")
    assert done.code == 1 and "it did not in commit" in done.err, done.err
    assert promote(gitops, "--require-in", STAGING).code == 0


def test_a_merge_counts_from_when_it_was_merged(start_git_server):
    """The commit of a request is old, and came to the branch a minute ago."""
    gitops = history(start_git_server, (200, "v1"))
    base, now = gitops.tip(), int(time.time())
    git(gitops.bare, "fast-import", "--quiet", input=commit_of("request", trailers("v2"), {STAGING: values("v2")}, base, now - 9000))
    stream = commit_of("main", "merge", {STAGING: values("v2")}, base, now - 60)
    git(gitops.bare, "fast-import", "--quiet", input=stream.replace(f"from {base}\n".encode(), f"from {base}\nmerge refs/heads/request\n".encode()))
    done = promote(gitops, "--require-in", STAGING, "--for", "1h")
    assert done.code == 1 and "it does so only since" in done.err, done.err


def test_in_a_folder(tmp_path):
    for name, text in ((STAGING, values("v2")), (PRODUCTION, values("v1"))):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    done = run(STEP, "--dir", tmp_path, "--from", STAGING, "--file", PRODUCTION, "--require-in", STAGING)
    assert done.code == 0, done.err
    assert (tmp_path / PRODUCTION).read_text() == values("v2")
    assert run(STEP, "--dir", tmp_path, "--from", f"main:{STAGING}", "--file", PRODUCTION).code == 2
