"""update-gitops-values --base: a branch that does not exist yet, and the history that it will have."""

import pytest

from gitops import FILE, STEP, VALUES, Gitops, git
from steps import run


@pytest.fixture
def gitops(start_git_server):
    return Gitops(start_git_server(), {FILE: VALUES})


def step(gitops, *arguments):
    return run(STEP, "--repo", gitops.url, "--branch", "release", "--base", "main", "--file", FILE, *arguments)


def test_a_new_branch_of_a_pipeline_with_a_time(gitops):
    done = step(gitops, "--set", "image.tag=new", "--source-time", "2026-11-24T12:00:00Z")
    assert done.code == 0, done.err
    assert (gitops.commits("release"), gitops.commits()) == (2, 1)


def test_a_new_branch_is_late_when_its_base_is_newer(gitops):
    assert run(STEP, "--repo", gitops.url, "--file", FILE, "--set", "image.tag=v2", "--source-time", "2026-11-24T12:00:00Z").code == 0
    assert run(STEP, "--repo", gitops.url, "--file", FILE, "--set", "replicas=3").code == 0
    done = step(gitops, "--set", "image.tag=v1", "--source-time", "2026-11-24T11:00:00Z", "--json")
    assert done.code == 0, done.err
    assert done.json["superseded"]
    assert git(gitops.bare, "branch", "--list", "release") == ""


def test_a_rollback_onto_a_new_branch(gitops):
    assert run(STEP, "--repo", gitops.url, "--file", FILE, "--set", "image.tag=v2").code == 0
    done = step(gitops, "--rollback")
    assert done.code == 0, done.err
    assert gitops.show(branch="release") == VALUES
