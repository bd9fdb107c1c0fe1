"""update-gitops-values --wait canary, rollout and deployment: a commit that is pushed, and a cluster that takes it over or does not."""

import socket
import time

import pytest

from cluster import ALL_VERBS, Cluster
from gitops import FILE, STEP, VALUES, Gitops
from steps import cancel, run, start
from workloads import STEPS, analysis_run, at_step, canary, counts, deployment, healthy, image, phase_of, pod, rollout, seen

V1, V2 = "registry/web:v1", "registry/web:v2"
TOKEN = "t0ken-of-the-pipeline"
READER = "system:serviceaccount:ci:reader"
NEEDED = {"deployments.apps": ("get",), "daemonsets.apps": ("get",), "rollouts.argoproj.io": ("get",), "canaries.flagger.app": ("get",),
          "analysisruns.argoproj.io": ("list",), "events": ("list",), "pods": ("list",)}


@pytest.fixture
def gitops(start_git_server):
    return Gitops(start_git_server(), {FILE: VALUES.replace("registry/app", "registry/web")})


@pytest.fixture
def cluster():
    with Cluster(tokens={TOKEN: (READER, NEEDED), "none": (READER, ())}) as cluster:
        yield cluster


def arguments(gitops, target, *more, timeout="30s", tag="v2"):
    return (STEP, "--repo", gitops.url, "--file", FILE, "--set", f"image.tag={tag}", "--no-verify-image", "--wait", target, "--wait-timeout", timeout, *more)


def environment(cluster, tmp_path, token=TOKEN):
    return {"KUBECONFIG": cluster.kubeconfig(tmp_path / "kubeconfig", token=token)}


def release(gitops, cluster, tmp_path, target, *more, token=TOKEN, timeout="30s", tag="v2"):
    """A finished run; its outputs beside it."""
    done = run(*arguments(gitops, target, "--outputs-dir", tmp_path / "out", *more, timeout=timeout, tag=tag), env=environment(cluster, tmp_path, token))
    assert token not in done.out + done.err or token == "none"
    done.outputs = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} if (tmp_path / "out").exists() else {}
    return done


def lines_about(done, name):
    """What was said of an object, in its order."""
    return [line.split(f"{name}: ", 1)[1] for line in done.err.splitlines() if f"{name}: " in line]


def is_refused(done, gitops, words):
    """Exit 1 with the commit made, and how to take it out of Git."""
    assert done.code == 1, done.err
    assert words in done.err
    assert "still says v2" in done.err
    assert "--rollback" in done.err
    assert done.outputs["applied"] == "false"
    assert done.outputs["commit"] == gitops.tip()
    assert gitops.commits() == 2


# --- Deployment


def test_a_deployment_that_takes_the_change_over(gitops, cluster, tmp_path):
    cluster.put(deployment("web", V1))
    cluster.script("deployments", "prod", "web", (1, image(V2)), (1, seen(2, **counts(1, 1, 3))), (1, seen(2, **counts(2, 2, 2))))
    done = release(gitops, cluster, tmp_path, "deployment/prod/web")
    assert done.code == 0, done.err
    assert lines_about(done, "Deployment prod/web") == [
        f"not applied yet: prod/web still has image {V1}", "the change has come, its controller has not looked at it yet", "1 of 2 replicas updated",
        "2 replicas are updated and available"]
    assert (done.out, done.outputs["applied"], done.outputs["commit"]) == (gitops.tip() + "\n", "true", gitops.tip())


def test_another_image_with_the_same_tag_is_not_the_change(gitops, cluster, tmp_path):
    cluster.put(deployment("web", "registry/proxy:v2"))
    done = release(gitops, cluster, tmp_path, "deployment/prod/web", timeout="1s")
    assert done.code == 4, done.err
    assert "not applied yet: prod/web has image registry/proxy:v2, which is not web as in the change" in done.err


def test_a_version_that_is_served_already(gitops, cluster, tmp_path):
    cluster.put(deployment("web", "registry/web:old"))
    done = release(gitops, cluster, tmp_path, "deployment/prod/web", tag="old")
    assert (done.code, done.outputs["applied"], gitops.commits()) == (0, "true", 1), done.err


def test_a_deployment_whose_pods_cannot_start(gitops, cluster, tmp_path):
    exceeded = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": 'ReplicaSet "web-7d4b9c" has timed out progressing.'}
    cluster.put(deployment("web", V2))
    cluster.change("deployments", "prod", "web", {"status": {**counts(1, 2, 3), "conditions": [exceeded]}})
    cluster.put(pod("web-1", V1))
    cluster.put(pod("web-2", V2, waiting=("ImagePullBackOff", 'Back-off pulling image "registry/web:v2"'), restarts=0))
    cluster.put(pod("web-3", V2, waiting=("CrashLoopBackOff", "back-off 2m40s restarting failed container"), restarts=5))
    cluster.event("deployments", "prod", "web", "FailedCreate", 'Error creating: pods "web-4" is forbidden: exceeded quota: mem', count=3)
    cluster.event("deployments", "prod", "other", "FailedCreate", "of another one")
    done = release(gitops, cluster, tmp_path, "deployment/prod/web")
    is_refused(done, gitops, 'Deployment prod/web did not become available in time: ProgressDeadlineExceeded: ReplicaSet "web-7d4b9c" has timed out progressing.')
    assert 'pod web-2: container web: ImagePullBackOff: Back-off pulling image "registry/web:v2"' in done.err
    assert "pod web-3: container web: CrashLoopBackOff: back-off 2m40s restarting failed container, restarted 5 times" in done.err
    assert 'event: 2026-11-24T12:00:00Z Warning FailedCreate (3 times): Error creating: pods "web-4" is forbidden: exceeded quota: mem' in done.err
    assert "of another one" not in done.err


def test_the_deadline_of_the_version_before_is_not_ours(gitops, cluster, tmp_path):
    exceeded = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "old"}
    cluster.put(deployment("web", V1))
    cluster.change("deployments", "prod", "web", {"status": {**counts(1, 1, 2), "conditions": [exceeded]}})
    cluster.script("deployments", "prod", "web", (1, image(V2)), (1, {"status": {"conditions": [], "observedGeneration": 2, **counts(2, 2, 2)}}))
    assert release(gitops, cluster, tmp_path, "deployment/prod/web").code == 0


def test_a_paused_deployment(gitops, cluster, tmp_path):
    cluster.put(deployment("web", V2, paused=True))
    cluster.change("deployments", "prod", "web", {"status": counts(0, 2, 2)})
    done = release(gitops, cluster, tmp_path, "deployment/prod/web")
    assert (done.code, done.outputs["applied"]) == (4, "false"), done.err
    assert "Deployment prod/web is paused (spec.paused), with 0 of 2 replicas updated" in done.err
    assert "kubectl rollout resume deployment/web -n prod" in done.err


def test_a_deployment_that_somebody_rolls_back(gitops, cluster, tmp_path):
    cluster.put(deployment("web", V2))
    cluster.change("deployments", "prod", "web", {"status": counts(1, 1, 2)})
    cluster.script("deployments", "prod", "web", (1, image(V1)))
    is_refused(release(gitops, cluster, tmp_path, "deployment/prod/web"), gitops,
               f"Deployment prod/web does not have v2 any more: prod/web has image {V1} now, so somebody rolled it back or released something else")


def test_a_change_that_does_not_come_in_time(gitops, cluster, tmp_path):
    cluster.put(deployment("web", V1))
    done = release(gitops, cluster, tmp_path, "deployment/prod/web", timeout="1s")
    assert (done.code, done.outputs["applied"], done.outputs["commit"]) == (4, "false", gitops.tip()), done.err
    assert f"not applied yet: prod/web still has image {V1}" in done.err


def test_a_deployment_that_is_not_there(gitops, cluster, tmp_path):
    done = release(gitops, cluster, tmp_path, "deployment/prod/web", timeout="1s")
    assert done.code == 4 and "there is no such Deployment yet" in done.err, done.err


def test_a_change_without_a_version(gitops, cluster, tmp_path):
    cluster.put(deployment("web", V1, replicas=3))
    done = run(STEP, "--repo", gitops.url, "--file", FILE, "--set", "replicas=3", "--no-verify-image", "--wait", "deployment/prod/web", env=environment(cluster, tmp_path))
    assert done.code == 0, done.err
    assert "3 replicas are updated and available; whether that is this change cannot be told: it sets no image's tag or digest" in done.err


# --- Canary of Flagger


def put_canary(cluster, target=V1, primary=V1, **options):
    cluster.put(deployment("web", target, replicas=0))
    cluster.put(deployment("web-primary", primary))
    cluster.put(canary("web", **options))


def test_a_canary_from_the_push_to_its_promotion(gitops, cluster, tmp_path):
    """Between the target's change and Flagger's next look, the canary has still succeeded with the version before."""
    put_canary(cluster)
    cluster.script("deployments", "prod", "web", (1, image(V2)))
    cluster.script("canaries", "prod", "web", (2, phase_of("Progressing", "2026-11-24T12:00:00Z", weight=20)), (1, {"status": {"canaryWeight": 40, "failedChecks": 1}}),
                   (1, phase_of("Succeeded", "2026-11-24T12:04:00Z")), (0, lambda cluster: cluster.change("deployments", "prod", "web-primary", image(V2))))
    done = release(gitops, cluster, tmp_path, "canary/prod/web")
    assert done.code == 0, done.err
    assert lines_about(done, "Canary prod/web") == [
        "Flagger has not noticed the new version yet: the canary is still Succeeded with the one before, and it looks each 1m",
        "weight 20 %", "weight 40 %, 1 of 5 failed checks", "succeeded: the primary has the version"]
    assert done.outputs["applied"] == "true"


def test_a_canary_that_flagger_takes_back(gitops, cluster, tmp_path):
    put_canary(cluster, target=V2, phase="Progressing", since="2026-11-24T12:00:00Z", weight=20, failed=4)
    halt = "Halt web.prod advancement success rate 42.00% < 99%"

    def fail(cluster):
        cluster.change("canaries", "prod", "web", phase_of("Failed", "2026-11-24T12:05:00Z", failed=5))
        cluster.event("canaries", "prod", "web", "Synced", "New revision detected! Scaling up web.prod", kind="Normal", time="2026-11-24T12:00:00Z")
        cluster.event("canaries", "prod", "web", "Synced", "Canary failed! Scaling down web.prod", time="2026-11-24T12:05:01Z")
        cluster.event("canaries", "prod", "web", "Synced", halt, time="2026-11-24T12:04:00Z", count=5)
        cluster.event("canaries", "prod", "web", "Synced", "Rolling back web.prod failed checks threshold reached 5", time="2026-11-24T12:05:00Z")

    cluster.script("canaries", "prod", "web", (2, fail))
    done = release(gitops, cluster, tmp_path, "canary/prod/web")
    is_refused(done, gitops, "Canary prod/web took the release back: Canary analysis failed, Deployment scaled to zero. (5 failed checks)")
    events = [line.split("event: ", 1)[1] for line in done.err.splitlines() if "event: " in line]
    assert events == [f"2026-11-24T12:04:00Z Warning Synced (5 times): {halt}", "2026-11-24T12:05:00Z Warning Synced: Rolling back web.prod failed checks threshold reached 5",
                      "2026-11-24T12:05:01Z Warning Synced: Canary failed! Scaling down web.prod"]


def test_a_failure_of_the_version_before_is_not_ours(gitops, cluster, tmp_path):
    """Flagger writes lastTransitionTime and lastAppliedSpec of a failed canary anew in each interval, and the condition not."""
    put_canary(cluster, phase="Failed")
    cluster.script("deployments", "prod", "web", (1, image(V2)))
    cluster.script("canaries", "prod", "web", (2, {"status": {"lastTransitionTime": "2026-11-24T12:01:00Z", "lastAppliedSpec": "ours"}}),
                   (1, phase_of("Progressing", "2026-11-24T12:02:00Z", weight=20)), (1, phase_of("Succeeded", "2026-11-24T12:04:00Z")),
                   (0, lambda cluster: cluster.change("deployments", "prod", "web-primary", image(V2))))
    done = release(gitops, cluster, tmp_path, "canary/prod/web")
    assert done.code == 0, done.err
    assert "the canary is still Failed with the one before" in done.err


def test_taking_back_what_a_canary_refused(gitops, cluster, tmp_path):
    """Flagger starts no analysis for what it promoted last: the phase stays Failed."""
    put_canary(cluster, target=V2, primary=V1, phase="Failed")
    cluster.script("deployments", "prod", "web", (1, image(V1)))
    done = release(gitops, cluster, tmp_path, "canary/prod/web", tag="v1")
    assert done.code == 0, done.err
    assert "the primary has the version; the phase Failed is that of another one, which was taken out again" in done.err


@pytest.mark.parametrize("phase, words", [
    ("Waiting", "waits for a confirmation: the confirm-rollout webhook 'gate' does not let it begin"),
    ("WaitingPromotion", "waits for a confirmation: the confirm-promotion webhook 'end' does not let it be promoted")])
def test_a_canary_that_waits_for_a_confirmation(gitops, cluster, tmp_path, phase, words):
    webhooks = [{"name": "gate", "type": "confirm-rollout", "url": "http://gate/"}, {"name": "end", "type": "confirm-promotion", "url": "http://gate/"}]
    put_canary(cluster, target=V2, phase=phase, since="2026-11-24T12:00:00Z", analysis={"webhooks": webhooks})
    done = release(gitops, cluster, tmp_path, "canary/prod/web", timeout="1s")
    assert done.code == 4 and words in done.err, done.err


def test_a_suspended_canary(gitops, cluster, tmp_path):
    put_canary(cluster, target=V2, suspend=True)
    done = release(gitops, cluster, tmp_path, "canary/prod/web")
    assert done.code == 4, done.err
    assert "Canary prod/web is suspended (spec.suspend)" in done.err
    assert "kubectl patch canary web -n prod --type merge" in done.err


def test_the_first_version_of_a_canary(gitops, cluster, tmp_path):
    cluster.put(deployment("web", V2))
    cluster.put(canary("web", phase="Initializing"))
    cluster.script("canaries", "prod", "web", (2, phase_of("Initialized", "2026-11-24T12:00:00Z")), (0, lambda cluster: cluster.put(deployment("web-primary", V2))))
    done = release(gitops, cluster, tmp_path, "canary/prod/web")
    assert done.code == 0, done.err
    assert lines_about(done, "Canary prod/web") == ["Flagger is making the primary", "initialized: it is the first version"]


# --- Rollout of Argo Rollouts


def test_a_rollout_to_its_end(gitops, cluster, tmp_path):
    cluster.put(rollout("web", V1))
    cluster.script("rollouts", "prod", "web", (1, image(V2)), (1, at_step(2, 1, 20, phase="Paused", message="CanaryPauseStep", pause="CanaryPauseStep")),
                   (1, at_step(2, 2, 60, message="more replicas need to be updated")), (1, healthy(2)))
    done = release(gitops, cluster, tmp_path, "rollout/prod/web")
    assert done.code == 0, done.err
    assert lines_about(done, "Rollout prod/web") == [
        f"not applied yet: prod/web still has image {V1}", "the change has come, its controller has not looked at it yet",
        "weight 20 %, step 2 of 4: pause of 10s", "weight 60 %, step 3 of 4; more replicas need to be updated", "healthy, all 4 steps done"]


def test_a_rollout_that_waits_for_its_promotion(gitops, cluster, tmp_path):
    cluster.put(rollout("web", V2))
    cluster.change("rollouts", "prod", "web", at_step(1, 3, 60, phase="Paused", message="CanaryPauseStep", pause="CanaryPauseStep"))
    done = release(gitops, cluster, tmp_path, "rollout/prod/web")
    assert (done.code, done.outputs["applied"], done.outputs["commit"]) == (4, "false", gitops.tip()), done.err
    assert "Rollout prod/web waits for its promotion: weight 60 %, step 4 of 4 is a pause without an end" in done.err
    assert "kubectl argo rollouts promote web -n prod" in done.err


def test_a_rollout_whose_analysis_aborts_it(gitops, cluster, tmp_path):
    cluster.put(rollout("web", V2))
    why = 'Metric "success-rate" assessed Failed due to failed (1) > failureLimit (0)'
    cluster.change("rollouts", "prod", "web", at_step(1, 0, 0, phase="Degraded", message=f"RolloutAborted: Rollout aborted update to revision 2: {why}", abort=True))
    cluster.put(analysis_run("web-bbb-2-1", "web", why, "success-rate", "[0.42]"))
    cluster.put(analysis_run("other-bbb-2-1", "other", "of another rollout", "success-rate", "[0]"))
    cluster.event("rollouts", "prod", "web", "RolloutAborted", f"Rollout aborted update to revision 2: {why}")
    done = release(gitops, cluster, tmp_path, "rollout/prod/web")
    is_refused(done, gitops, f"Rollout prod/web was aborted, its traffic is back on the version before: RolloutAborted: Rollout aborted update to revision 2: {why}")
    assert f"AnalysisRun web-bbb-2-1 Failed: {why}; metric success-rate Failed (last value [0.42])" in done.err
    assert f"event: 2026-11-24T12:00:00Z Warning RolloutAborted: Rollout aborted update to revision 2: {why}" in done.err
    assert "of another rollout" not in done.err


def test_a_rollout_whose_template_is_a_deployments(gitops, cluster, tmp_path):
    cluster.put(deployment("web-pods", V1, replicas=0))
    cluster.put(rollout("web", "unused", workloadRef={"apiVersion": "apps/v1", "kind": "Deployment", "name": "web-pods"}))
    cluster.change("rollouts", "prod", "web", {"spec": {"template": None}, "metadata": {"generation": 1}, "status": {"workloadObservedGeneration": "1"}})
    cluster.script("deployments", "prod", "web-pods", (1, image(V2)))
    cluster.script("rollouts", "prod", "web", (2, {"status": {"workloadObservedGeneration": "2", "currentPodHash": "bbb", "stableRS": "bbb"}}))
    done = release(gitops, cluster, tmp_path, "rollout/prod/web")
    assert done.code == 0, done.err
    assert lines_about(done, "Rollout prod/web") == [f"not applied yet: prod/web-pods still has image {V1}",
                                                     "the change has come, its controller has not looked at it yet", "healthy, all 4 steps done"]


def test_a_preview_that_somebody_has_to_promote(gitops, cluster, tmp_path):
    cluster.put(rollout("web", V2, steps=[], strategy={"blueGreen": {"activeService": "web", "previewService": "web-preview", "autoPromotionEnabled": False}}))
    cluster.change("rollouts", "prod", "web", at_step(1, 0, 0, phase="Paused", message="BlueGreenPause", pause="BlueGreenPause"))
    done = release(gitops, cluster, tmp_path, "rollout/prod/web")
    assert done.code == 4, done.err
    assert "the new version is in preview, and autoPromotionEnabled is false" in done.err


# --- What the cluster says otherwise


def test_two_objects_one_after_the_other(gitops, cluster, tmp_path):
    cluster.put(deployment("web", V2))
    cluster.put(deployment("worker", V1))
    done = release(gitops, cluster, tmp_path, "deployment/prod/web", "--wait", "deployment/prod/worker", timeout="1s")
    assert done.code == 4, done.err
    assert "Deployment prod/web: 2 replicas are updated and available" in done.err
    assert "not applied yet: prod/worker still has" in done.err


def test_a_fault_that_passes(gitops, cluster, tmp_path):
    cluster.put(deployment("web", V2))
    cluster.fault("deployments", status=503, text="leader changed")
    cluster.fault("deployments", status=None)
    assert release(gitops, cluster, tmp_path, "deployment/prod/web").code == 0


def test_an_answer_that_is_none(gitops, cluster, tmp_path):
    cluster.put(deployment("web", V2))
    cluster.fault("deployments", status=200, text="<html>Sign in</html>", times=10)
    done = release(gitops, cluster, tmp_path, "deployment/prod/web", timeout="1s")
    assert (done.code, done.outputs["applied"]) == (3, "false"), done.err
    assert "the answer is no JSON object" in done.err


@pytest.mark.parametrize("token, words, hint", [
    ("wrong", "status 401: Unauthorized", "the credentials are wrong or no longer valid"),
    ("none", f'deployments.apps "web" is forbidden: User "{READER}" cannot get resource "deployments" in API group "apps" in the namespace "prod"',
     " for deployments.apps in the namespace prod")])
def test_an_account_that_may_not_look(gitops, cluster, tmp_path, token, words, hint):
    cluster.put(deployment("web", V2))
    done = run(*arguments(gitops, "deployment/prod/web", "--outputs-dir", tmp_path / "out", timeout="1s"), env=environment(cluster, tmp_path, token))
    assert done.code == 3, done.err
    assert words in done.err and hint in done.err
    assert (tmp_path / "out" / "commit").read_text() == gitops.tip()


def test_events_that_may_not_be_read(gitops, cluster, tmp_path):
    cluster.tokens["narrow-token"] = (READER, {"canaries.flagger.app": ("get",), "deployments.apps": ("get",)})
    put_canary(cluster, target=V2, phase="Progressing", since="2026-11-24T12:00:00Z")
    cluster.script("canaries", "prod", "web", (1, phase_of("Failed", "2026-11-24T12:05:00Z", failed=5)))
    done = release(gitops, cluster, tmp_path, "canary/prod/web", token="narrow-token")
    is_refused(done, gitops, "Canary prod/web took the release back")
    assert "its events cannot be read: GET " in done.err


def test_a_cluster_without_flagger(gitops, cluster, tmp_path):
    cluster.missing.add("canaries.flagger.app")
    done = release(gitops, cluster, tmp_path, "canary/prod/web", timeout="1s")
    assert done.code == 3, done.err
    assert "the cluster has no resource canaries.flagger.app" in done.err


def test_a_cluster_that_is_not_there(gitops, cluster, tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        cluster.url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        done = release(gitops, cluster, tmp_path, "deployment/prod/web", timeout="1s")
    assert (done.code, done.outputs["applied"], done.outputs["commit"]) == (3, "false", gitops.tip()), done.err


def test_a_cancelled_wait_keeps_what_is_done(gitops, cluster, tmp_path):
    cluster.put(deployment("web", V1))
    process = start(*arguments(gitops, "deployment/prod/web", "--outputs-dir", tmp_path / "out"), env=environment(cluster, tmp_path))
    while not cluster.reads("deployments", "web"):
        time.sleep(0.05)
    done = cancel(process)
    assert done.code == 143, done.err
    assert (tmp_path / "out" / "commit").read_text() == gitops.tip()
    assert (tmp_path / "out" / "applied").read_text() == "false"
    assert "cancelled while waiting; the change itself is made" in done.err
