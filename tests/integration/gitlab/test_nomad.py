"""The pipeline that releases to Nomad, as a team would copy it: a good release is promoted, and one that is bad is taken back with its rules; with
SLIPWAY_FULL one that nobody can judge waits."""

import contextlib
import itertools
import json
import os
import shutil
import subprocess

import pytest

import gitlab_ci_local
from counting_service import SampleService
from gitlab_ci_local import Project, Utilities
from gitops import git
from images import add_python, attached
from nomad_cluster import NomadCluster
from servers import free_port, wait_for
from slo_watches import query
from steps import ROOT

pytestmark = pytest.mark.skipif(not gitlab_ci_local.is_installed(), reason="gitlab-ci-local is not installed")

SERVICE = ROOT / "ci-examples" / "shell" / "service"
FULL = os.environ.get("SLIPWAY_FULL") == "1"
PASSWORD, TOKEN = "sesame-open-4711", "2f1c7b1e-7d0c-4c27-8a38-1f0d5f0e7c11"

# Shows what the sample service shows: on its metrics page the names of its rules.
SERVE = """import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(b'''# TYPE myapp_api_requests_total counter
myapp_api_requests_total{method="GET",endpoint="/a",status_code="200"} 1
myapp_api_requests_total{method="GET",endpoint="/a",status_code="500"} 0
# TYPE myapp_api_request_latency_seconds histogram
myapp_api_request_latency_seconds_bucket{method="GET",endpoint="/a",le="0.5"} 1
myapp_api_request_latency_seconds_bucket{method="GET",endpoint="/a",le="+Inf"} 1
myapp_api_request_latency_seconds_sum{method="GET",endpoint="/a"} 0.1
myapp_api_request_latency_seconds_count{method="GET",endpoint="/a"} 1
''')
    def log_message(self, *arguments):
        pass
http.server.HTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
"""


def repository(folder, port):
    """The pipeline with the sample service's job and rules, around a service of a few lines."""
    shutil.copytree(SERVICE / "deploy", folder / "deploy")
    shutil.copytree(SERVICE / "monitoring", folder / "monitoring")
    shutil.copy(ROOT / "ci-examples" / "gitlab" / "nomad.gitlab-ci.yml", folder / ".gitlab-ci.yml")
    (folder / "serve.py").write_text(SERVE.replace("PORT", str(port)))
    (folder / "Containerfile").write_text('ARG BASE\nFROM ${BASE}\nARG COMMIT\nENV COMMIT=${COMMIT}\nCOPY serve.py /\nCMD ["/serve.py"]\n')
    (folder / ".containerignore").write_text("*\n!serve.py\n")
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "The first release")


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def commit(folder, message):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def push_base(folder, registry):
    """An image that runs Python; its name."""
    folder.mkdir()
    (folder / "Containerfile").write_text(f'FROM scratch\nCOPY root /\nENV PYTHONHOME=/usr\nENTRYPOINT ["{add_python(folder)}", "-S"]\n')
    name = f"{registry.host}/python:3"
    try:
        for words in (["build", "--quiet", f"--tag={name}", str(folder)], ["push", "--quiet", "--tls-verify=false", f"--creds=ci:{PASSWORD}", name]):
            subprocess.run(["podman", *words], check=True, capture_output=True)
    finally:
        subprocess.run(["podman", "rmi", "--force", name], capture_output=True)
    return name


def listen_there(nomad, services):
    """The next allocations have the addresses of these services."""
    nomad.state._ports = itertools.chain((int(service.address.rpartition(":")[2]) for service in services), itertools.count(50000))


def test_promoted_and_taken_back(slipway_image, start_registry, start_prometheus, tmp_path):
    registry, port = start_registry(credentials={"ci": PASSWORD}), free_port()
    base = push_base(tmp_path / "base", registry)
    folder = tmp_path / "myapp"
    repository(folder, port)
    insecure = tmp_path / "registries.conf"
    insecure.write_text(f'[[registry]]\nlocation = "{registry.host}"\ninsecure = true\n')
    (tmp_path / "utilities").mkdir()
    with contextlib.ExitStack() as stack:
        stack.enter_context(Utilities(tmp_path / "utilities"))
        # In the order of their allocations: three of the version that runs, three of a good release, of which one is its canary, a bad canary, and others.
        services = [stack.enter_context(SampleService()) for _ in range(14)]
        for one in services:
            one.set_rates(*(2000, 0) if one is not services[6] else (1500, 500))
        prometheus = start_prometheus(targets=[])
        prometheus.set_targets([one.address for one in services], {one.address: {"job": "myapp"} for one in services})
        nomad = stack.enter_context(NomadCluster(tokens={TOKEN: {"submit-job", "read-job", "read-logs"}}))
        listen_there(nomad, services)
        nomad.register((folder / "deploy" / "myapp.nomad.hcl.tmpl").read_text().replace("${IMAGE}", "registry.example.com/myapp:old"))
        assert nomad.wait_until(lambda nomad: (nomad.deployment("myapp") or {}).get("Status") == "successful")
        wait_for(lambda: query(prometheus, 'count(up{job="myapp"})') == len(services), "the first scrapes")
        project = Project(folder, slipway_image, {
            "CI_REGISTRY": registry.host, "CI_REGISTRY_IMAGE": f"{registry.host}/team/myapp", "CI_REGISTRY_USER": "ci", "CI_REGISTRY_PASSWORD": PASSWORD,
            "NOMAD_ADDR": nomad.url, "NOMAD_TOKEN": TOKEN, "PROMETHEUS_URL": prometheus.url, "BASE_IMAGE": base, "WATCH": "5s",
            "SLIPWAY_PUSH_RULES_PORT": port, "SLIPWAY_ALLOW_INSECURE": "true"},
            volumes=(f"{prometheus.rules}:/etc/prometheus/rules", f"{insecure}:/etc/containers/registries.conf.d/insecure.conf"))

        first = project.run()
        assert first.status == {"check": "PASS", "build-image": "PASS", "deploy": "PASS"}, first.text
        inventory, provenance = attached(first.artifact("build-image", "image/image"), f"ci:{PASSWORD}")
        assert json.loads(first.artifact("build-image", "sbom.cdx.json")) == inventory
        assert provenance["predicate"]["buildDefinition"]["resolvedDependencies"][0]["digest"] == {"gitCommit": git(folder, "rev-parse", "HEAD")}
        assert [deployment["Status"] for deployment in nomad.deployments("myapp")] == ["successful", "successful"]
        assert "1 canary" in first.log("check"), "the plan"
        assert "<testcase" in first.artifact("deploy", "gate.xml") and "<failure" not in first.artifact("deploy", "gate.xml")
        released = nomad.job("myapp")["TaskGroups"][0]["Tasks"][0]
        assert released["Config"]["image"].startswith(f"{registry.host}/team/myapp@sha256:")
        rules = (prometheus.rules / "slo-myapp.yml").read_text()
        assert rules == (SERVICE / "monitoring" / "rules" / "slo-myapp.yml").read_text()

        # Another memory limit and another name of a rule; nothing of this is in the image.
        edit(folder / "deploy" / "myapp.nomad.hcl.tmpl", "memory = 256", "memory = 128")
        changed = folder / "monitoring" / "rules" / "slo-myapp.yml"
        changed.write_text(changed.read_text().replace("myapp_api_requests:rate5m", "myapp_api_requests:rate300s"))
        commit(folder, "Less memory")
        second = project.run()
        assert second.status == {"check": "PASS", "build-image": "PASS", "deploy": "FAIL"}, second.text
        assert "STEP" not in second.log("build-image"), "what the registry has is not built again"
        assert "<failure" in second.artifact("deploy", "gate.xml") and "violated" in second.artifact("deploy", "gate.html")
        assert "violated" in second.log("deploy") and "taken back to version 1" in second.log("deploy")
        assert nomad.job("myapp")["TaskGroups"][0]["Tasks"][0] == released
        assert (prometheus.rules / "slo-myapp.yml").read_text() == rules
        assert query(prometheus, 'count({__name__="job_endpoint:myapp_api_requests:rate5m"})'), "the old rule is evaluated again"

        if FULL:
            for one in services:
                one.set_rates(0, 0)
            edit(folder / "deploy" / "myapp.nomad.hcl.tmpl", "memory = 128", "memory = 512")
            commit(folder, "More memory")
            third = project.run()
            assert third.status == {"check": "PASS", "build-image": "PASS", "deploy": "WARN"}, third.text
            assert nomad.deployment("myapp")["Status"] == "running" and "to go on: nomad deployment promote" in third.log("deploy")
            assert (prometheus.rules / "slo-myapp.yml").read_text() == changed.read_text(), "rules of a canary that waits stay"
    for secret in (PASSWORD, TOKEN):
        assert secret not in first.text + second.text
