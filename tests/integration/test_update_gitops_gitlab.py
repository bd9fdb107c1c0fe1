"""update-gitops-values opens merge requests at GitLab: a stand-in over a real repository."""

import pytest
from forge import Fault
from git_server import GitServer
from gitlab_forge import GitLabForge
from gitops import FILE, STEP, VALUES, Gitops
from steps import run


@pytest.fixture
def gitops(tmp_path):
    with GitServer(tmp_path / "server") as server:
        yield Gitops(server, {FILE: VALUES})


@pytest.fixture
def forge(gitops):
    with GitLabForge(gitops.bare) as forge:
        yield forge


def propose(gitops, forge, *options, tag="v1", token=None, **variables):
    env = {"SLIPWAY_UPDATE_GITOPS_VALUES_FORGE_TOKEN": token or forge.token, "SLIPWAY_UPDATE_GITOPS_VALUES_NO_VERIFY_IMAGE": "true", **variables}
    return run(STEP, "--repo", gitops.url, "--branch", "main", "--file", FILE, "--set", f"image.tag={tag}", "--mode", "pull-request", "--forge", "gitlab",
               "--forge-url", forge.api, "--json", *options, env=env)


def test_a_merge_request_is_opened_and_updated(gitops, forge):
    before = gitops.tip()
    done = propose(gitops, forge, "--draft", "--label", "deploy", "--reviewer", "ada", "--reviewer", "nobody")
    assert done.code == 0, done.err
    request = forge.only()
    assert (request.base, request.draft, request.labels, request.reviewers) == ("main", True, ["deploy"], ["ada"])
    assert request.title.startswith("Draft: ") and request.deletes_branch
    assert "GitLab knows no user 'nobody'" in done.err
    assert done.json["request_url"].endswith("/ops/gitops/-/merge_requests/1")
    assert "tag: v1 #" in gitops.show(branch=request.head) and gitops.tip() == before

    assert propose(gitops, forge, "--draft", tag="v2").code == 0
    assert forge.only() is request and len(forge.pulls) == 1
    assert "v2" in request.title and request.title.startswith("Draft: ")
    assert "tag: v2 #" in gitops.show(branch=request.head)
    assert request.head_commit == gitops.tip(request.head) and forge.token not in done.err + done.out


def test_there_is_one_request_after_a_lost_answer(gitops, forge):
    forge.faults.append(Fault("POST", "/merge_requests$", drop="after"))
    done = propose(gitops, forge)
    assert done.code == 0, done.err
    assert len(forge.pulls) == 1 and forge.count("POST", "/merge_requests$") == 1
    assert "the answer is lost" in done.err


def test_a_request_that_did_not_arrive_is_sent_again(gitops, forge):
    forge.faults += [Fault("POST", "/merge_requests$", drop="before"), Fault("POST", "/merge_requests$", status=502, body=b"<html><title>Bad Gateway</title></html>")]
    assert propose(gitops, forge).code == 0
    assert len(forge.pulls) == 1 and forge.count("POST", "/merge_requests$") == 3


@pytest.mark.parametrize("method, settings, where", [
    ("merge", {}, lambda request: request.merge_commit),
    ("squash", {}, lambda request: request.squash_commit),
    ("rebase", {"merge_method": "ff"}, lambda request: request.head_commit),
])
def test_gitlab_merges_as_soon_as_it_may(gitops, forge, method, settings, where):
    forge.project_settings.update(settings)
    forge.check_delay = 1
    done = propose(gitops, forge, "--auto-merge", method, "--wait-merged")
    assert done.code == 0, done.err
    [request] = forge.pulls.values()
    assert request.state == "merged" and not forge.has_branch(request.head)
    assert done.json["merged"] is True and done.json["commit"] == where(request) == gitops.tip()
    assert "tag: v1 #" in gitops.show()


def test_auto_merge_waits_for_the_pipeline(gitops, forge):
    forge.checks = "pending"
    assert propose(gitops, forge, "--auto-merge", "squash").code == 0
    request = forge.only()
    assert request.auto_merge == "squash"
    forge.pass_checks()
    assert request.state == "merged" and gitops.tip() == request.squash_commit


def test_a_way_of_merging_that_the_project_does_not_have_is_refused(gitops, forge):
    done = propose(gitops, forge, "--auto-merge", "rebase")
    assert done.code == 1
    assert "by 'rebase': the project makes merge commits" in done.err


def test_who_may_not_merge_into_the_protected_branch(gitops, forge):
    forge.role = "Developer"
    done = propose(gitops, forge, "--auto-merge", "merge")
    assert done.code == 1
    assert "its user may not push to main" in done.err and "Allowed to merge" in done.err
    assert forge.only()


def test_a_jobs_own_token_opens_no_requests(gitops, forge):
    done = propose(gitops, forge, token=forge.job_token, CI_JOB_TOKEN=forge.job_token)
    assert done.code == 3
    assert "404 Project Not Found" in done.err and "a job's own token (CI_JOB_TOKEN) may not open or change merge requests" in done.err
    assert forge.requests[0].headers["job-token"] == forge.job_token and "private-token" not in forge.requests[0].headers


def test_faults_are_said_in_gitlabs_words(gitops, forge):
    done = propose(gitops, forge, token="glpat-of-somebody-else")
    assert done.code == 3 and "GitLab refuses the token: 401 Unauthorized" in done.err
    forge.role = "Reporter"
    done = propose(gitops, forge)
    assert done.code == 3 and "does not permit it: 403 Forbidden" in done.err and "role Developer" in done.err
    forge.role = "Maintainer"
    forge.faults.append(Fault("GET", "/merge_requests$", status=200, body=b"<html><title>Sign in</title></html>"))
    done = propose(gitops, forge)
    assert done.code == 3 and "Sign in" in done.err
    assert not forge.pulls


def test_a_limit_of_requests_is_waited_for(gitops, forge):
    forge.faults.append(Fault("GET", "/merge_requests$", status=429, body={"message": {"error": "Too many requests"}}, headers={"Retry-After": "1", "RateLimit-Reset": "1700000000"}))
    done = propose(gitops, forge)
    assert done.code == 0, done.err
    assert "GitLab limits requests" in done.err and forge.only()
