"""--wait flux/NAMESPACE/NAME: the step ends when Flux has applied what Git says, or says why it will not."""

import signal

import pytest

from cluster import ALL_VERBS, Cluster
from flux import KUSTOMIZATION, REPOSITORY, Flux, Receiver
from gitops import FILE, STEP, VALUES, Gitops
from servers import wait_for
from steps import cancel, run, start

QUIET = {"SLIPWAY_UPDATE_GITOPS_VALUES_NO_VERIFY_IMAGE": "true"}
KUSTOMIZATIONS = "kustomizations.kustomize.toolkit.fluxcd.io"


class World:
    def __init__(self, gitops, cluster, flux, kubeconfig):
        self.gitops, self.cluster, self.flux, self.kubeconfig = gitops, cluster, flux, kubeconfig

    def arguments(self, *more, timeout="20s", kubeconfig=None):
        return ["--repo", self.gitops.url, "--branch", "main", "--file", FILE, "--set", "image.tag=new", "--json", "--wait", "flux/prod/web",
                "--kubeconfig", kubeconfig or self.kubeconfig, "--wait-timeout", timeout, *more]

    def run(self, *more, env=None, **options):
        done = run(STEP, *self.arguments(*more, **options), env={**QUIET, **(env or {})})
        assert "admin-token" not in done.err + done.out
        assert done.json["commit"] == self.gitops.tip()
        assert done.json["applied"] is (done.code == 0)
        return done


@pytest.fixture
def world(start_git_server, tmp_path):
    gitops = Gitops(start_git_server(), {FILE: VALUES})
    with Cluster() as cluster:
        yield World(gitops, cluster, Flux(cluster, gitops.tip), cluster.kubeconfig(tmp_path / "kubeconfig"))


def test_until_it_is_applied(world):
    world.flux.plan("wait", "fetched", "building", "applied")
    old = world.gitops.tip()
    done = world.run()
    new = world.gitops.tip()
    assert done.code == 0, done.err
    assert f"Flux Kustomization prod/web: at main@{old[:8]}; GitRepository flux-system/gitops has main@{new[:8]}" in done.err
    assert f"at main@{old[:8]}, applying main@{new[:8]}: Building manifests for revision main@sha1:{new} with a timeout of 9m30s" in done.err
    assert f"Flux Kustomization prod/web: serves main@{new[:8]}" in done.err
    # Both were asked to look, as `flux reconcile --with-source` does.
    asked = world.flux.requested
    assert all(asked), asked
    assert [field["manager"] for field in world.flux.kustomization["metadata"]["managedFields"]] == ["slipway-update-gitops-values"]


def test_revisions_as_flux_wrote_them_before(world):
    world.flux.revision = lambda: f"main/{world.gitops.tip()}"
    world.flux.plan("fetched", "applied")
    assert world.run().code == 0


def test_a_newer_revision_that_has_our_commit_counts(world):
    world.flux.plan(lambda: world.gitops.work({"other.yaml": "a: 1\n"}), "fetched", "applied")
    done = run(STEP, *world.arguments(), env=QUIET)
    assert done.code == 0, done.err
    assert f"serves main@{world.gitops.tip()[:8]}" in done.err
    assert done.json["commit"] != world.gitops.tip()


def test_an_older_revision_does_not(world):
    old = world.gitops.tip()
    done = world.run(timeout="2s")
    assert done.code == 4
    assert (f"Flux Kustomization prod/web does not serve the change after 2s: at main@{old[:8]}; GitRepository flux-system/gitops (https://git.example/ops/gitops.git) "
            f"is at main@{old[:8]}, without the commit {world.gitops.tip()[:8]}") in done.err


def test_ready_for_an_older_spec_does_not_count(world):
    world.flux.plan(lambda: world.flux.change({"metadata": {"generation": 2}}), "fetched", "applied")
    done = world.run(timeout="3s")
    assert done.code == 4
    assert "its new spec is not looked at yet" in done.err


def test_a_build_that_fails_twice(world):
    world.flux.plan("fetched", "building", "build_failed", "building", "build_failed")
    done = world.run()
    assert done.code == 1
    short = world.gitops.tip()[:8]
    assert f"failed to apply main@{short}: BuildFailed: kustomize build failed: accumulating resources: missing file 'web.yaml'; Flux tries again" in done.err
    assert f"Flux Kustomization prod/web failed 2 times to apply main@{short}: BuildFailed: kustomize build failed" in done.err
    assert f"Git still names it; to take it back: update-gitops-values --repo {world.gitops.url} --branch main --file {FILE} --path image.tag --rollback" in done.err


def test_a_health_check_that_fails_once_and_then_passes(world):
    world.flux.plan("fetched", "building", "health_check_failed", "building", "applied")
    done = world.run()
    assert done.code == 0, done.err
    assert "HealthCheckFailed: health check failed after 5m0s" in done.err


def test_a_dependency_that_is_not_ready_is_waited_for(world):
    world.flux.plan("fetched", "building", "dependency_not_ready", "building", "dependency_not_ready", "building", "applied")
    done = world.run()
    assert done.code == 0, done.err
    assert "DependencyNotReady: dependency 'prod/database' is not ready" in done.err


def test_a_failure_of_an_older_revision_is_not_ours(world):
    world.flux.build_failed()
    world.flux.plan("wait", "fetched", "building", "applied")
    assert world.run().code == 0


def test_a_kustomization_that_is_suspended(world):
    world.flux.change({"spec": {"suspend": True}})
    done = world.run()
    assert done.code == 4
    assert "Flux Kustomization prod/web will not serve the change: it is suspended" in done.err
    assert "hint: flux resume kustomization web -n prod" in done.err


def test_a_source_that_is_suspended(world):
    world.flux.change({"spec": {"suspend": True}}, REPOSITORY)
    done = world.run()
    assert done.code == 4
    assert "it reads the GitRepository flux-system/gitops, which is suspended at main@" in done.err
    assert "hint: flux resume source git gitops -n flux-system" in done.err


@pytest.mark.parametrize("reference, words", [
    ({"branch": "production"}, "the branch production"),
    ({"branch": None}, "the branch master"),
    ({"tag": "v1"}, "the tag v1"),
    ({"semver": ">=1.0.0"}, "the tags >=1.0.0"),
    ({"commit": "1f" * 20}, f"the commit {'1f' * 20}"),
    ({"name": "refs/tags/v1"}, "the reference refs/tags/v1"),
])
def test_a_source_of_another_branch(world, reference, words):
    world.flux.change({"spec": {"ref": reference}}, REPOSITORY)
    done = world.run()
    assert done.code == 4
    assert f"which follows {words} of https://git.example/ops/gitops.git, and the change is on main" in done.err


def test_a_source_that_is_no_git_repository(world):
    world.flux.change({"spec": {"sourceRef": {"kind": "OCIRepository"}}})
    done = world.run()
    assert done.code == 4
    assert "it reads the OCIRepository gitops, which is no GitRepository: its revisions are no commits" in done.err


def test_a_source_that_cannot_fetch(world):
    world.flux.fetch_failed()
    done = world.run(timeout="2s")
    assert done.code == 4
    assert "GitOperationFailed: failed to checkout and determine revision: unable to clone 'https://git.example/ops/gitops.git': authentication required" in done.err


def test_a_receiver_is_called_instead(world, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("receiver-token-1\n")
    with Receiver(secret="receiver-token-1", on_call=lambda: (world.flux.fetched(), world.flux.applied())) as receiver:
        done = world.run("--flux-receiver-url", receiver.url + receiver.path, "--flux-receiver-secret-file", secret)
    assert done.code == 0, done.err
    assert receiver.calls == [{"branch": "main", "commit": world.gitops.tip()}]
    assert world.flux.requested == [None, None]
    assert receiver.path.removeprefix("/hook/") not in done.err


@pytest.mark.parametrize("path, secret, words", [
    (None, "another", "status 400: unable to validate HMAC signature: HMAC signature is invalid"),
    (None, None, "status 400: unable to validate HMAC signature"),
    ("/hook/1234567890", "receiver-token-1", "status 404"),
])
def test_a_receiver_that_does_not_take_the_call(world, tmp_path, path, secret, words):
    """Then Flux is asked by the annotation."""
    world.flux.plan("wait", "fetched", "applied")
    more = []
    if secret:
        (tmp_path / "secret").write_text(secret)
        more = ["--flux-receiver-secret-file", tmp_path / "secret"]
    with Receiver(secret="receiver-token-1") as receiver:
        done = world.run("--flux-receiver-url", receiver.url + (path or receiver.path), *more)
    assert done.code == 0, done.err
    assert "cannot call the Flux receiver: POST " in done.err and words in done.err
    assert all(world.flux.requested)
    assert (path or receiver.path).removeprefix("/hook/") not in done.err


def test_without_the_permission_to_ask(world):
    world.cluster.tokens = {"admin-token": ("system:serviceaccount:ci:deployer", ("get", "list"))}
    world.flux.plan("wait", "fetched", "applied")
    done = world.run()
    assert done.code == 0, done.err
    assert "warning: cannot ask Flux to look now: PATCH " in done.err
    assert "hint: the account needs the verb patch for gitrepositories.source.toolkit.fluxcd.io; without it Flux looks at the end of its interval" in done.err


def test_without_the_permission_to_look(world):
    world.cluster.tokens = {"admin-token": ("system:serviceaccount:ci:deployer", ())}
    done = world.run()
    assert done.code == 3
    assert f'{KUSTOMIZATIONS} "web" is forbidden: User "system:serviceaccount:ci:deployer" cannot get resource "kustomizations"' in done.err
    assert f"hint: the account needs the verbs get and list for {KUSTOMIZATIONS} in the namespace prod" in done.err


def test_a_source_that_may_not_be_read(world):
    """Nothing can be said of it, and the Kustomization tells enough."""
    world.cluster.tokens = {"admin-token": ("system:serviceaccount:ci:deployer", {KUSTOMIZATIONS: ALL_VERBS})}
    world.flux.plan("wait", "wait", "fetched", "applied")
    done = world.run()
    assert done.code == 0, done.err
    assert "GitRepository flux-system/gitops cannot be read: GET " in done.err


def test_a_kustomization_that_is_not_there(world):
    world.cluster.take_away(*KUSTOMIZATION)
    done = world.run(timeout="2s")
    assert done.code == 3
    assert "could not tell within 2s whether Flux Kustomization prod/web serves the change: there is no Kustomization prod/web of Flux" in done.err


def test_one_that_is_made_by_the_change(world):
    kustomization = world.flux.kustomization
    world.cluster.take_away(*KUSTOMIZATION)
    world.cluster.script(*KUSTOMIZATION, (2, lambda cluster: (cluster.put(kustomization), world.flux.fetched(), world.flux.applied())))
    assert world.run().code == 0


def test_a_cluster_without_flux(world):
    world.cluster.missing.add(KUSTOMIZATIONS)
    done = world.run()
    assert done.code == 3
    assert f"the cluster has no resource {KUSTOMIZATIONS}" in done.err


def test_a_cluster_that_is_away_for_a_while(world):
    world.flux.plan("wait", "fetched", "applied")
    world.cluster.fault("kustomizations", status=None, times=9)
    done = world.run(timeout="60s")
    assert done.code == 0, done.err
    assert done.err.count("cannot be looked at now, and is looked at again until --wait-timeout ends") == 1
    assert "Flux Kustomization prod/web: can be looked at again" in done.err


def test_a_token_that_is_not_taken(world, tmp_path):
    done = run(STEP, *world.arguments(kubeconfig=world.cluster.kubeconfig(tmp_path / "other", token="wrong-token-1")), env=QUIET)
    assert done.code == 3
    assert "status 401: Unauthorized" in done.err
    assert "wrong-token-1" not in done.err


def test_hostile_words_stay_in_one_line(world):
    world.flux._not_ready("BuildFailed", "a\x1b[31mred\n::error::b" + "x" * 5000)
    world.flux.change({"status": {"conditions": [{"type": "Ready", "status": "False", "reason": ["x"], "message": 7}, "text", {"type": "Reconciling", "status": "True", "message": "a\x1b[31mred\n::error::b" + "x" * 5000}]}})
    done = world.run(timeout="2s")
    assert done.code == 4
    assert "\x1b" not in done.err
    assert "\n::error" not in done.err
    assert max(len(line) for line in done.err.splitlines()) < 1500


def test_cancelled_while_it_waits(world, tmp_path):
    waiting = start(STEP, *world.arguments("--outputs-dir", tmp_path, timeout="10m"), env=QUIET)
    wait_for(lambda: len(world.cluster.reads("kustomizations", "web")) > 2, "it has looked twice")
    done = cancel(waiting, signal.SIGTERM)
    assert done.code == 143
    assert (tmp_path / "commit").read_text().strip() == world.gitops.tip()
    assert done.json["applied"] is False


def test_the_one_after_the_other(world):
    """A second target is looked at when the first has arrived."""
    world.cluster.put({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": {"name": "later", "namespace": "prod", "generation": 1},
                       "spec": {"suspend": True, "sourceRef": {"kind": "GitRepository", "name": "gitops", "namespace": "flux-system"}}})
    world.flux.plan("wait", "fetched", "applied")
    done = world.run("--wait", "flux/prod/later")
    assert done.code == 4
    assert done.err.index("prod/web: serves") < done.err.index("Flux Kustomization prod/later will not serve the change: it is suspended")
