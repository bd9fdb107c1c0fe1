"""The stand-in for Kubernetes' API server says what the real one said, as far as we read it; and keeps to the rules of ownership."""

import http.client
import json
import pathlib

import pytest

from kubernetes_server import ALL_VERBS, KubernetesServer, Refusal

RECORDING = pathlib.Path(__file__).parents[1] / "support" / "recordings" / "kubernetes.jsonl"
TOKENS = {"admin": ("admin", ALL_VERBS), "reader": ("system:serviceaccount:ci:reader", ("get", "list"))}
OBJECT = "/apis/monitoring.coreos.com/v1/namespaces/prod/prometheusrules/myapp"


@pytest.fixture
def kubernetes():
    with KubernetesServer(tokens=TOKENS) as server:
        yield server


def ask(server, method, path, body=None, token="admin", content_type="application/apply-patch+yaml"):
    connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=20)
    headers = {"Content-Type": content_type, **({"Authorization": f"Bearer {token}"} if token else {})}
    connection.request(method, path, body if isinstance(body, (str, bytes, type(None))) else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, json.loads(text) if answer.headers["Content-Type"] == "application/json" else text


def rule(groups, **metadata):
    return {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": {"name": "myapp", "namespace": "prod", **metadata},
            "spec": {"groups": [{"name": name, "rules": [{"alert": "A", "expr": expression}]} for name, expression in groups.items()]}}


def body_of(request):
    """Large bodies are recorded by their size."""
    body = request["body"]
    if not isinstance(body, str) or not body.startswith("<"):
        return body
    frame = json.dumps(rule({"g": "{}"}))
    return frame.replace("{}", "x" * (int(body[1:].split()[0]) - len(frame) + 2))


def what_we_read(answer):
    """Without the times and ids of one run."""
    if not isinstance(answer, dict):
        return answer
    answer = json.loads(json.dumps(answer))
    for holder in (answer.get("metadata", {}), answer.get("details", {}), *answer.get("metadata", {}).get("managedFields", [])):
        for name in ("uid", "creationTimestamp", "time"):
            holder.pop(name, None)
    return answer


def test_a_recorded_conversation_again(kubernetes):
    kubernetes.installed = False
    tokens = []
    replayed = 0
    for line in RECORDING.read_text().splitlines():
        entry = json.loads(line)
        if "note" in entry:
            if entry["note"].startswith("installed"):
                kubernetes.installed = True
            if entry["note"].startswith("no token"):
                tokens = [None, "wrong", "reader"]
            continue
        request, expected = entry["request"], entry["response"]
        token = tokens.pop(0) if tokens else "admin"
        status, answer = ask(kubernetes, request["method"], request["path"], body_of(request), token, request["content_type"])
        replayed += 1
        assert status == expected["status"], (request, answer)
        if expected.get("json") == "<as sent>":
            continue
        assert what_we_read(answer) == what_we_read(expected.get("json", expected.get("text"))), request
    assert replayed == 26


def test_fields_that_are_given_up_go_and_those_of_others_stay(kubernetes):
    kubernetes.apply("prometheusrules", rule({"a": "1", "b": "2"}, labels={"x": "1", "y": "1"}), "slipway")
    kubernetes.apply("prometheusrules", rule({"b": "2", "c": "3"}, labels={"y": "1"}), "other")
    kubernetes.apply("prometheusrules", rule({"d": "4"}), "slipway")
    stored = kubernetes.object("prometheusrules", "prod", "myapp")
    assert [group["name"] for group in stored["spec"]["groups"]] == ["b", "c", "d"]
    assert stored["metadata"]["labels"] == {"y": "1"}
    with pytest.raises(Refusal, match=r"Apply failed with 2 conflicts: conflicts with \"other\":\n- .spec.groups\[name=\"b\"\].rules\n- "):
        kubernetes.apply("prometheusrules", rule({"b": "9", "c": "9"}), "slipway")
    kubernetes.apply("prometheusrules", rule({"b": "9"}), "slipway", force=True)
    assert [group["name"] for group in kubernetes.object("prometheusrules", "prod", "myapp")["spec"]["groups"]] == ["b", "c"]


def test_what_a_put_changes_belongs_to_its_sender(kubernetes):
    kubernetes.apply("prometheusrules", rule({"a": "1"}), "slipway")
    kubernetes.put("prometheusrules", rule({"a": "2"}), "kubectl-edit")
    with pytest.raises(Refusal, match='conflict with "kubectl-edit" using monitoring.coreos.com/v1 at '):
        kubernetes.apply("prometheusrules", rule({"a": "1"}), "slipway")


def test_config_maps(kubernetes):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "rules", "namespace": "prod"}, "data": {"a.yml": "x", "b.yml": "y"}}
    path = "/api/v1/namespaces/prod/configmaps/rules"
    assert ask(kubernetes, "PATCH", f"{path}?fieldManager=slipway", body)[0] == 201
    del body["data"]["a.yml"]
    status, answer = ask(kubernetes, "PATCH", f"{path}?fieldManager=slipway", body)
    assert (status, answer["data"], answer["metadata"]["managedFields"][0]["fieldsV1"]) == (200, {"b.yml": "y"}, {"f:data": {"f:b.yml": {}}})
    body["data"]["b.yml"] = "x" * 1048577
    assert ask(kubernetes, "PATCH", f"{path}?fieldManager=slipway", body)[0] == 422
    body["metadata"]["namespace"] = "nowhere"
    status, answer = ask(kubernetes, "PATCH", "/api/v1/namespaces/nowhere/configmaps/rules?fieldManager=slipway", body)
    assert (status, answer["details"]["kind"]) == (404, "namespaces")


def test_preconditions(kubernetes):
    kubernetes.apply("prometheusrules", rule({"a": "1"}), "slipway")
    stale = {**rule({"a": "2"}), "metadata": {"name": "myapp", "namespace": "prod", "resourceVersion": "1"}}
    assert ask(kubernetes, "PATCH", f"{OBJECT}?fieldManager=slipway", stale)[0] == 409
    for wrong in ({"uid": "other"}, {"resourceVersion": "1"}):
        assert ask(kubernetes, "DELETE", OBJECT, {"preconditions": wrong}, content_type="application/json")[0] == 409
    metadata = kubernetes.object("prometheusrules", "prod", "myapp")["metadata"]
    assert ask(kubernetes, "DELETE", OBJECT, {"preconditions": {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}})[0] == 200
    assert kubernetes.object("prometheusrules", "prod", "myapp") is None


def test_lists_in_pages(kubernetes):
    for name in "abc":
        kubernetes.apply("prometheusrules", rule({name: "1"}, name=name, labels={"app": "x" if name != "b" else "y"}), "slipway")
    folder = OBJECT.rpartition("/")[0]
    first = ask(kubernetes, "GET", f"{folder}?limit=1&labelSelector=app%3Dx")[1]
    assert [item["metadata"]["name"] for item in first["items"]] == ["a"]
    second = ask(kubernetes, "GET", f"{folder}?limit=1&labelSelector=app%3Dx&continue={first['metadata']['continue']}")[1]
    assert [item["metadata"]["name"] for item in second["items"]] == ["c"]
    assert second["metadata"]["continue"] == ""


def test_failures_on_demand(kubernetes):
    kubernetes.fail(502, "bad gateway", times=2)
    assert [ask(kubernetes, "GET", "/version")[0] for _ in range(3)] == [502, 502, 200]
