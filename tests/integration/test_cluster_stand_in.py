"""The stand-in for a cluster: selectors, merge patches, permissions by resource, and what happens while somebody reads."""

import http.client
import json

import pytest

from cluster import ALL_VERBS, Cluster

PATHS = {"deployments": "/apis/apps/v1/namespaces/prod/deployments", "events": "/api/v1/namespaces/prod/events", "pods": "/api/v1/namespaces/prod/pods",
         "canaries": "/apis/flagger.app/v1beta1/namespaces/prod/canaries"}


def deployment(**spec):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"app": "web"}}, "spec": {"replicas": 1, **spec}, "status": {}}


def pod(name, **labels):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": {}, "status": {"phase": "Running"}}


@pytest.fixture
def cluster():
    tokens = {"admin": ("admin", ALL_VERBS), "narrow": ("system:serviceaccount:ci:narrow", {"deployments.apps": ("get",)})}
    with Cluster(deployment(), tokens=tokens, missing={"canaries.flagger.app"}) as cluster:
        yield cluster


def ask(cluster, path, method="GET", body=None, token="admin", content_type="application/merge-patch+json"):
    connection = http.client.HTTPConnection("127.0.0.1", int(cluster.url.rpartition(":")[2]), timeout=20)
    connection.request(method, path, json.dumps(body) if body is not None else None, {"Authorization": f"Bearer {token}", "Content-Type": content_type})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, json.loads(text) if answer.headers["Content-Type"] == "application/json" else text


def names(answer):
    assert answer[0] == 200, answer
    return [item["metadata"]["name"] for item in answer[1]["items"]]


def test_steps_happen_between_readings(cluster):
    cluster.script("deployments", "prod", "web", (2, {"status": {"updatedReplicas": 1}}), (1, {"spec": {"paused": True}}),
                   (0, lambda cluster: cluster.event("deployments", "prod", "web", "Paused", "somebody did")))
    seen = [ask(cluster, f"{PATHS['deployments']}/web")[1] for _ in range(4)]
    assert [item["status"].get("updatedReplicas") for item in seen] == [None, None, 1, 1]
    assert [(item["spec"].get("paused"), item["metadata"]["generation"]) for item in seen] == [(None, 1)] * 3 + [(True, 2)]
    assert len({item["metadata"]["resourceVersion"] for item in seen}) == 3
    assert cluster.pending("deployments", "prod", "web") == 0
    assert len(cluster.reads("deployments", "web")) == 4
    status, found = ask(cluster, f"{PATHS['events']}?fieldSelector=involvedObject.name%3Dweb%2CinvolvedObject.kind%3DDeployment")
    assert [(item["reason"], item["involvedObject"]["uid"]) for item in found["items"]] == [("Paused", seen[0]["metadata"]["uid"])]
    assert names(ask(cluster, f"{PATHS['events']}?fieldSelector=involvedObject.name%3Dother")) == []
    assert names(ask(cluster, f"{PATHS['events']}?fieldSelector=type%21%3DWarning")) == []


@pytest.mark.parametrize("selector, found", [
    ("app=web", ["a", "b"]), ("app%3D%3Dweb%2Ctrack%3Dstable", ["a"]), ("app!=web", ["c"]), ("track", ["a"]), ("!track", ["b", "c"]),
    ("app%20in%20(web%2Cother)", ["a", "b", "c"]), ("app+notin+(web)", ["c"]), ("app+in+(web),track+notin+(stable)", ["b"])])
def test_selectors_of_labels(cluster, selector, found):
    for item in (pod("a", app="web", track="stable"), pod("b", app="web"), pod("c", app="other")):
        cluster.put(item)
    assert names(ask(cluster, f"{PATHS['pods']}?labelSelector={selector}")) == found


def test_a_field_that_cannot_be_selected_by(cluster):
    status, answer = ask(cluster, f"{PATHS['pods']}?fieldSelector=spec.image%3Dx")
    assert (status, answer["reason"], answer["message"]) == (400, "BadRequest", "field label not supported: spec.image")


def test_merge_patches(cluster):
    path = f"{PATHS['deployments']}/web"
    before = cluster.object("deployments", "prod", "web")
    status, after = ask(cluster, path, "PATCH", {"metadata": {"annotations": {"a": "b"}, "labels": {"app": None}}, "status": {"replicas": 9}})
    assert (status, after["metadata"]["annotations"], after["metadata"]["labels"], after["status"]) == (200, {"a": "b"}, {}, {})
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
    assert ask(cluster, path, "PATCH", {"spec": {"replicas": 3}})[1]["metadata"]["generation"] == 2
    assert ask(cluster, path, "PATCH", {"metadata": {"resourceVersion": "1"}})[0] == 409
    assert ask(cluster, f"{path}x", "PATCH", {})[0] == 404
    assert ask(cluster, path, "PATCH", {}, content_type="text/plain")[0] == 415
    assert ask(cluster, path, "PATCH", {}, token="narrow")[0] == 403


def test_apply_to_an_object_of_a_controller(cluster):
    path = f"{PATHS['deployments']}/web?fieldManager=slipway"
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "annotations": {"a": "b"}}}
    status, after = ask(cluster, path, "PATCH", body, content_type="application/apply-patch+yaml")
    assert (status, after["metadata"]["annotations"], after["spec"], after["metadata"]["generation"]) == (200, {"a": "b"}, {"replicas": 1}, 1)


def test_permissions_of_one_resource(cluster):
    assert ask(cluster, f"{PATHS['deployments']}/web", token="narrow")[0] == 200
    status, answer = ask(cluster, PATHS["events"], token="narrow")
    assert (status, answer["message"]) == (403, 'events is forbidden: User "system:serviceaccount:ci:narrow" cannot list resource "events" in API group "" '
                                                'in the namespace "prod"')
    assert ask(cluster, PATHS["events"], token="wrong")[0] == 401


def test_what_is_not_installed_and_what_is_not_there(cluster):
    assert ask(cluster, f"{PATHS['canaries']}/web") == (404, "404 page not found\n")
    status, answer = ask(cluster, f"{PATHS['deployments']}/other")
    assert (status, answer["message"]) == (404, 'deployments.apps "other" not found')


def test_faults_of_one_kind(cluster):
    cluster.fault("deployments", status=503, times=1)
    cluster.fault("deployments", status=None)
    assert ask(cluster, PATHS["pods"])[0] == 200
    assert ask(cluster, f"{PATHS['deployments']}/web")[0] == 503
    with pytest.raises(http.client.RemoteDisconnected):
        ask(cluster, f"{PATHS['deployments']}/web")
    assert ask(cluster, f"{PATHS['deployments']}/web")[0] == 200
