"""push-rules with PrometheusRules in a cluster: applied, refused, taken back, and proven by a Prometheus that an operator feeds."""

import json
import os
import signal
import subprocess
import threading
import urllib.request

import pytest
import yaml

from counting_service import CountingService
from kubernetes_server import KubernetesServer
from servers import wait_for
from steps import BIN, cancel, environment, run, start

RULES = "prometheusrules"


def rules(*groups, expr="up"):
    return "groups:\n" + "".join(f"  - name: {group}\n    rules:\n      - record: {group}:up:sum\n        expr: {expr}\n" for group in groups)


def manifest(name, *groups, expr="up", **metadata):
    text = rules(*groups, expr=expr)
    return {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": {"name": name, **metadata}, "spec": yaml.safe_load(text)}


def foreign(name, *groups, expr="up", **metadata):
    """What somebody else applies."""
    return manifest(name, *groups, expr=expr, namespace="prod", **metadata)


class Publication:
    """A repository with rules, and how its pipeline calls the step."""

    def __init__(self, folder, kubernetes):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.source = folder / "source"
        self.source.mkdir()
        self.kubernetes = kubernetes
        self.kubeconfig = kubernetes.kubeconfig(folder / "kubeconfig")

    def write(self, name, text):
        (self.source / name).write_text(text if isinstance(text, str) else yaml.safe_dump(text))

    def arguments(self, *more):
        return ("push-rules", self.source, "--target", "kubernetes", "--kubeconfig", self.kubeconfig, *more)

    def run(self, *more, **options):
        return run(*self.arguments(*more), **options)

    def through(self, proxy):
        self.kubeconfig.write_text(self.kubeconfig.read_text().replace(self.kubernetes.url, proxy.url))
        self.proxy = proxy

    def object(self, name, namespace="prod"):
        return self.kubernetes.object(RULES, namespace, name)

    def expressions(self, name, namespace="prod"):
        """{"group": "expr"}, None when the object is not there."""
        found = self.object(name, namespace)
        return found and {group["name"]: group["rules"][0]["expr"] for group in found["spec"].get("groups", [])}

    def sent(self):
        """What came to the server since this was asked last, without questions: ["PATCH a dry", ...]."""
        requests, self.kubernetes.requests[:] = list(self.kubernetes.requests), []
        return [f"{request.method} {request.path.rpartition('/')[2]}" + (" dry" if "dryRun" in request.query else "") for request in requests if request.method != "GET"]


@pytest.fixture
def kubernetes():
    with KubernetesServer() as server:
        yield server


@pytest.fixture
def publication(tmp_path, kubernetes):
    return Publication(tmp_path, kubernetes)


# --- What it is for


def test_objects_are_made_and_changed(publication):
    publication.write("My_App.yml", rules("a", "gone"))
    done = publication.run("--kube-labels", "release=prom", "--json")
    assert (done.code, done.json["ok"], done.json["loaded"]) == (0, True, False), done.err
    assert done.json["groups"] == {"added": ["my-app:a", "my-app:gone"], "changed": [], "removed": [], "unchanged": []}
    made = publication.object("my-app")
    assert (made["apiVersion"], made["kind"], made["metadata"]["labels"]) == ("monitoring.coreos.com/v1", "PrometheusRule", {"release": "prom"})
    assert made["spec"] == yaml.safe_load(rules("a", "gone"))
    assert [(entry["manager"], entry["operation"]) for entry in made["metadata"]["managedFields"]] == [("slipway", "Apply")]

    publication.write("My_App.yml", rules("a", "fresh", expr="up == 1"))
    done = publication.run()
    assert (done.code, done.out) == (0, "added my-app:fresh\nchanged my-app:a\nremoved my-app:gone\n"), done.err
    assert publication.expressions("my-app") == {"a": "up == 1", "fresh": "up == 1"}
    assert "labels" not in publication.object("my-app")["metadata"], "a label that is not asked for any more goes"
    assert publication.object("my-app")["metadata"]["uid"] == made["metadata"]["uid"]


def test_without_a_prometheus_it_is_said_that_nothing_is_proven(publication, tmp_path):
    publication.write("a.yml", rules("a"))
    done = publication.run("--dotenv", tmp_path / "outputs", "--summary", tmp_path / "summary")
    assert (done.code, done.out) == (0, "added a:a\n")
    assert "warning: the objects are stored; whether a Prometheus has loaded them is not known: --prometheus-url names one to ask" in done.err
    outputs = dict(line.split("=", 1) for line in (tmp_path / "outputs").read_text().splitlines())
    assert {name.rpartition("PUSH_RULES_")[2].lower(): value for name, value in outputs.items()} == {
        "ok": "true", "loaded": "false", "rules": "1", "groups_added": "1", "groups_changed": "0", "groups_removed": "0", "groups_unchanged": "0",
        "rules_added": "1", "rules_changed": "0", "rules_removed": "0", "rules_unchanged": "0"}
    summary = (tmp_path / "summary").read_text()
    assert summary.startswith("### push-rules: the rules are stored, and it is not known whether they are loaded\n")
    assert "```diff\n--- a/prod/a\n+++ b/prod/a\n" in summary and "\n+  - name: a\n" in summary


def test_the_second_time_nothing_is_sent(publication):
    publication.write("a.yml", rules("a"))
    publication.write("b.yml", manifest("b", "b", labels={"team": "x"}, annotations={"note": "y"}))
    assert publication.run("--kube-labels", "release=prom").code == 0
    version = publication.object("a")["metadata"]["resourceVersion"], publication.object("b")["metadata"]["resourceVersion"]
    publication.sent()
    done = publication.run("--kube-labels", "release=prom", "--json")
    assert (done.code, done.json["groups"]["unchanged"]) == (0, ["a:a", "b:b"])
    assert "nothing to do: the objects are as they should be" in done.err
    assert publication.sent() == []
    assert (publication.object("a")["metadata"]["resourceVersion"], publication.object("b")["metadata"]["resourceVersion"]) == version


def test_a_dry_run_stores_nothing(publication):
    publication.write("a.yml", rules("a", expr="up == 0"))
    assert publication.run().code == 0
    publication.write("a.yml", rules("a", expr="up == 1"))
    publication.write("b.yml", rules("b"))
    publication.sent()
    done = publication.run("--dry-run")
    assert done.code == 0, done.err
    assert done.out.startswith("would add b:b\nwould change a:a\n--- a/prod/a\n+++ b/prod/a\n")
    assert [line for line in done.out.splitlines() if line[:2] in ("- ", "+ ")][:2] == ['-        expr: "up == 0"', '+        expr: "up == 1"']
    assert publication.sent() == ["PATCH a dry", "PATCH b dry"]
    assert publication.expressions("a") == {"a": "up == 0"} and publication.object("b") is None


def test_manifests_keep_what_they_say(publication):
    """Several documents, a list, names, labels and annotations of their own; --kube-labels adds what they do not say."""
    one = manifest("one", "a", namespace="default", labels={"release": "own"}, annotations={"team": "x"})
    two = manifest("two", "b", labels={"tier": "gold"})
    listed = {"apiVersion": "v1", "kind": "List", "items": [manifest("three", "c"), manifest("four", "d")]}
    publication.write("all.yml", yaml.safe_dump_all([one, two]))
    publication.write("list.yml", listed)
    done = publication.run("--kube-labels", "release=prom")
    assert (done.code, done.out) == (0, "added default/one:a\nadded two:b\nadded three:c\nadded four:d\n"), done.err
    assert publication.object("one", "default")["metadata"]["labels"] == {"release": "own"}
    assert publication.object("one", "default")["metadata"]["annotations"] == {"team": "x"}
    assert publication.object("two")["metadata"]["labels"] == {"release": "prom", "tier": "gold"}
    assert [publication.object(name)["metadata"]["namespace"] for name in ("two", "three", "four")] == ["prod"] * 3


def test_objectives_become_an_object(publication):
    publication.write("slo.yml", {
        "version": "prometheus/v1", "service": "myapp",
        "slos": [{"name": "availability", "objective": 99.9, "alerting": {"name": "MyAppAvailability", "page_alert": {}, "ticket_alert": {}},
                  "sli": {"events": {"error_query": 'sum(rate(r_total{code="500"}[{{.window}}]))', "total_query": "sum(rate(r_total[{{.window}}]))"}}}]})
    done = publication.run("--json")
    assert done.code == 0, done.err
    names = {item["metadata"]["name"] for item in publication.kubernetes.objects(RULES)}
    assert len(names) == 1 and done.json["groups"]["added"], done.out


def test_two_files_of_one_name(publication):
    publication.write("My-App.yml", rules("a"))
    publication.write("my_app.yml", rules("b"))
    done = publication.run()
    assert (done.code, done.out) == (1, "")
    assert "error: two files make the same PrometheusRule prod/my-app" in done.err
    assert publication.sent() == []


# --- What belongs to others


def test_a_group_of_another_manager_is_not_taken(publication):
    publication.kubernetes.apply(RULES, foreign("b", "b", expr="theirs"), "argocd-controller")
    publication.write("a.yml", rules("a"))
    publication.write("b.yml", rules("b", expr="ours"))
    publication.write("c.yml", rules("c", expr="ours"))
    publication.kubernetes.apply(RULES, foreign("c", "c", expr="theirs"), "kubectl")
    publication.sent()
    done = publication.run()
    assert (done.code, done.out) == (1, "")
    assert "error: cannot apply PrometheusRule prod/b: .spec.groups[name=\"b\"].rules belongs to 'argocd-controller'" in done.err
    assert "error: cannot apply PrometheusRule prod/c: .spec.groups[name=\"c\"].rules belongs to 'kubectl'" in done.err
    assert "or take it over with --force-conflicts; nothing was changed" in done.err
    assert publication.object("a") is None
    assert publication.expressions("b") == {"b": "theirs"}
    assert all(request.endswith(" dry") for request in publication.sent())


def test_by_force_it_is(publication):
    publication.kubernetes.apply(RULES, foreign("a", "a", expr="theirs"), "argocd-controller")
    publication.write("a.yml", rules("a", expr="ours"))
    done = publication.run("--force-conflicts")
    assert (done.code, done.out) == (0, "changed a:a\n"), done.err
    assert publication.expressions("a") == {"a": "ours"}
    assert publication.run().code == 0


def test_groups_and_labels_of_others_in_our_object_stay_and_are_no_changes(publication):
    publication.write("a.yml", rules("a"))
    assert publication.run().code == 0
    publication.kubernetes.apply(RULES, foreign("a", "theirs", labels={"team": "x"}), "other")
    version = publication.object("a")["metadata"]["resourceVersion"]
    publication.sent()
    assert publication.run("--json").json["groups"] == {"added": [], "changed": [], "removed": [], "unchanged": ["a:a", "a:theirs"]}
    assert publication.sent() == [] and publication.object("a")["metadata"]["resourceVersion"] == version
    publication.write("a.yml", rules("fresh"))
    done = publication.run()
    assert (done.code, done.out) == (0, "added a:fresh\nremoved a:a\n"), done.err
    assert publication.expressions("a") == {"theirs": "up", "fresh": "up"}
    assert publication.object("a")["metadata"]["labels"] == {"team": "x"}


def test_a_field_that_somebody_took_from_us_is_a_conflict_again(publication):
    publication.write("a.yml", rules("a"))
    assert publication.run().code == 0
    publication.kubernetes.apply(RULES, foreign("a", "a", expr="theirs"), "other", force=True)
    done = publication.run()
    assert done.code == 1 and "belongs to 'other'" in done.err
    assert publication.expressions("a") == {"a": "theirs"}


def test_the_same_content_of_somebody_else_becomes_ours_as_well(publication):
    publication.kubernetes.apply(RULES, foreign("a", "a"), "other")
    publication.write("a.yml", rules("a"))
    done = publication.run("--json")
    assert (done.code, done.json["groups"]["unchanged"]) == (0, ["a:a"])
    assert {entry["manager"] for entry in publication.object("a")["metadata"]["managedFields"]} == {"other", "slipway"}


# --- A cluster that refuses


def with_token(tmp_path, verbs):
    return KubernetesServer(tokens={"admin-token": ("system:serviceaccount:ci:reader", verbs)})


def test_credentials_that_are_no_longer_valid(publication):
    publication.kubernetes.tokens.clear()
    publication.write("a.yml", rules("a"))
    done = publication.run()
    assert (done.code, done.out) == (3, "")
    assert f"error: GET {publication.kubernetes.url}/apis/monitoring.coreos.com/v1/namespaces/prod/prometheusrules/a: status 401: Unauthorized" in done.err
    assert f"hint: the credentials are wrong or no longer valid; the cluster is that of context 'test' of {publication.kubeconfig}; nothing was changed" in done.err
    assert "admin-token" not in done.err


@pytest.mark.parametrize("verbs, verb", [((), "get"), (("get", "list"), "patch"), (("get", "list", "patch"), "create")])
def test_a_permission_that_is_missing(tmp_path, verbs, verb):
    with with_token(tmp_path, verbs) as kubernetes:
        publication = Publication(tmp_path, kubernetes)
        publication.write("a.yml", rules("a"))
        done = publication.run()
        assert (done.code, done.out) == (3, "")
        assert f'User "system:serviceaccount:ci:reader" cannot {verb} resource "prometheusrules"' in done.err
        assert "the account needs the verbs get, list, create, patch and delete for prometheusrules.monitoring.coreos.com in the namespace prod" in done.err
        assert kubernetes.objects(RULES) == []


def test_the_operator_is_not_installed(tmp_path):
    with KubernetesServer(installed=False) as kubernetes:
        publication = Publication(tmp_path, kubernetes)
        publication.write("a.yml", rules("a"))
        done = publication.run("--json")
        assert done.code == 3
        assert done.json["error"]["hint"].startswith("the cluster has no resource prometheusrules.monitoring.coreos.com: install the Prometheus operator's")


def test_no_such_namespace(publication):
    publication.write("a.yml", rules("a"))
    done = publication.run("--kube-namespace", "prdo")
    assert (done.code, done.out) == (1, "")
    assert "error: Kubernetes refuses PrometheusRule prdo/a: there is no namespace 'prdo'" in done.err
    assert "hint: create it, or name another one" in done.err


def test_what_the_schema_refuses_is_named(publication):
    """A definition that is stricter than Prometheus, as old ones are about durations."""
    publication.write("a.yml", "groups:\n- {name: a, rules: [{alert: A, expr: up == 0, for: 1h30m}, {alert: B, expr: up == 1}]}\n")
    publication.kubernetes.apply(RULES, foreign("b", "b"), "x")
    words = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Invalid", "code": 422, "message": "is invalid",
                        "details": {"name": "a", "kind": "PrometheusRule", "causes": [
                            {"reason": "FieldValueInvalid", "message": 'Invalid value: "1h30m"', "field": "spec.groups[0].rules[0].for"},
                            {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.groups[0].rules[1].for"}]}})
    answer = publication.kubernetes.answer
    publication.kubernetes.answer = lambda request: (422, "application/json", words.encode()) if request.method == "PATCH" else answer(request)
    done = publication.run()
    assert (done.code, done.out) == (1, "")
    assert 'error: Kubernetes refuses PrometheusRule prod/a: spec.groups[0].rules[0].for: Invalid value: "1h30m"' in done.err
    assert "error: Kubernetes refuses PrometheusRule prod/a: spec.groups[0].rules[1].for: Required value" in done.err
    assert "nothing was changed" in done.err


def test_too_large_for_the_operator(publication):
    publication.write("a.yml", rules("a"))
    publication.write("b.yml", "groups:\n- name: b\n  rules:\n" + "".join(f"  - {{record: 'b:n{number}', expr: '{'up + ' * 200}{number}'}}\n" for number in range(600)))
    done = publication.run("--severity", "never-matching=off")
    assert (done.code, done.out) == (1, "")
    assert "b.yml are too large for one PrometheusRule: " in done.err and "the Prometheus operator takes 524288" in done.err
    assert publication.kubernetes.requests == []


def test_unreachable(publication):
    publication.write("a.yml", rules("a"))
    publication.kubeconfig.write_text(publication.kubeconfig.read_text().replace(publication.kubernetes.url, "http://127.0.0.1:1"))
    done = publication.run()
    assert (done.code, done.out) == (3, "")
    assert "error: GET http://127.0.0.1:1/apis/monitoring.coreos.com/v1/namespaces/prod/prometheusrules/a: " in done.err


def test_a_webhook_that_knows_no_dry_runs(publication):
    publication.write("a.yml", rules("a"))
    words = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "BadRequest", "code": 400,
                        "message": 'admission webhook "rules.example.com" does not support dry run'})
    answer = publication.kubernetes.answer
    publication.kubernetes.answer = lambda request: (400, "application/json", words.encode()) if request.method == "PATCH" else answer(request)
    done = publication.run()
    assert (done.code, done.out) == (3, "")
    assert 'status 400: admission webhook "rules.example.com" does not support dry run' in done.err
    assert "the webhook has to say sideEffects: None or NoneOnDryRun" in done.err


# --- Who we are


def test_a_kubeconfig_that_is_wrong_is_named_with_the_place(publication):
    publication.write("a.yml", rules("a"))
    publication.kubeconfig.write_text("current-context: prod\nclusters:\n- name: c\n  cluster: {server: ftp://x}\n"
                                      "contexts:\n- name: prod\n  context: {cluster: c, user: nobody}\n")
    done = publication.run()
    assert (done.code, done.out) == (2, "")
    assert f"error: {publication.kubeconfig}:7:31: there is no user 'nobody', which context 'prod' names" in done.err
    done = publication.run("--kube-context", "test")
    assert f"{publication.kubeconfig}: there is no context 'test'" in done.err and "hint: there are: prod" in done.err


def plugin_kubeconfig(publication, script):
    program = publication.folder / "plugin"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    config = json.loads(publication.kubeconfig.read_text())
    config["users"][0]["user"] = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin", "interactiveMode": "Never"}}
    publication.kubeconfig.write_text(json.dumps(config))


def test_credentials_of_a_plugin(publication):
    plugin_kubeconfig(publication, """echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "admin-token"}}'""")
    publication.write("a.yml", rules("a"))
    done = publication.run()
    assert (done.code, done.out) == (0, "added a:a\n"), done.err


def test_a_plugin_that_fails_is_quoted(publication):
    plugin_kubeconfig(publication, "echo 'error: the session has expired, log in again' >&2; exit 1")
    publication.write("a.yml", rules("a"))
    done = publication.run()
    assert (done.code, done.out) == (3, "")
    assert "cannot get credentials from '" in done.err and "the session has expired, log in again" in done.err
    assert publication.kubernetes.requests == []


def tls_publication(tmp_path, certificates, kubernetes, user, authority):
    publication = Publication(tmp_path, kubernetes)
    config = json.loads(kubernetes.kubeconfig(publication.kubeconfig, authority=authority).read_text())
    config["users"][0]["user"] = user
    publication.kubeconfig.write_text(json.dumps(config))
    publication.write("a.yml", rules("a"))
    return publication


def test_a_client_certificate_and_an_authority_of_its_own(tmp_path, certificates):
    server, client = certificates.server, certificates.client
    with KubernetesServer(certificate=(server.certificate, server.key), client_authority=certificates.authority) as kubernetes:
        user = {"client-certificate": str(client.certificate), "client-key": str(client.key)}
        publication = tls_publication(tmp_path, certificates, kubernetes, user, certificates.authority)
        done = publication.run()
        assert (done.code, done.out) == (0, "added a:a\n"), done.err
        assert {request.client for request in kubernetes.requests} == {"client"}


def test_an_authority_that_nobody_knows(tmp_path, certificates):
    server = certificates.server
    with KubernetesServer(certificate=(server.certificate, server.key)) as kubernetes:
        done = tls_publication(tmp_path, certificates, kubernetes, {"token": "admin-token"}, None).run()
        assert (done.code, done.out) == (3, "")
        assert "certificate" in done.err
        assert kubernetes.requests == []


def test_a_certificate_that_may_nothing(tmp_path, certificates):
    server = certificates.server
    with KubernetesServer(certificate=(server.certificate, server.key)) as kubernetes:
        done = tls_publication(tmp_path, certificates, kubernetes, {}, certificates.authority).run()
        assert done.code == 3 and 'User "system:anonymous" cannot get resource' in done.err


def test_the_account_of_the_pod(tmp_path, certificates):
    """Its files have one place only, so the step sees a /run of its own."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        pytest.skip("unshare --mount is not allowed here")
    server, account = certificates.server, "/run/secrets/kubernetes.io/serviceaccount"
    with KubernetesServer(certificate=(server.certificate, server.key)) as kubernetes:
        (tmp_path / "a.yml").write_text(rules("a"))
        mounted = (f"mount -t tmpfs none /run && mkdir -p {account} && cp {certificates.authority} {account}/ca.crt && "
                   f'echo admin-token > {account}/token && echo default > {account}/namespace && exec "$@"')
        variables = environment(KUBERNETES_SERVICE_HOST="127.0.0.1", KUBERNETES_SERVICE_PORT=kubernetes.url.rpartition(":")[2], HOME=tmp_path)
        done = subprocess.run(["unshare", "--mount", "sh", "-c", mounted, "sh", BIN / "push-rules", tmp_path / "a.yml", "--target", "kubernetes"],
                              env=variables, text=True, capture_output=True, timeout=60)
        assert (done.returncode, done.stdout) == (0, "added a:a\n"), done.stderr
        assert kubernetes.object(RULES, "default", "a") is not None


# --- A world that breaks in the middle


@pytest.fixture
def through_proxy(publication, start_proxy):
    """Three objects, the first of them known already with "old", behind a proxy."""
    publication.write("a.yml", rules("a", expr="old"))
    assert publication.run().code == 0
    publication.through(start_proxy(publication.kubernetes.url))
    for name in "abc":
        publication.write(f"{name}.yml", rules(name, expr="new"))
    return publication


def is_old(publication):
    return publication.expressions("a") == {"a": "old"} and publication.object("b") is None and publication.object("c") is None


APPLY_B = "/prometheusrules/b?fieldManager=slipway$"  # not the one that stores nothing


@pytest.mark.parametrize("fault, words", [
    (lambda proxy: proxy.answer(500, "boom", path=APPLY_B), "prometheusrules/b: status 500: boom"),
    (lambda proxy: proxy.answer(429, "slow down", headers={"Retry-After": "0"}, path=APPLY_B), "prometheusrules/b: status 429: slow down"),
    (lambda proxy: proxy.reset(path=APPLY_B), "prometheusrules/b?...: "),
    (lambda proxy: proxy.cut(after=20, path=APPLY_B), "prometheusrules/b?...: "),
    (lambda proxy: proxy.swallow(path=APPLY_B), "prometheusrules/b?...: "),
    (lambda proxy: proxy.answer(200, "<html>Sign in</html>", path=APPLY_B), "the answer is no JSON object"),
], ids=["500", "429", "reset", "cut", "swallow", "login"])
def test_what_was_written_before_is_taken_back(through_proxy, fault, words):
    """After "cut" and "swallow" the object is stored, and nobody has said so."""
    fault(through_proxy.proxy)
    done = through_proxy.run("--json")
    assert (done.code, done.json["ok"], done.json["loaded"]) == (3, False, False)
    assert "error: PATCH " in done.err and words in done.err
    assert "the objects are as they were before" in done.err
    assert is_old(through_proxy), done.err


def test_a_page_to_sign_in_is_no_object(through_proxy):
    through_proxy.proxy.answer(200, '{"login": "https://sso.example.com"}')
    done = through_proxy.run()
    assert (done.code, done.out) == (3, "")
    assert "prometheusrules/a: the answer is no PrometheusRule" in done.err
    assert "is this really the address of a Kubernetes API server?" in done.err and "nothing was changed" in done.err
    assert is_old(through_proxy)


def test_an_object_that_somebody_else_made_meanwhile_is_not_removed(through_proxy):
    """Our request for b failed; what is there now is not ours."""
    through_proxy.proxy.answer(500, "boom", path=APPLY_B)
    process = start(*through_proxy.arguments())
    wait_for(lambda: any(request.endswith("/b?fieldManager=slipway") for request in through_proxy.proxy.requests), "the apply")
    through_proxy.kubernetes.apply(RULES, foreign("b", "theirs"), "other")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert through_proxy.expressions("b") == {"theirs": "up"}, err


def test_what_another_run_has_published_meanwhile_stays(through_proxy):
    """The older pipeline of two must not take back what the newer one has published."""
    through_proxy.proxy.stall(path=APPLY_B, times=1)
    process = start(*through_proxy.arguments())
    wait_for(lambda: through_proxy.expressions("a") == {"a": "new"}, "the first object")
    newer = Publication(through_proxy.folder / "newer", through_proxy.kubernetes)
    newer.write("a.yml", rules("a", expr="newer"))
    assert newer.run().code == 0
    done = cancel(process)
    assert done.code == 143
    assert "warning: PrometheusRule prod/a stays as it is: somebody else has published it meanwhile" in done.err
    assert through_proxy.expressions("a") == {"a": "newer"}


def test_what_was_taken_by_force_gets_its_values_back(through_proxy):
    through_proxy.kubernetes.apply(RULES, foreign("a", "a", expr="theirs"), "other", force=True)
    through_proxy.proxy.answer(422, "no", path="/prometheusrules/b?fieldManager=slipway&force=true$")
    done = through_proxy.run("--force-conflicts")
    assert done.code == 3 and "the objects are as they were before" in done.err
    assert through_proxy.expressions("a") == {"a": "theirs"}


def test_a_way_back_that_fails_too_is_said(through_proxy):
    through_proxy.proxy.answer(500, "boom", path=APPLY_B)
    through_proxy.proxy.answer(500, "bang", path="/a?fieldManager=slipway&force=true$")
    done = through_proxy.run()
    assert done.code == 3
    assert "error: PrometheusRule prod/a is not as it was before: PATCH " in done.err and "status 500: bang" in done.err
    assert "hint: run it again once the server answers, or --restore a snapshot" in done.err


def stalled(publication, path=APPLY_B):
    publication.proxy.stall(path=path)
    process = start(*publication.arguments())
    wait_for(lambda: any(request.endswith(path[1:-1]) for request in publication.proxy.requests), "the apply")
    assert publication.expressions("a") == {"a": "new"}
    return process


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_cancelled_in_the_middle(through_proxy, number, code):
    done = cancel(stalled(through_proxy), number)
    assert (done.code, done.out) == (code, "")
    assert "the objects are as they were before" in done.err
    assert is_old(through_proxy)


def test_cancelled_while_the_server_stalls_for_ever(through_proxy):
    process = stalled(through_proxy, APPLY_B.replace("/b", "/c"))
    through_proxy.proxy.stall()
    done = cancel(process)
    assert done.code == 143
    for name in "abc":
        assert f"PrometheusRule prod/{name} is not as it was before: " in done.err


def test_cancelled_on_the_way_back(through_proxy):
    """The rest is taken back all the same."""
    back = "/a?fieldManager=slipway&force=true$"
    through_proxy.proxy.answer(422, "no", path=APPLY_B)
    through_proxy.proxy.stall(path=back, times=1)
    process = start(*through_proxy.arguments())
    wait_for(lambda: any(request.endswith(back[1:-1]) for request in through_proxy.proxy.requests), "the way back")
    done = cancel(process)
    assert done.code == 143
    assert is_old(through_proxy), done.err


def test_an_object_that_was_removed_meanwhile_comes_back_whole(through_proxy):
    through_proxy.kubernetes.apply(RULES, foreign("a", "theirs", labels={"team": "x"}), "other")
    through_proxy.proxy.stall(path=APPLY_B, times=1)
    process = start(*through_proxy.arguments())
    wait_for(lambda: any(request.endswith("/b?fieldManager=slipway") for request in through_proxy.proxy.requests), "the apply")
    del through_proxy.kubernetes._objects[(RULES, "prod", "a")]
    assert cancel(process).code == 143
    assert through_proxy.expressions("a") == {"a": "old", "theirs": "up"}
    assert through_proxy.object("a")["metadata"]["labels"] == {"team": "x"}


# --- Snapshots


def restore(publication, *more):
    return run("push-rules", "--restore", publication.folder / "before.json", "--target", "kubernetes", "--kubeconfig", publication.kubeconfig, *more)


@pytest.fixture
def published(publication):
    """An object that was there, with a group and a label of somebody else, and one that was not; "new" is published."""
    publication.write("a.yml", rules("a", expr="old"))
    assert publication.run().code == 0
    publication.kubernetes.apply(RULES, foreign("a", "theirs", labels={"team": "x"}), "other")
    publication.write("a.yml", rules("a", "more", expr="new"))
    publication.write("b.yml", rules("b"))
    assert publication.run("--snapshot", publication.folder / "before.json").code == 0
    assert publication.expressions("a") == {"a": "new", "more": "new", "theirs": "up"}
    publication.sent()
    return publication


def test_a_snapshot_brings_back_what_was_there(published):
    published.kubernetes.apply(RULES, foreign("a", "theirs", expr="up == 1", labels={"team": "y"}), "other")
    planned = restore(published, "--dry-run")
    assert (planned.code, [request for request in published.sent() if not request.endswith("dry")]) == (0, [])
    assert planned.out.startswith("would change a:a\nwould remove a:more\nwould remove b:b\n--- a/prod/a\n")
    done = restore(published)
    assert (done.code, done.out) == (0, "changed a:a\nremoved a:more\nremoved b:b\n"), done.err
    assert published.expressions("a") == {"a": "old", "theirs": "up == 1"}
    assert published.object("a")["metadata"]["labels"] == {"team": "y"}
    assert published.object("b") is None
    published.sent()
    assert (restore(published).code, published.sent()) == (0, []), "once more does nothing"


def test_an_object_that_is_gone_comes_back_with_all_that_it_held(published):
    del published.kubernetes._objects[(RULES, "prod", "a")]
    done = restore(published)
    assert done.code == 0, done.err
    assert published.expressions("a") == {"a": "old", "theirs": "up"}
    assert published.object("a")["metadata"]["labels"] == {"team": "x"}


def test_an_object_that_was_not_there_and_is_somebody_elses_by_now_stays(published):
    del published.kubernetes._objects[(RULES, "prod", "b")]
    published.kubernetes.apply(RULES, foreign("b", "b"), "other")
    done = restore(published)
    assert done.code == 0
    assert "warning: PrometheusRule prod/b stays: it was not there before, but it is somebody else's by now" in done.err
    assert published.expressions("b") == {"b": "up"}


def test_an_object_that_was_removed_and_made_anew_by_somebody_else_stays_theirs(published, start_proxy):
    """The restoration removes b, fails at c, and must not bring b back over what is somebody else's."""
    state = json.loads((published.folder / "before.json").read_text())
    state["state"]["objects"].append({"namespace": "prod", "name": "c", "before": foreign("c", "c")})
    (published.folder / "before.json").write_text(json.dumps(state))
    published.through(start_proxy(published.kubernetes.url))
    published.proxy.stall(path="/c?fieldManager=slipway&force=true$", times=1)
    process = start("push-rules", "--restore", published.folder / "before.json", "--target", "kubernetes", "--kubeconfig", published.kubeconfig)
    wait_for(lambda: any(request.endswith("/c?fieldManager=slipway&force=true") for request in published.proxy.requests), "the third object")
    assert published.object("b") is None
    published.kubernetes.apply(RULES, foreign("b", "b", expr="theirs"), "other")
    done = cancel(process)
    assert done.code == 143
    assert "PrometheusRule prod/b stays as it is: somebody else has published it meanwhile" in done.err
    assert published.expressions("b") == {"b": "theirs"}
    assert published.expressions("a") == {"a": "new", "more": "new", "theirs": "up"}


@pytest.mark.parametrize("text, words", [
    ("[]", "it is no snapshot of push-rules"),
    ('{"format": "slipway push-rules snapshot 1", "target": "files", "state": {}}', "it is a snapshot of the target 'files', not of 'kubernetes'"),
    ('{"format": "slipway push-rules snapshot 1", "target": "kubernetes", "state": []}', "the snapshot names no objects"),
    ('{"format": "slipway push-rules snapshot 1", "target": "kubernetes", "state": {"objects": [{"namespace": 1}]}}', "an object has no name"),
    ('{"format": "slipway push-rules snapshot 1", "target": "kubernetes", "state": {"objects": [{"namespace": "a", "name": "b"}]}}', "it does not say how a/b was"),
    ('{"format": "slipway push-rules snapshot 1", "target": "kubernetes", "state": {"objects": [{"namespace": "a", "name": "b", "before": {"metadata": {"name": "c"}}}]}}',
     "what it holds for a/b is another object")])
def test_what_is_no_snapshot(publication, text, words):
    (publication.folder / "before.json").write_text(text)
    done = restore(publication)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert publication.kubernetes.requests == []


# --- Proof by a Prometheus that an operator feeds


class Operator(threading.Thread):
    """Writes the objects that it selects into the folder of a Prometheus, as the operator and the kubelet do, and reloads it."""

    def __init__(self, kubernetes, prometheus, labels=()):
        super().__init__(daemon=True)
        self.kubernetes, self.prometheus, self.labels = kubernetes, prometheus, dict(labels)
        self._end = threading.Event()
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def run(self):
        while not self._end.wait(0.1):
            wanted = {f"{item['metadata']['namespace']}-{item['metadata']['name']}-{item['metadata']['uid']}.yaml": yaml.safe_dump(item["spec"])
                      for item in self.kubernetes.objects(RULES) if self.labels.items() <= item["metadata"].get("labels", {}).items()}
            present = {path.name: path.read_text() for path in self.prometheus.rules.iterdir()}
            if wanted == present:
                continue
            for name in present.keys() - wanted.keys():
                (self.prometheus.rules / name).unlink()
            for name, text in wanted.items():
                (self.prometheus.rules / name).write_text(text)
            self._opener.open(urllib.request.Request(f"{self.prometheus.url}/-/reload", method="POST"), timeout=10).close()

    def stop(self):
        self._end.set()
        self.join()


@pytest.fixture
def proven(publication, tmp_path, start_prometheus):
    """Publications are proven by a Prometheus, whose operator wants the label release=prom; it scrapes a service."""
    with CountingService() as service:
        service.set_rates(good=10, bad=0)
        publication.prometheus = start_prometheus(targets=[service.address], rule_files=f"{tmp_path}/prometheus0/rules/*.yaml")
        operator = Operator(publication.kubernetes, publication.prometheus, {"release": "prom"})
        operator.start()
        publication.operator = operator
        plain = publication.arguments
        publication.arguments = lambda *more: plain("--prometheus-url", publication.prometheus.url, *more)
        yield publication
        operator.stop()


LABEL = ("--kube-labels", "release=prom")


def loaded(prometheus):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{prometheus.url}/api/v1/rules", timeout=10) as answer:
        return {group["name"]: [rule["query"] for rule in group["rules"]] for group in json.load(answer)["data"]["groups"]}


@pytest.mark.parametrize("prove, words", [("loaded", "Prometheus has loaded 1 group"), ("evaluated", "Prometheus has loaded 1 group and evaluates their rules")])
def test_proven(proven, tmp_path, prove, words):
    proven.write("a.yml", rules("a"))
    done = proven.run(*LABEL, "--prove", prove, "--json", "--summary", tmp_path / "summary")
    assert (done.code, done.json["ok"], done.json["loaded"]) == (0, True, True), done.err
    assert words in done.err
    assert (tmp_path / "summary").read_text().startswith("### push-rules: the rules are loaded\n")
    proven.sent()
    assert proven.run(*LABEL, "--prove", prove, "--json").json["loaded"] is True
    assert proven.sent() == []


def test_what_a_webhook_makes_of_the_rules_is_what_is_proven(proven):
    def mutate(body):
        for group in body["spec"]["groups"]:
            for rule in group["rules"]:
                rule.setdefault("labels", {})["cluster"] = "eu"

    proven.kubernetes.mutate = mutate
    proven.write("a.yml", rules("a"))
    done = proven.run(*LABEL)
    assert (done.code, done.out) == (0, "added a:a\n"), done.err
    version = proven.object("a")["metadata"]["resourceVersion"]
    proven.sent()
    assert proven.run(*LABEL, "--json").json["groups"]["unchanged"] == ["a:a"]
    assert (proven.object("a")["metadata"]["resourceVersion"], set(proven.sent())) == (version, {"PATCH a dry"})


def test_a_prometheus_that_starts_anew_meanwhile_is_waited_for(proven, start_proxy):
    proxy = start_proxy(proven.prometheus.url)
    proven.write("a.yml", rules("a"))
    proven.operator.labels = {"release": "nobody"}
    process = start(*Publication.arguments(proven, "--prometheus-url", proxy.url, *LABEL))
    wait_for(lambda: proven.object("a"), "the object")
    proxy.reset(path="/api/v1/rules", times=8)
    proven.operator.labels = {"release": "prom"}
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "added a:a\n"), err


def test_changed_and_gone_groups_are_proven_and_foreign_ones_are_not_waited_for(proven):
    proven.write("a.yml", rules("a", "gone"))
    assert proven.run(*LABEL).code == 0
    proven.kubernetes.apply(RULES, foreign("a", "theirs"), "other")
    proven.write("a.yml", rules("a", expr="up == 1"))
    done = proven.run(*LABEL, "--timeout", "20s")
    assert (done.code, done.out) == (0, "changed a:a\nremoved a:gone\n"), done.err
    assert loaded(proven.prometheus) == {"a": ["up == 1"], "theirs": ["up"]}


def test_the_file_of_another_object_proves_nothing(proven):
    """Namespace prod-x with the object a, and namespace prod with x-a: only the uid tells their files apart."""
    proven.kubernetes.namespaces.append("prod-x")
    other = {**manifest("a", "a"), "metadata": {"name": "a", "namespace": "prod-x", "labels": {"release": "prom"}}}
    proven.kubernetes.apply(RULES, other, "other")
    wait_for(lambda: "a" in loaded(proven.prometheus), "the other object")
    proven.write("x-a.yml", rules("a"))
    done = proven.run("--timeout", "2s")
    assert done.code == 3 and "group 'a' of prod/x-a is not there" in done.err


def test_never_picked_up(proven):
    proven.write("a.yml", rules("a"))
    done = proven.run("--timeout", "2s", "--kube-labels", "release=prmo", "--json")
    assert (done.code, done.json["ok"], done.json["loaded"]) == (3, False, False)
    assert "error: Prometheus has not loaded the rules within 2s: group 'a' of prod/a is not there" in done.err
    assert "does the Prometheus object select prod/a (ruleSelector, ruleNamespaceSelector)? It has the labels release=prmo. " in done.json["error"]["hint"]
    assert "the objects are as they were before" in done.err
    assert proven.object("a") is None


def test_a_rule_that_cannot_be_evaluated(proven):
    """It is right as far as anybody can tell before: only with real series are there several on one side."""
    proven.write("a.yml", rules("a"))
    assert proven.run(*LABEL).code == 0
    wait_for(lambda: series(proven.prometheus, "app_latency_seconds_bucket") > 1, "series")
    proven.write("a.yml", rules("a", expr="up * on(job) app_latency_seconds_bucket"))
    done = proven.run(*LABEL, "--json", "--timeout", "30s")
    assert (done.code, done.json["loaded"]) == (3, False), done.err
    assert "Prometheus has loaded the rules, but cannot evaluate them: record 'a:up:sum' of group 'a' fails: " in done.json["error"]["message"]
    assert "many" in done.json["error"]["message"]
    assert proven.expressions("a") == {"a": "up"}
    wait_for(lambda: loaded(proven.prometheus) == {"a": ["up"]}, "the old rules")


def series(prometheus, name):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{prometheus.url}/api/v1/query?query=count({name})", timeout=10) as answer:
        result = json.load(answer)["data"]["result"]
    return int(result[0]["value"][1]) if result else 0


def test_unchanged_rules_that_fail_by_now(proven):
    """Nothing is sent, and still it is not said that they are evaluated."""
    proven.write("a.yml", rules("a", expr="up * on(job) app_latency_seconds_bucket"))
    wait_for(lambda: series(proven.prometheus, "app_latency_seconds_bucket") > 1, "series")
    assert proven.run(*LABEL, "--prove", "loaded").code == 0
    failing = wait_for(lambda: (done := proven.run(*LABEL)).code == 3 and done, "an evaluation")
    assert "cannot evaluate them" in failing.err and "nothing was changed" in failing.err
    assert proven.object("a") is not None


def test_a_prometheus_that_is_not_there_is_noticed_before(proven):
    proven.write("a.yml", rules("a"))
    proven.run(*LABEL)
    proven.write("a.yml", rules("b"))
    proven.sent()
    # The operator's thread must not see it gone.
    proven.arguments = lambda *more: Publication.arguments(proven, "--prometheus-url", "http://127.0.0.1:1", *more)
    done = proven.run(*LABEL)
    assert (done.code, done.out) == (3, "")
    assert "error: GET http://127.0.0.1:1/api/v1/rules: " in done.err and "nothing was changed" in done.err
    assert all(request.endswith(" dry") for request in proven.sent())


def test_cancelled_while_it_waits_for_the_operator(proven):
    proven.write("a.yml", rules("a"))
    process = start(*proven.arguments("--kube-labels", "release=other"))
    wait_for(lambda: proven.object("a"), "the object")
    done = cancel(process)
    assert done.code == 143
    assert proven.object("a") is None
