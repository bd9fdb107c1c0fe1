"""ci-examples/github/release.yml as people copy it, in a repository with the sample service, against real servers: four commits of one team."""

import re

import pytest

from delivery import Delivery
from github_runner import Runner
from images import Client
from ssh_server import SshServer
from steps import ROOT

RELEASE = ROOT / "ci-examples" / "github" / "release.yml"
USER, PASSWORD = "oauth2", "sesame-open-everything"  # the user that goes with a token
RULES = "monitoring/rules/slo-myapp.yml"


class Team:
    """One service, its repository and all that its releases need; `release` pushes a commit and runs the workflow."""

    def __init__(self, folder, image):
        self.delivery = Delivery(folder / "delivery", requests=60, credentials=(USER, PASSWORD))
        self.ssh = SshServer(folder / "ssh")
        self.folder, self.image = folder, image

    def __enter__(self):
        self.ssh.__enter__()
        self.delivery.__enter__()
        self.service = self.delivery.checkout(self.folder / "service")
        self.change("Containerfile", "ARG BASE\n", f"ARG BASE={self.delivery.base}\n")
        # What is about this machine alone: plain HTTP.
        (self.service / "slipway.yaml").write_text("build-image: {allow-insecure: true}\nupdate-gitops-values: {allow-insecure: true}\n")
        self.variables = {"GITOPS_URL": self.delivery.gitops_url, "PROMETHEUS_URL": self.delivery.prometheus.url, "IMAGE": f"{self.delivery.registry.host}/demo/myapp",
                          "REGISTRY_USER": USER, "RULES_DIR": self.ssh.address(self.delivery.prometheus.rules),
                          "RULES_HOST_KEYS": self.ssh.known_hosts.read_text(), "WATCH": "20s"}
        self.secrets = {"GITOPS_TOKEN": PASSWORD, "REGISTRY_PASSWORD": PASSWORD, "RULES_SSH_KEY": self.ssh.key.read_text()}
        return self

    def __exit__(self, *_):
        self.delivery.__exit__(None, None, None)
        self.ssh.__exit__(None, None, None)

    def change(self, name, old, new):
        path = self.service / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def release(self, message, cancel_at=None, **variables):
        commit = self.delivery.commit(self.service, message)
        runner = Runner(self.folder / "runner", self.image, self.service, self.variables | variables, self.secrets)
        run = runner.run(RELEASE, cancel_at)
        return commit, run, run.jobs["release"].steps

    def again(self, **variables):
        runner = Runner(self.folder / "runner", self.image, self.service, self.variables | variables, self.secrets)
        return runner.run(RELEASE)

    def published_rules(self):
        return (self.delivery.prometheus.rules / "slo-myapp.yml").read_text()


@pytest.fixture(scope="module")
def team(slipway_image, tmp_path_factory):
    with Team(tmp_path_factory.mktemp("team"), slipway_image) as team:
        yield team


def outcomes(steps):
    return {name: step.outcome for name, step in steps.items() if not name.startswith("actions/")}


def test_releases(team):
    delivery, registry = team.delivery, Client(team.delivery.registry, f"{USER}:{PASSWORD}")

    # A first release. Nothing runs before it, so the gate waits until it serves.
    first, run, steps = team.release("myapp: process data")
    assert run.conclusion == "success", run.text
    image, update, gate = (steps[name].outputs for name in ("image", "update", "gate"))
    assert (image["skipped"], image["commit"], image["immutable_tag"]) == ("false", first, first[:7])
    assert image["digest"] == registry.digest("demo/myapp", first[:7]) == registry.digest("demo/myapp", "latest")
    assert (update["changed"], update["new"], delivery.tag()) == ("true", first[:7], first[:7])
    assert gate["verdict"] == "holds"
    assert delivery.serving() == {first}
    assert team.published_rules() == (team.service / RULES).read_text()
    assert {name for name, outcome in outcomes(steps).items() if outcome == "skipped"} == {"back", "Take the rules back"}
    for name in ("image", "rules", "update", "gate"):
        assert steps[name].summary.startswith("###"), name
    assert [note for step in steps.values() for note in step.annotations if note.level == "error"] == []
