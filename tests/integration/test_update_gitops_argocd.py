"""--wait argocd/APP: the step ends when Argo CD serves what Git says, or says why it will not."""

import json
import os
import signal
import subprocess

import pytest

from argo_cd import ArgoCd
from gitops import FILE, STEP, VALUES, Gitops
from servers import wait_for
from steps import BIN, cancel, environment, run, start

QUIET = {"SLIPWAY_UPDATE_GITOPS_VALUES_NO_VERIFY_IMAGE": "true"}


class World:
    def __init__(self, gitops, argocd):
        self.gitops, self.argocd = gitops, argocd

    def arguments(self, *more, app="web", timeout="20s", url=None):
        return ["--repo", self.gitops.url, "--branch", "main", "--file", FILE, "--set", "image.tag=new", "--json", "--wait", f"argocd/{app}",
                "--argocd-url", url or self.argocd.url, "--wait-timeout", timeout, *more]

    def environment(self, **more):
        return {**QUIET, "ARGOCD_AUTH_TOKEN": self.argocd.token, **more}

    def run(self, *more, env=None, **options):
        done = run(STEP, *self.arguments(*more, **options), env=self.environment(**(env or {})))
        assert self.argocd.token not in done.err + done.out
        # Whatever comes of the wait, the commit is made, and told of.
        assert self.gitops.show().count("tag: new") == 1
        assert done.json["commit"] == self.gitops.tip()
        assert done.json["exit_code"] == done.code
        assert done.json["applied"] is (done.code == 0)
        return done


@pytest.fixture
def world(start_git_server):
    gitops = Gitops(start_git_server(), {FILE: VALUES})
    with ArgoCd(gitops.tip) as argocd:
        yield World(gitops, argocd)


def test_until_it_is_synced_and_healthy(world, tmp_path):
    world.argocd.add("web", plan=["syncing", "synced", "healthy"])
    done = world.run("--outputs-dir", tmp_path)
    short = world.gitops.tip()[:8]
    assert done.code == 0, done.err
    assert (tmp_path / "applied").read_text().strip() == "true"
    assert f"Argo CD application web: OutOfSync at {short}, syncing {short}: waiting for healthy state of apps/Deployment/web" in done.err
    assert f"Argo CD application web: Synced at {short}, Progressing: Deployment prod/web: Progressing: Waiting for rollout to finish: 1 out of 3" in done.err
    assert f"Argo CD application web: serves {short}: Synced, Healthy" in done.err
    methods = [(method, path, query) for method, path, query, _ in world.argocd.requests]
    assert methods[0] == ("GET", "/api/v1/applications/web", {"refresh": "normal"})
    assert all(method == "GET" for method, *_ in methods)


def test_an_application_in_another_namespace(world):
    world.argocd.add("web", namespace="team-a")
    done = world.run(app="team-a/web")
    assert done.code == 0, done.err
    assert all(query["appNamespace"] == "team-a" for _, _, query, _ in world.argocd.requests)


def test_a_newer_revision_that_has_our_commit_counts(world):
    application = world.argocd.add("web")

    def somebody_pushes(app):
        world.gitops.work({"other.yaml": "a: 1\n"})
        app.refresh()
        app.synced()

    application.plan = [somebody_pushes, "healthy"]
    done = run(STEP, *world.arguments(), env=world.environment())
    assert done.code == 0, done.err
    assert done.json["applied"] is True
    newest = world.gitops.tip()
    assert done.json["commit"] != newest
    assert f"serves {newest[:8]}: Synced, Healthy" in done.err


def test_an_older_revision_does_not(world):
    """Argo CD that does not see the push is healthy all the time."""
    application = world.argocd.add("web")
    old = world.gitops.tip()
    application.refresh = lambda: None
    done = world.run(timeout="3s")
    assert done.code == 4
    assert (f"Argo CD application web does not serve the change after 3s: Synced at {old[:8]}, without the commit {world.gitops.tip()[:8]}" in done.err)
    assert "hint: the change is in Git and may be served yet; --wait-timeout makes the wait longer" in done.err


def test_a_sync_that_failed_after_its_retries(world):
    world.argocd.add("web", plan=["syncing", "retrying", "failed"])
    done = world.run()
    assert done.code == 1
    short = world.gitops.tip()[:8]
    assert f'Argo CD application web failed to sync {short} after 5 retries: Failed: one or more objects failed to apply, reason: Deployment.apps "web" is invalid (retried 5 times).' in done.err
    assert 'Argo CD application web: Deployment prod/web: Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1' in done.err
    assert "Service" not in done.err
    assert "Git still names it; to take it back: update-gitops-values --repo" in done.err


def test_the_command_that_takes_it_back_does(world):
    world.argocd.add("web", plan=["failed"])
    done = world.run()
    command = next(line for line in done.err.splitlines() if "to take it back: " in line).split("to take it back: ")[1]
    assert command == f"update-gitops-values --repo {world.gitops.url} --branch main --file {FILE} --path image.tag --rollback"
    back = subprocess.run(["sh", "-c", command], env={**environment(**QUIET), "PATH": f"{BIN}:{os.environ['PATH']}"}, capture_output=True, text=True, timeout=60)
    assert back.returncode == 0, back.stderr
    assert world.gitops.show() == VALUES


def test_a_sync_that_is_retried_and_succeeds(world):
    world.argocd.add("web", plan=["retrying", "retrying", "synced", "healthy"])
    done = world.run()
    assert done.code == 0, done.err
    assert "Retrying attempt #2 at 12:00PM" in done.err


def test_a_failure_that_is_seen_before_its_retry(world):
    world.argocd.add("web", plan=["failed_early", "retrying", "synced", "healthy"])
    done = world.run()
    assert done.code == 0, done.err
    assert "sync failed (0 of 5 retries): one or more objects failed to apply" in done.err


def test_a_failure_of_an_older_revision_is_not_ours(world):
    application = world.argocd.add("web", plan=["synced", "healthy"])
    application.failed()  # at what is in Git before
    application.plan = ["wait", "synced", "healthy"]
    done = world.run()
    assert done.code == 0, done.err


def test_without_automated_sync_nothing_would_happen(world):
    world.argocd.add("web", automated=False)
    done = world.run()
    assert done.code == 4
    assert "Argo CD application web will not serve the change: it is OutOfSync, and has no automated sync" in done.err
    assert "hint: sync it by `argocd app sync web`, or give --argocd-sync to have it done here" in done.err


def test_automation_that_is_turned_off(world):
    application = world.argocd.add("web")
    application.json["spec"]["syncPolicy"]["automated"]["enabled"] = False
    application.plan = []
    assert "has no automated sync" in world.run().err


def test_asking_for_a_sync(world):
    application = world.argocd.add("web", automated=False)
    application.failed()  # an old one, that says nothing of what is asked for now
    done = world.run("--argocd-sync")
    assert done.code == 0, done.err
    (body,) = [json.loads(body) for method, _, _, body in world.argocd.requests if method == "POST"]
    assert body == {"name": "web", "revision": world.gitops.tip()}
    assert f"Argo CD application web: asked for a sync to {world.gitops.tip()[:8]}" in done.err


def test_asking_for_a_sync_without_the_permission(world):
    world.argocd.add("web", automated=False)
    world.argocd.permissions = ("get",)
    done = world.run("--argocd-sync")
    assert done.code == 3
    assert "status 403: permission denied: applications, sync, default/web" in done.err
    assert "hint: the account needs the permission 'applications, sync, default/web, allow'" in done.err


def test_a_window_that_is_closed(world):
    world.argocd.add("web")
    world.argocd.window("deny", "0 22 * * *", "8h", active=True)
    done = world.run(timeout="3s")
    assert done.code == 4
    assert f"OutOfSync at {world.gitops.tip()[:8]}, not synced: the sync window that denies, '0 22 * * *' for 8h, is open" in done.err


def test_a_window_that_opens(world):
    application = world.argocd.add("web")
    world.argocd.window("allow", "0 10 * * *", "1h", active=False)
    advance, looks = application.advance, []

    def open_later():
        looks.append(1)
        if len(looks) == 2:
            world.argocd.windows["activeWindows"] = world.argocd.windows["assignedWindows"]
        advance()

    application.advance = open_later
    done = world.run()
    assert done.code == 0, done.err
    assert "not synced: no sync window that allows is open: '0 10 * * *' for 1h" in done.err


def test_a_window_that_lets_hands_pass(world):
    world.argocd.add("web", automated=False)
    world.argocd.window("deny", "0 22 * * *", "8h", active=True, manual=True)
    done = world.run("--argocd-sync")
    assert done.code == 0, done.err


def test_a_controller_that_is_paused(world):
    application = world.argocd.add("web")
    application.json["metadata"]["annotations"]["argocd.argoproj.io/skip-reconcile"] = "true"
    done = world.run()
    assert done.code == 4
    assert "Argo CD application web will not serve the change: the annotation argocd.argoproj.io/skip-reconcile keeps Argo CD from it" in done.err


@pytest.mark.parametrize("target", ["production", "v1.2.0", "1f" * 20])
def test_an_application_of_another_branch(world, target):
    application = world.argocd.add("web", target=target)
    application.refresh = lambda: None
    done = world.run()
    assert done.code == 4
    assert f"it follows '{target}' of https://git.example/ops/gitops.git, and the change is on main" in done.err


def test_head_may_be_our_branch(world):
    world.argocd.add("web", target="HEAD")
    assert world.run().code == 0


def test_several_sources(world):
    application = world.argocd.add("web")
    spec = application.json["spec"]
    spec["sources"] = [{"repoURL": "https://charts.example", "chart": "app", "targetRevision": "1.2.3"}, spec.pop("source")]

    def synced(app):
        app.synced()
        for place in (app.status["sync"], app.status["operationState"]["syncResult"]):
            place["revisions"] = ["1.2.3", place.pop("revision")]

    application.plan = [synced, "healthy"]
    done = world.run()
    assert done.code == 0, done.err
    assert f"serves 1.2.3, {world.gitops.tip()[:8]}: Synced, Healthy" in done.err


def test_manifests_that_cannot_be_made_are_said(world):
    application = world.argocd.add("web", plan=[])
    application.status["conditions"] = [{"type": "ComparisonError", "message": "Failed to load target state: failed to generate manifest: helm template: exit status 1\nnil pointer"}]
    done = world.run(timeout="3s")
    assert done.code == 4
    assert "ComparisonError: Failed to load target state: failed to generate manifest: helm template: exit status 1 | nil pointer" in done.err


@pytest.mark.parametrize("url", ["gone", "http://127.0.0.1:1"])
def test_argo_cd_that_is_away(world, url):
    if url == "gone":
        world.argocd.add("web")
        world.argocd.fail(None, times=1000)
        url = world.argocd.url
    done = run(STEP, *world.arguments(url=url, timeout="3s"), env=world.environment())
    assert done.code == 3
    assert "could not tell within 3s whether Argo CD application web serves the change: GET " in done.err
    assert done.err.count("cannot be looked at now, and is looked at again until --wait-timeout ends") == 1
    assert done.json["commit"] == world.gitops.tip()


def test_argo_cd_that_comes_back(world):
    world.argocd.add("web")
    world.argocd.fail(502, "<html>bad gateway</html>", times=3, content_type="text/html")
    done = world.run()
    assert done.code == 0, done.err
    assert "cannot ask Argo CD to look at Git for web now: GET " in done.err
    assert "status 502: a page for people" in done.err
    assert "Argo CD application web: can be looked at again" in done.err


def test_a_login_that_is_over(world):
    world.argocd.add("web")
    done = world.run(env={"ARGOCD_AUTH_TOKEN": "another-token"})
    assert done.code == 3
    assert "status 401: invalid session: token has invalid claims: token is expired" in done.err
    assert "hint: the token is not valid (any more)" in done.err
    assert "another-token" not in done.err


def test_an_application_that_is_not_there(world):
    """Argo CD says the same to who may not see it; it may be made by another application yet."""
    done = world.run(timeout="2s")
    assert done.code == 3
    assert "status 403: permission denied" in done.err
    assert "hint: Argo CD says so as well where there is no application web; else the account needs the permission 'applications, get, PROJECT/web, allow'" in done.err


def test_a_page_to_log_in_with_status_200(world):
    world.argocd.fail(200, "<html><title>Log in</title></html>", times=1000, content_type="text/html")
    done = world.run(timeout="2s")
    assert done.code == 3
    assert "the answer is no JSON object, but a page for people" in done.err
    assert "is this really the address of Argo CD?" in done.err


@pytest.mark.parametrize("answer", ["[]", "{}", '{"metadata": 1, "spec": "x"}', '{"metadata": {"name": "web"}, "spec": {"source": []}, "status": [1]}', '{"metadata": {"name": ["web"]}, "spec": {}}'])
def test_answers_that_are_no_application(world, answer):
    world.argocd.fail(200, answer, times=1000, content_type="application/json")
    done = world.run(timeout="2s")
    assert done.code in (3, 4)
    assert "internal error" not in done.err


def test_headers_from_a_file(world, tmp_path):
    world.argocd.add("web")
    headers = tmp_path / "headers"
    headers.write_text(f"Authorization: Bearer {world.argocd.token}\n")
    done = world.run("--argocd-header-file", headers, env={"ARGOCD_AUTH_TOKEN": ""})
    assert done.code == 0, done.err


def test_cancelled_while_it_waits(world, tmp_path):
    world.argocd.add("web", plan=["syncing"])
    waiting = start(STEP, *world.arguments("--outputs-dir", tmp_path, timeout="10m"), env=world.environment())
    wait_for(lambda: len(world.argocd.requests) > 2, "it has looked twice")
    done = cancel(waiting, signal.SIGTERM)
    assert done.code == 143
    assert done.json["commit"] == world.gitops.tip()
    assert done.json["applied"] is False
    assert (tmp_path / "commit").read_text().strip() == world.gitops.tip()
    assert (tmp_path / "applied").read_text().strip() == "false"
    assert "cancelled while waiting; the change itself is made" in done.err


def test_what_is_in_git_already_is_waited_for_as_well(world):
    world.argocd.add("web")
    assert world.run().code == 0
    again = run(STEP, *world.arguments(), env=world.environment())
    assert again.code == 0, again.err
    assert (again.json["changed"], again.json["commit"], again.json["applied"]) == (False, None, True)


@pytest.mark.parametrize("target, words", [
    ("argo/web", "cannot use --wait: 'argo/web' has no kind that is known: 'argo'"),
    ("argocd", "cannot use --wait: 'argocd' is no argocd/APP or argocd/NAMESPACE/APP"),
    ("flux/web", "cannot use --wait: 'flux/web' is no flux/NAMESPACE/NAME"),
    ("argocd/we b", "cannot use --wait: 'argocd/we b' has 'we b' where a name belongs"),
    ("argocd/../web", "cannot use --wait: 'argocd/../web' has '..' where a name belongs"),
])
def test_targets_that_are_none(world, target, words):
    before = world.gitops.tip()
    done = run(STEP, *world.arguments(), "--wait", target, env=world.environment())
    assert done.code == 2
    assert words in done.err
    assert world.gitops.tip() == before
