"""The pipeline that releases to Nomad, as a team would copy it: a good release is promoted, and one that is bad is taken back with its rules."""

import contextlib
import itertools
import shutil
import socket
import subprocess

import pytest

from counting_service import SampleService
from gitops import git
from images import add_python
from nomad_cluster import NomadCluster
from oracles import FOLDER, has_npm
from servers import wait_for
from slo_watches import query
from steps import ROOT

pytestmark = pytest.mark.skipif(not has_npm("gitlab-ci-local"), reason="gitlab-ci-local is not installed")

SERVICE = ROOT / "ci-examples" / "shell" / "service"
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


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Project:
    """A repository with the pipeline, on a machine that runs its jobs: gitlab-ci-local, with podman."""

    def __init__(self, folder, base, port):
        self.folder = folder
        shutil.copytree(SERVICE / "deploy", folder / "deploy")
        shutil.copytree(SERVICE / "monitoring", folder / "monitoring")
        shutil.copy(ROOT / "ci-examples" / "gitlab" / "nomad.gitlab-ci.yml", folder / ".gitlab-ci.yml")
        (folder / "serve.py").write_text(SERVE.replace("PORT", str(port)))
        (folder / "Containerfile").write_text(f'FROM {base}\nARG COMMIT\nCOPY serve.py /\nCMD ["/serve.py"]\n')
        git(folder, "init", "--quiet", "--initial-branch=main")
        git(folder, "remote", "add", "origin", "https://gitlab.example.com/team/myapp.git")

    def edit(self, path, old, new):
        text = (self.folder / path).read_text()
        assert old in text
        (self.folder / path).write_text(text.replace(old, new, 1))

    def commit(self, message):
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--message", message)

    def pipeline(self, variables, volumes):
        """The log of the pipeline of the newest commit; it ends with a line for each job."""
        words = [str(FOLDER / "node_modules" / ".bin" / "gitlab-ci-local"), f"--home={self.folder.parent}", "--container-executable=podman",
                 "--pull-policy=if-not-present", "--network=host", *[f"--volume={source}:{target}" for source, target in volumes.items()],
                 *[f"--variable={name}={value}" for name, value in variables.items()]]
        done = subprocess.run(words, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        return done.stdout


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


@pytest.fixture
def named_as_published(slipway_image):
    """The image under the name that the example has."""
    name = "ghcr.io/slipway/slipway:1"
    subprocess.run(["podman", "tag", slipway_image, name], check=True, capture_output=True)
    yield
    subprocess.run(["podman", "untag", name, name], capture_output=True)  # with one word it would take all names away


def listen_there(nomad, services):
    """The next allocations have the addresses of these services."""
    nomad.state._ports = itertools.chain((int(service.address.rpartition(":")[2]) for service in services), itertools.count(50000))


def test_promoted_and_taken_back(named_as_published, start_registry, start_prometheus, tmp_path):
    registry, port = start_registry(credentials={"ci": PASSWORD}), free_port()
    project = Project(tmp_path / "myapp", push_base(tmp_path / "base", registry), port)
    project.commit("The first release")
    insecure = tmp_path / "registries.conf"
    insecure.write_text(f'[[registry]]\nlocation = "{registry.host}"\ninsecure = true\n')
    with contextlib.ExitStack() as stack:
        # In the order of their allocations: three of the version that runs, three of a good release, of which one is its canary, and a bad canary.
        services = [stack.enter_context(SampleService()) for _ in range(7)]
        for one in services:
            one.set_rates(*(2000, 0) if one is not services[6] else (1500, 500))
        prometheus = start_prometheus(targets=[])
        prometheus.set_targets([one.address for one in services], {one.address: {"job": "myapp"} for one in services})
        nomad = stack.enter_context(NomadCluster(tokens={TOKEN: {"submit-job", "read-job", "read-logs"}}))
        listen_there(nomad, services)
        nomad.register((project.folder / "deploy" / "myapp.nomad.hcl.tmpl").read_text().replace("${IMAGE}", "registry.example.com/myapp:old"))
        assert nomad.wait_until(lambda nomad: (nomad.deployment("myapp") or {}).get("Status") == "successful")
        wait_for(lambda: query(prometheus, 'count(up{job="myapp"})') == len(services), "the first scrapes")
        variables = {
            "GITLAB_CI": "true", "CI_REGISTRY": registry.host, "CI_REGISTRY_IMAGE": f"{registry.host}/team/myapp", "CI_REGISTRY_USER": "ci",
            "CI_REGISTRY_PASSWORD": PASSWORD, "NOMAD_ADDR": nomad.url, "NOMAD_TOKEN": TOKEN, "PROMETHEUS_URL": prometheus.url,
            "SLIPWAY_PUSH_RULES_RULES_DIR": "/rules", "SLIPWAY_PUSH_RULES_PORT": port, "SLIPWAY_ALLOW_INSECURE": "true", "SLIPWAY_WAIT_FOR_SLO_WATCH": "5s"}
        volumes = {prometheus.rules: "/rules", insecure: "/etc/containers/registries.conf.d/test.conf"}

        log = project.pipeline(variables, volumes)
        assert " PASS  deploy" in log, log
        assert [deployment["Status"] for deployment in nomad.deployments("myapp")] == ["successful", "successful"], log
        released = nomad.job("myapp")
        assert released["TaskGroups"][0]["Tasks"][0]["Config"]["image"].startswith(f"{registry.host}/team/myapp@sha256:")
        rules = (prometheus.rules / "slo-myapp.yml").read_text()
        assert rules == (SERVICE / "monitoring" / "rules" / "slo-myapp.yml").read_text()

        # Another memory limit and another rule; the image stays.
        project.edit("deploy/myapp.nomad.hcl.tmpl", "memory = 256", "memory = 128")
        project.edit("monitoring/rules/slo-myapp.yml", "job_endpoint:myapp_api_requests:rate5m", "job_endpoint:myapp_api_requests:rate5min")
        project.edit("monitoring/rules/slo-myapp.yml", "job_endpoint:myapp_api_requests:rate5m{", "job_endpoint:myapp_api_requests:rate5min{")
        project.commit("Less memory")
        second = project.pipeline(variables, volumes)
        assert " FAIL  deploy" in second, second
        assert "STEP" not in second, "what the registry has is not built again"
        serving = nomad.job("myapp")
        assert serving["TaskGroups"][0]["Tasks"][0]["Resources"]["MemoryMB"] == 256
        assert serving["TaskGroups"][0]["Tasks"][0]["Config"] == released["TaskGroups"][0]["Tasks"][0]["Config"]
        assert (prometheus.rules / "slo-myapp.yml").read_text() == rules
        assert query(prometheus, 'count({__name__=~"job_endpoint:myapp_api_requests:rate5m"})'), "the old rule is evaluated again"
    for secret in (PASSWORD, TOKEN):
        assert secret not in log + second
