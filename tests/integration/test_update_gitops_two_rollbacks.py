"""update-gitops-values: a rollback while others move the branch."""

import pytest

from gitops import FILE, STEP, VALUES, Gitops, git
from steps import run


@pytest.fixture
def gitops(start_git_server):
    return Gitops(start_git_server(), {FILE: VALUES})


def step(gitops, *arguments):
    return run(STEP, "--repo", gitops.url, "--file", FILE, *arguments)


def race(gitops, *theirs):
    """Somebody else's run wins, in the moment in which ours is received."""
    for tag in ("v1", "v2"):
        assert step(gitops, "--set", f"image.tag={tag}").code == 0
    git(gitops.bare, "branch", "theirs", "main")
    assert step(gitops, "--branch", "theirs", "--author", "Eve <eve@example.invalid>", *theirs).code == 0
    gitops.hook("update", "[ -e won ] && exit 0\ntouch won\ngit update-ref refs/heads/main refs/heads/theirs\n")
    return step(gitops, "--rollback", "--branch", "main")


def test_of_two_rollbacks_at_once_the_slower_takes_nothing_more_back(gitops):
    done = race(gitops, "--rollback")
    assert done.code == 0, done.err
    assert "nothing to change" in done.err
    assert gitops.tip() == gitops.tip("theirs")
    assert "tag: v1" in gitops.show()
    assert step(gitops, "--rollback", "--branch", "main").code == 0  # the next one does
    assert gitops.show() == VALUES


def test_a_rollback_does_not_take_back_what_came_meanwhile(gitops):
    done = race(gitops, "--set", "image.tag=v3")
    assert done.code == 1, done.err
    assert "changed it meanwhile" in done.err
    assert "tag: v3" in gitops.show()
