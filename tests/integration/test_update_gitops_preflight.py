"""update-gitops-values: what is looked at before the commit, in a real registry and in an Argo CD Application."""

import base64
import hashlib
import json
import urllib.request

import pytest

from gitops import FILE, STEP, Gitops
from servers import free_port
from steps import run

CREDENTIALS = {"ci": "sesame-open"}


def put(registry, tag, name="team/app", seed=""):
    """A minimal image; returns its digest."""
    headers = {"Authorization": "Basic " + base64.b64encode(b"ci:sesame-open").decode()}

    def send(method, url, body=b"", kind="application/octet-stream"):
        request = urllib.request.Request(url, data=body, method=method, headers=headers | {"Content-Type": kind})
        return urllib.request.urlopen(request)

    config = json.dumps({"architecture": "amd64", "os": "linux", "author": seed, "rootfs": {"type": "layers", "diff_ids": []}}).encode()
    digest = "sha256:" + hashlib.sha256(config).hexdigest()
    location = send("POST", f"{registry.url}/v2/{name}/blobs/uploads/").headers["Location"]
    location = location if "://" in location else registry.url + location
    send("PUT", location + ("&" if "?" in location else "?") + "digest=" + digest, config)
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "layers": [],
                           "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": len(config)}}).encode()
    return send("PUT", f"{registry.url}/v2/{name}/manifests/{tag}", manifest, kind).headers["Docker-Content-Digest"]


@pytest.fixture
def registry(start_registry):
    return start_registry(credentials=CREDENTIALS)


@pytest.fixture
def gitops(start_git_server, registry):
    return Gitops(start_git_server(), {FILE: f"image:\n  repository: {registry.host}/team/app\n  tag: v1\n  digest: \"\"\n"})


@pytest.fixture
def authfile(tmp_path, registry):
    path = tmp_path / "auth.json"
    path.write_text(json.dumps({"auths": {registry.host: {"auth": base64.b64encode(b"ci:sesame-open").decode()}}}))
    return path


def step(gitops, *arguments, **env):
    return run(STEP, "--repo", gitops.url, "--branch", "main", "--file", FILE, "--allow-insecure", *arguments,
               env={"SLIPWAY_UPDATE_GITOPS_VALUES_NO_VERIFY_IMAGE": "", **env})


def test_an_image_that_is_there_and_one_that_is_not(gitops, registry, authfile):
    put(registry, "v2")
    done = step(gitops, "--set", "image.tag=v2", "--authfile", authfile)
    assert done.code == 0 and f"the image {registry.host}/team/app:v2 is in its registry" in done.err, done.err
    done = step(gitops, "--set", "image.tag=v3", "--authfile", authfile)
    assert done.code == 1 and f"{registry.host}/team/app:v3 is not in its registry" in done.err and f"{FILE}:2" in done.err, done.err
    assert gitops.commits() == 2
    assert step(gitops, "--set", "image.tag=v3", "--no-verify-image").code == 0


def test_a_rollback_to_an_image_that_was_deleted(gitops, registry, authfile):
    put(registry, "v2")
    assert step(gitops, "--set", "image.tag=v2", "--authfile", authfile).code == 0
    done = step(gitops, "--rollback", "--authfile", authfile)
    assert done.code == 1 and f"{registry.host}/team/app:v1 is not in its registry" in done.err, done.err
    assert gitops.commits() == 2
    assert step(gitops, "--rollback", "--no-verify-image").code == 0


def test_a_tag_that_moved(gitops, registry, authfile):
    digest = put(registry, "v2")
    put(registry, "v2", seed="another")
    done = step(gitops, "--image", f"{registry.host}/team/app:v2@{digest}", "--authfile", authfile)
    assert done.code == 0 and "warning: the tag v2 of" in done.err and "names sha256:" in done.err, done.err
    done = step(gitops, "--image", f"{registry.host}/team/app:v2@sha256:{'0' * 64}", "--authfile", authfile)
    assert done.code == 1 and "is not in its registry" in done.err, done.err


def test_without_credentials_and_with_those_of_the_ci(gitops, registry, tmp_path):
    put(registry, "v2")
    done = step(gitops, "--set", "image.tag=v2")
    assert done.code == 3 and "--authfile" in done.err and "--no-verify-image" in done.err, done.err
    assert gitops.commits() == 1
    password = tmp_path / "password"
    password.write_text("sesame-open\n")
    done = step(gitops, "--set", "image.tag=v2", "--registry-user", "ci", "--registry-password-file", password, "--dry-run")
    assert done.code == 0 and "is in its registry" in done.err and "sesame-open" not in done.err, done.err
    done = step(gitops, "--set", "image.tag=v2", GITLAB_CI="true", CI_REGISTRY=registry.host, CI_REGISTRY_USER="ci", CI_REGISTRY_PASSWORD="sesame-open")
    assert done.code == 0 and "sesame-open" not in done.err, done.err


def test_a_registry_that_does_not_answer(gitops, registry):
    port = free_port()
    done = step(gitops, "--image", f"{registry.host}/team/app=127.0.0.1:{port}/team/app:v2")
    assert done.code == 3 and "--no-verify-image does without looking" in done.err, done.err
    assert gitops.commits() == 1


@pytest.mark.parametrize("tag, warns", [("latest", True), ("main", True), ("v2", False)])
def test_tags_that_move(gitops, tag, warns):
    arguments = ("--set", f"image.tag={tag}", "--no-verify-image")
    done = step(gitops, *arguments, "--dry-run")
    assert done.code == 0 and ("moves" in done.err) == warns, done.err
    done = step(gitops, *arguments, "--require-immutable")
    assert done.code == (1 if warns else 0) and ("--require-immutable refuses it" in done.err) == warns, done.err


APPLICATION = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: my-service, namespace: argocd}
spec:
  source:
    repoURL: https://github.com/org/k8s-configs.git
    targetRevision: HEAD
    path: apps/my-service
    helm:
      valueFiles:
        - values.yaml
        - values-production.yaml
"""
BASE, LATER = "apps/my-service/values.yaml", "apps/my-service/values-production.yaml"
REFS = APPLICATION.split("  source:")[0] + """  sources:
    - {repoURL: https://charts.example.com, chart: app, targetRevision: 1.2.3, helm: {valueFiles: [$values/apps/my-service/values.yaml, /apps/my-service/values-production.yaml, $values/apps/my-service/values-*.yaml]}}
    - {repoURL: https://github.com/org/k8s-configs.git, targetRevision: HEAD, ref: values}
"""


@pytest.mark.parametrize("application, later, arguments, code, words", [
    (APPLICATION, "image:\n  tag: v1\n", (), 1, [f"error: {LATER}:2:8: cannot change image.tag of {BASE}", "says 'v1'", f"--file {LATER}"]),
    (APPLICATION, "replicas: 3\n", (), 0, []),
    (APPLICATION, "image: null\n", (), 1, ["says nothing (null)"]),
    (APPLICATION, "image:\n  tag: v2\n", (), 0, []),
    (APPLICATION, "image:\n  tag: v1\n", ("--file", LATER), 0, []),
    (REFS, "image: {tag: v1}\n", (), 1, [f"{LATER}:1:14", "says 'v1'"]),
    (APPLICATION + "      parameters: [{name: image.tag, value: v0}]\n", "", (), 1, ["its own helm.parameters say 'v0'", "application.yaml:13"]),
    (APPLICATION + "      values: |\n        image:\n          tag: v0\n", "", (), 1, ["its own helm.values say 'v0'", "application.yaml:15"]),
    (APPLICATION + "      valuesObject: {image: [1]}\n", "", (), 1, ["its own helm.valuesObject say a list"]),
    (APPLICATION.replace("        - values.yaml\n", "").replace("path: apps/my-service", "path: apps/other"), "", (), 1, [f"cannot change {BASE}: the Application my-service does not read it"]),
    (APPLICATION.replace("HEAD", "release"), "", (), 0, ["warning: the Application my-service follows 'release'"]),
    (APPLICATION.replace("kind: Application", "kind: ApplicationSet"), "", (), 2, ["it holds an ApplicationSet"]),
    ("apiVersion: apps/v1\nkind: Deployment\n", "", (), 2, ["no Application of Argo CD, but Deployment"]),
    (APPLICATION.replace("values-production", "values-{{env}}"), "", (), 2, ["it is a template"]),
])
def test_what_an_application_reads_later(start_git_server, application, later, arguments, code, words):
    gitops = Gitops(start_git_server(), {BASE: "image:\n  tag: v1\n", LATER: later or "a: b\n", "argocd/application.yaml": application})
    done = run(STEP, "--repo", gitops.url, "--branch", "main", "--file", BASE, *arguments, "--set", "image.tag=v2", "--app", "argocd/application.yaml")
    assert done.code == code, done.err
    for text in words:
        assert text in done.err, done.err
    assert gitops.commits() == (2 if code == 0 else 1)


def test_an_application_in_a_folder(tmp_path):
    for name, text in ((BASE, "image:\n  tag: v1\n"), (LATER, "image:\n  tag: v1\n"), ("application.yaml", APPLICATION)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    done = run(STEP, "--dir", tmp_path, "--file", BASE, "--set", "image.tag=v2", "--app", "application.yaml")
    assert done.code == 1 and "says 'v1'" in done.err, done.err
