"""Objects of a cluster.Cluster that releases are followed in, as Kubernetes, Argo Rollouts and Flagger write them.

    cluster.put(deployment("web", "registry/web:v1"))
    cluster.change("deployments", "prod", "web", image("registry/web:v2"))     # a merge patch

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status,
https://argo-rollouts.readthedocs.io/en/stable/features/specification/, https://docs.flagger.app/usage/how-it-works
"""

MESSAGES = {
    "Initializing": ("Unknown", "New Deployment detected, starting initialization."),
    "Initialized": ("True", "Deployment initialization completed."),
    "Waiting": ("Unknown", "Waiting for approval."),
    "WaitingPromotion": ("Unknown", "Waiting for approval."),
    "Progressing": ("Unknown", "New revision detected, progressing canary analysis."),
    "Promoting": ("Unknown", "Canary analysis completed, starting primary rolling update."),
    "Finalising": ("Unknown", "Canary analysis completed, routing all traffic to primary."),
    "Succeeded": ("True", "Canary analysis completed successfully, promotion finished."),
    "Failed": ("False", "Canary analysis failed, Deployment scaled to zero."),
}


def template(image, name="web"):
    return {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": name, "image": image}]}}


def image(image, name="web"):
    """A patch of the template; the generation rises with it."""
    return {"spec": {"template": template(image, name)}}


def deployment(name, image, replicas=2, **spec):
    """One that serves its template with all replicas."""
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "prod", "generation": 1},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template(image, name), **spec},
            "status": {"observedGeneration": 1, **counts(replicas, replicas, replicas),
                       "conditions": [{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "message": "ReplicaSet has successfully progressed."}]}}


def counts(updated, available, all_of_them):
    return {"updatedReplicas": updated, "availableReplicas": available, "readyReplicas": available, "replicas": all_of_them}


def seen(generation, **status):
    """A status that the controller wrote after it had looked at a generation."""
    return {"status": {"observedGeneration": generation, **status}}


def pod(name, image, app="web", waiting=None, restarts=0):
    """`waiting` is (reason, message) of its container."""
    state = {"waiting": {"reason": waiting[0], "message": waiting[1]}} if waiting else {"running": {}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "prod", "labels": {"app": app}}, "spec": template(image, app)["spec"],
            "status": {"phase": "Pending" if waiting else "Running", "containerStatuses": [{"name": app, "image": image, "restartCount": restarts, "state": state}]}}


def canary(name, phase="Succeeded", since="2026-11-20T10:00:00Z", weight=0, failed=0, **spec):
    analysis = {"interval": "1m", "threshold": 5, "maxWeight": 60, "stepWeight": 20, **spec.pop("analysis", {})}
    return {"apiVersion": "flagger.app/v1beta1", "kind": "Canary", "metadata": {"name": name, "namespace": "prod"},
            "spec": {"targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}, "service": {"port": 80}, "analysis": analysis, **spec},
            **phase_of(phase, since, weight, failed)}


def phase_of(phase, since, weight=0, failed=0):
    """A patch of a Canary: the phase, and since when it is in it."""
    status, message = MESSAGES[phase]
    return {"status": {"phase": phase, "canaryWeight": weight, "failedChecks": failed, "iterations": 0, "lastAppliedSpec": f"6b9c{since[8:10]}", "lastTransitionTime": since,
                       "conditions": [{"type": "Promoted", "status": status, "reason": phase, "message": message, "lastUpdateTime": since, "lastTransitionTime": since}]}}


STEPS = [{"setWeight": 20}, {"pause": {"duration": "10s"}}, {"setWeight": 60}, {"pause": {}}]


def rollout(name, image, steps=STEPS, **spec):
    """One that is healthy with its template."""
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": name, "namespace": "prod", "generation": 1},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": template(image, name), "strategy": {"canary": {"steps": steps}}, **spec},
            "status": {"observedGeneration": "1", "phase": "Healthy", "stableRS": "aaa", "currentPodHash": "aaa", "currentStepIndex": len(steps)}}


def at_step(generation, index, weight, phase="Progressing", message="", pause=None, **status):
    """A patch of a Rollout whose new version is at a step of its canary."""
    return {"status": {"observedGeneration": str(generation), "phase": phase, "message": message, "currentPodHash": "bbb", "stableRS": "aaa", "currentStepIndex": index,
                       "canary": {"weights": {"canary": {"weight": weight, "podTemplateHash": "bbb"}, "stable": {"weight": 100 - weight}}},
                       "pauseConditions": [{"reason": pause, "startTime": "2026-11-24T12:00:00Z"}] if pause else [], "controllerPause": pause is not None, **status}}


def healthy(generation, steps=STEPS):
    return {"status": {"observedGeneration": str(generation), "phase": "Healthy", "message": "", "currentPodHash": "bbb", "stableRS": "bbb",
                       "currentStepIndex": len(steps), "pauseConditions": [], "controllerPause": False}}


def analysis_run(name, owner, message, metric, value):
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun",
            "metadata": {"name": name, "namespace": "prod", "labels": {"rollouts-pod-template-hash": "bbb"},
                         "ownerReferences": [{"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": owner, "controller": True}]},
            "spec": {"metrics": [{"name": metric}]},
            "status": {"phase": "Failed", "message": message, "metricResults": [
                {"name": metric, "phase": "Failed", "failed": 1, "measurements": [{"phase": "Failed", "value": value}]}]}}
