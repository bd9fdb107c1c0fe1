"""update-gitops-values opens pull requests at Gitea: a stand-in over a real repository."""

import pytest
from forge import Fault
from git_server import GitServer
from gitea_forge import GiteaForge
from gitops import FILE, STEP, VALUES, Gitops
from steps import run


@pytest.fixture
def gitops(tmp_path):
    with GitServer(tmp_path / "server") as server:
        yield Gitops(server, {FILE: VALUES})


@pytest.fixture
def forge(gitops):
    with GiteaForge(gitops.bare) as forge:
        yield forge


def propose(gitops, forge, *options, tag="v1", token=None, **variables):
    env = {"SLIPWAY_UPDATE_GITOPS_VALUES_FORGE_TOKEN": token or forge.token, "SLIPWAY_UPDATE_GITOPS_VALUES_NO_VERIFY_IMAGE": "true", **variables}
    return run(STEP, "--repo", gitops.url, "--branch", "main", "--file", FILE, "--set", f"image.tag={tag}", "--mode", "pull-request", "--forge", "gitea",
               "--forge-url", forge.api, "--json", *options, env=env)


def test_a_pull_request_is_opened_and_updated(gitops, forge):
    forge.organization_labels = {"team": 9}
    done = propose(gitops, forge, "--draft", "--label", "deploy", "--label", "team", "--label", "unknown", "--reviewer", "ada", "--reviewer", "nobody")
    assert done.code == 0, done.err
    request = forge.only()
    assert (request.base, request.draft, request.labels, request.reviewers) == ("main", True, ["deploy", "team"], ["ada"])
    assert request.title.startswith("WIP: ")
    assert "cannot add the label 'unknown'" in done.err and "user doesn't exist: nobody" in done.err
    assert done.json["request_url"].endswith("/ops/gitops/pulls/1")
    assert propose(gitops, forge, "--draft", "--reviewer", "ada", tag="v2").code == 0
    assert forge.only() is request and len(forge.pulls) == 1
    assert "v2" in request.title and request.title.startswith("WIP: ")
    assert "tag: v2 #" in gitops.show(branch=request.head) and request.head_commit == gitops.tip(request.head)


@pytest.mark.parametrize("old", [False, True])
def test_there_is_one_request_after_a_lost_answer(gitops, forge, old):
    forge.old = old
    forge.faults.append(Fault("POST", "/pulls$", drop="after"))
    done = propose(gitops, forge)
    assert done.code == 0, done.err
    assert len(forge.pulls) == 1 and forge.count("POST", "/pulls$") == 1
    assert "the answer is lost" in done.err


def test_a_request_that_did_not_arrive_is_sent_again(gitops, forge):
    forge.faults += [Fault("POST", "/pulls$", drop="before"), Fault("POST", "/pulls$", status=502, body=b"<html><title>Bad Gateway</title></html>")]
    assert propose(gitops, forge).code == 0
    assert len(forge.pulls) == 1 and forge.count("POST", "/pulls$") == 3


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_gitea_merges_as_soon_as_it_may(gitops, forge, method):
    forge.check_delay = 1
    done = propose(gitops, forge, "--auto-merge", method, "--wait-merged")
    assert done.code == 0, done.err
    [request] = forge.pulls.values()
    assert request.state == "merged" and not forge.has_branch(request.head)
    assert done.json["merged"] is True and done.json["commit"] == request.merge_commit == gitops.tip()
    assert "tag: v1 #" in gitops.show()


def test_auto_merge_waits_for_the_checks(gitops, forge):
    forge.checks = "pending"
    assert propose(gitops, forge, "--auto-merge", "squash").code == 0
    request = forge.only()
    assert request.auto_merge == "squash"
    forge.pass_checks()
    assert request.state == "merged" and gitops.tip() == request.merge_commit


def test_what_gitea_does_not_merge_is_refused(gitops, forge):
    forge.settings["allow_squash_merge"] = False
    done = propose(gitops, forge, "--auto-merge", "squash")
    assert done.code == 1 and "by 'squash': the repository does not allow it" in done.err
    forge.may_merge = False
    done = propose(gitops, forge, "--auto-merge", "merge")
    assert done.code == 1 and "User not allowed to merge PR" in done.err


def test_a_request_that_somebody_closed_stays_closed(gitops, forge):
    assert propose(gitops, forge).code == 0
    forge.close(1, by="grace")
    done = propose(gitops, forge)
    assert "grace" in done.err and forge.open_requests() == [] and len(forge.pulls) == 1


def test_faults_are_said_in_giteas_words(gitops, forge):
    done = propose(gitops, forge, token="of-somebody-else")
    assert done.code == 3 and "Gitea refuses the token: token is required" in done.err
    forge.scopes = {"read:repository"}
    done = propose(gitops, forge)
    assert done.code == 3 and "required=[write:repository]" in done.err and "needs the scopes write:repository and write:issue" in done.err
    assert not forge.pulls
