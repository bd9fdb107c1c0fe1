"""What update-gitops-values sends to GitHub is as GitHub's own descriptions of its APIs say."""

import json

import pytest

import github_api
from forge import Fault
from github_forge import App, GitHubForge, make_app_keys
from gitops import FILE, STEP, VALUES, Gitops
from steps import run

needs_openapi = pytest.mark.skipif(not github_api.has_openapi(), reason="@octokit/openapi and @stoplight/prism-cli are not installed: dev/oracles installs them")
needs_graphql = pytest.mark.skipif(not github_api.has_graphql(), reason="@octokit/graphql-schema and graphql are not installed: dev/oracles installs them")


@pytest.fixture
def gitops(start_git_server):
    return Gitops(start_git_server(), {FILE: VALUES, "gone.yaml": "a: 1\n"})


@pytest.fixture
def sent(gitops, tmp_path):
    """All kinds of requests that the step makes: of an app, of pull requests from their opening to their end, and of commits."""
    make_app_keys(tmp_path)
    with GitHubForge(gitops.bare) as forge:
        def step(*options, code=0, branch="main", env=None):
            done = run(STEP, "--repo", gitops.url, "--branch", branch, "--file", FILE, *forge.options(), *options, env=forge.env() if env is None else env)
            assert done.code == code, done.err

        def ask(*options, tag, **more):
            step("--mode", "pull-request", "--set", f"image.tag={tag}", *options, **more)

        forge.looks, forge.checks = 1, "pending"
        ask("--draft", "--label", "deploy, now", "--label", "x", "--reviewer", "ada", "--reviewer", "ops/reviewers", "--reviewer", "nobody", tag="v1")
        forge.close(1)
        ask(tag="v1")
        ask("--auto-merge", "squash", "--wait-merged", "--merge-timeout", "1s", tag="v2", code=4)
        ask(tag="v2.1")
        forge.close(2)
        forge.checks = "success"
        forge.faults.append(Fault("POST", "/pulls$", drop="after"))
        ask("--auto-merge", "rebase", "--wait-merged", tag="v3")
        step("--commit-by", "github", "--set", "image.tag=v4", "--put", f"new.yaml={tmp_path / 'public.pem'}", "--delete", "gone.yaml")
        step("--commit-by", "github", "--set", "image.tag=v5", "--base", "main", branch="release/1")
        forge.app = App("4711", tmp_path / "public.pem")
        ask("--github-app-id", "4711", "--github-app-key-file", tmp_path / "private.pem", tag="v6", env={})
        yield list(forge.requests)


@needs_openapi
def test_requests_are_as_githubs_openapi_says(sent, tmp_path):
    rest = [request for request in sent if request.path != "/api/graphql"]
    kinds = {(request.method, "/".join("N" if part.isdigit() else part for part in request.path.removeprefix("/api/v3").split("/")[:7])) for request in rest}
    assert {method for method, _ in kinds} == {"GET", "POST", "PATCH", "PUT", "DELETE"} and len(kinds) >= 14, kinds
    with github_api.OpenApi(tmp_path) as api:
        # It would notice.
        assert "head" in api.violations("POST", "/repos/ops/gitops/pulls", body=b'{"title": "x", "base": "main"}')
        assert "allowed values" in api.violations("GET", "/repos/ops/gitops/pulls", {"state": "any"})
        assert "404" in api.violations("GET", "/repos/ops/gitops/pull")
        wrong = [(request.method, request.path, why) for request in rest
                 if (why := api.violations(request.method, request.path.removeprefix("/api/v3"), request.query, request.body))]
    assert wrong == []
    assert all(request.headers["x-github-api-version"] == "2022-11-28" and request.headers["accept"] == "application/vnd.github+json" for request in rest)


@needs_graphql
def test_mutations_are_as_githubs_schema_says(sent):
    mutations = [json.loads(request.body) for request in sent if request.path == "/api/graphql"]
    assert {name for name in ("createCommitOnBranch", "enablePullRequestAutoMerge") if any(name in one["query"] for one in mutations)} == {
        "createCommitOnBranch", "enablePullRequestAutoMerge"}
    assert github_api.graphql_errors("mutation ($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }", {"input": {"branch": 1}})
    assert [error for one in mutations for error in github_api.graphql_errors(one["query"], one["variables"])] == []
