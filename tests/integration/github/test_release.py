"""ci-examples/github/release.yml as people copy it, in a repository with the sample service, against real servers."""

import html
import json

import pytest

from delivery import Delivery
from github_expressions import Optional
from github_runner import Runner
from gitops import git
from images import Client, attached
from servers import wait_for
from ssh_server import SshServer
from steps import ROOT
from webhook_receiver import Receiver

RELEASE = ROOT / "ci-examples" / "github" / "release.yml"
USER, PASSWORD = "oauth2", "sesame-open-everything"  # the user that goes with a token
RULES = "monitoring/rules/slo-myapp.yml"
DJANGO = "pkg:deb/debian/python3-django@"
MORE_RULES = "      - {record: 'job:myapp_api_requests:sum', expr: sum by (job) (myapp_api_requests_total)}\n"


class Team:
    """One service, its repository, and the servers that its releases need."""

    def __init__(self, folder, image):
        self.delivery = Delivery(folder / "delivery", requests=60, credentials=(USER, PASSWORD))
        self.ssh = SshServer(folder / "ssh")
        self.folder, self.image = folder, image

    def __enter__(self):
        self.ssh.__enter__()
        self.delivery.__enter__()
        self.service = self.delivery.checkout(self.folder / "service")
        # What is about this machine alone: plain HTTP.
        (self.service / "slipway.yaml").write_text("build-image: {allow-insecure: true}\nupdate-gitops-values: {allow-insecure: true}\n")
        self.variables = {"GITOPS_REPOSITORY": self.delivery.gitops_url, "PROMETHEUS_URL": self.delivery.prometheus.url, "BASE_IMAGE": self.delivery.base,
                          "IMAGE": f"{self.delivery.registry.host}/demo/myapp", "REGISTRY_USER": USER, "OBJECTIVE": "95", "WATCH": "8s",
                          "SCAN": f'grep -q {DJANGO} "$IMAGE_CYCLONEDX" && test -s "$IMAGE_LAYOUT/index.json"', "RULES_DIR": self.ssh.address(self.delivery.prometheus.rules), "RULES_HOST_KEYS": self.ssh.known_hosts.read_text()}
        secrets = {"GITOPS_TOKEN": PASSWORD, "REGISTRY_PASSWORD": PASSWORD, "RULES_SSH_KEY": self.ssh.key.read_text()}
        self.runner = Runner(self.folder / "runner", self.image, self.service, self.variables, secrets)
        return self

    def __exit__(self, *_):
        self.delivery.__exit__(None, None, None)
        self.ssh.__exit__(None, None, None)

    def change(self, name, old, new):
        path = self.service / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    def commit(self, message):
        return self.delivery.commit(self.service, message)

    def run(self, repository=None, **variables):
        """Runs the workflow for what is committed; returns its end, and the steps of its one job."""
        self.runner.repository, self.runner.variables = repository or self.service, Optional(self.variables | variables)
        run = self.runner.run(RELEASE)
        print(run.text)  # shown when the test fails
        return run, run.jobs["release"].steps

    def published_rules(self):
        return (self.delivery.prometheus.rules / "slo-myapp.yml").read_text()

    def state(self):
        return self.delivery.tag(), self.published_rules(), self.delivery.serving()

    def in_registry(self, tag):
        return Client(self.delivery.registry, f"{USER}:{PASSWORD}").digest("demo/myapp", tag)


@pytest.fixture(scope="module")
def team(slipway_image, tmp_path_factory):
    with Team(tmp_path_factory.mktemp("team"), slipway_image) as team:
        yield team


@pytest.fixture(scope="module")
def first(team):
    """The first release: its commit, and its workflow's steps."""
    commit = team.commit("myapp: process data")
    run, steps = team.run()
    assert run.conclusion == "success"
    return commit, steps


def skipped(steps):
    return {name for name, step in steps.items() if step.outcome == "skipped"}


def errors(step):
    return [note.message for note in step.annotations if note.level == "error"]


def report_of(team):
    return html.unescape((team.runner.artifacts / "gate" / "gate.html").read_text())


def test_a_good_release_passes(team, first):
    commit, steps = first
    image, update = steps["image"].outputs, steps["update"].outputs
    assert (image["skipped"], image["commit"], image["immutable_tag"]) == ("false", commit, commit[:7])
    assert image["digest"] == team.in_registry(commit[:7]) == team.in_registry("latest")
    assert (update["changed"], update["new"], update["superseded"]) == ("true", commit[:7], "false")
    assert steps["rules"].outputs["loaded"] == "true"
    assert steps["gate"].outputs["verdict"] == "holds"
    assert skipped(steps) == {"back", "Take the rules back"}
    assert "holds" in report_of(team)
    assert team.published_rules() == (team.service / RULES).read_text()
    inventory, provenance = attached(image["image"], f"{USER}:{PASSWORD}")
    assert any(component.get("purl", "").startswith(DJANGO) for component in inventory["components"])
    assert json.loads((team.runner.artifacts / "sbom" / "sbom.cdx.json").read_text()) == inventory
    definition, run = provenance["predicate"]["buildDefinition"], provenance["predicate"]["runDetails"]
    assert definition["resolvedDependencies"][0]["digest"] == {"gitCommit": commit}
    assert "annotations" not in definition["resolvedDependencies"][0], "the checkout was as it is in the commit"
    assert run["builder"]["id"] == "https://github.com/team/myapp/.github/workflows/release.yml@refs/heads/main" and "/actions/runs/1001/" in run["metadata"]["invocationId"]
    for name in ("image", "rules", "update", "gate"):
        assert steps[name].summary.startswith("#"), name
        assert errors(steps[name]) == []
        assert len(steps[name].log.groups) == (4 if name == "image" else 0)
    # The retention of the tests' Prometheus is shorter than the rules look back: said at the line.
    line = next(number for number, text in enumerate((team.service / RULES).read_text().splitlines(), 1) if "[28d]" in text)
    assert (RULES, line) in {(note.file, note.line) for note in steps["rules"].annotations if note.level == "warning"}


def test_a_commit_that_changes_no_image_content(team, first):
    """A scan may refuse it all the same. Else it is the same image under a new tag; the gate waits for the commit that is inside. With too few
    requests nobody can tell: the job fails, and the release stays. Then the same run again; then a late run of the first commit, which
    must not bring its rules back."""
    digest, inside = first[1]["image"].outputs["digest"], first[0]
    team.change(RULES, "    rules:\n", "    rules:\n" + MORE_RULES)
    commit = team.commit("monitoring: count all requests")
    before = team.state()

    run, steps = team.run(SCAN='echo "a hole in $IMAGE_NAME"; exit 7')
    assert (steps["image"].code, run.conclusion) == (1, "failure")
    assert f"a hole in {team.variables['IMAGE']}:{commit[:7]}" in steps["image"].log.text and "exit code 7" in errors(steps["image"])[0]
    assert {"Keep the list of software", "rules", "update", "gate", "back", "Take the rules back"} <= skipped(steps)
    assert team.in_registry(commit[:7]) is None and team.state() == before

    run, steps = team.run(OBJECTIVE="99.9", WATCH="2s")
    image = steps["image"].outputs
    assert (image["skipped"], image["digest"], image["commit"], image["immutable_tag"]) == ("true", digest, inside, commit[:7])
    assert (steps["gate"].outputs["verdict"], steps["gate"].code, run.conclusion) == ("inconclusive", 4, "failure")
    assert len(errors(steps["gate"])) == 1
    assert skipped(steps) == {"back", "Take the rules back"}

    run, steps = team.run()
    assert run.conclusion == "success"
    assert (steps["gate"].outputs["verdict"], steps["update"].outputs["changed"]) == ("holds", "false")
    assert team.state() == (commit[:7], (team.service / RULES).read_text(), {inside})
    assert team.in_registry(commit[:7]) == digest

    late = team.folder / "late"
    git(team.folder, "clone", "--quiet", team.service, late)
    git(late, "reset", "--quiet", "--hard", inside)
    run, steps = team.run(repository=late)
    assert run.conclusion == "success"
    assert steps["update"].outputs["superseded"] == "true"
    assert skipped(steps) == {"gate", "Keep the report", "back"}
    assert team.state() == (commit[:7], (team.service / RULES).read_text(), {inside})


def test_rules_do_not_stay_when_the_tag_cannot_be_set(team, first):
    before = team.state()
    team.change(RULES, "severity: critical", "severity: page")
    team.commit("monitoring: another severity")
    team.runner.secrets["GITOPS_TOKEN"] = "not-the-token"
    run, steps = team.run()
    team.runner.secrets["GITOPS_TOKEN"] = PASSWORD
    git(team.service, "revert", "--no-edit", "HEAD")

    assert (run.conclusion, steps["rules"].outputs["groups_changed"], steps["update"].code) == ("failure", "1", 3)
    assert "the server refuses the credentials" in errors(steps["update"])[0]
    assert skipped(steps) == {"gate", "Keep the report", "back"}
    assert team.state() == before


def test_a_bad_release_is_taken_back_with_its_rules(team, first):
    before = team.state()
    team.change("Containerfile", "ARG ERROR_SHARE=0\n", "ARG ERROR_SHARE=0.2\n")
    team.change(RULES, "team: backend", "team: frontend")
    commit = team.commit("myapp: process data in a new way")
    with Receiver() as chat:
        team.runner.secrets["ON_FAIL"] = chat.url
        run, steps = team.run()
        del team.runner.secrets["ON_FAIL"]
    git(team.service, "revert", "--no-edit", "HEAD")

    assert run.conclusion == "failure"
    assert (steps["rules"].outputs["groups_changed"], steps["rules"].outputs["groups_unchanged"]) == ("1", "1")
    assert steps["update"].outputs["new"] == commit[:7]
    assert (steps["gate"].outputs["verdict"], steps["gate"].code) == ("violated", 1)
    assert "the objective allows" in errors(steps["gate"])[0]
    [(_, told)] = chat.posts
    assert json.loads(told)["reason"] == steps["gate"].outputs["reason"] and json.loads(told)["ci"]["project"] == "team/myapp"
    assert "violated" in report_of(team) and steps["gate"].outputs["reason"] in report_of(team)
    assert (steps["back"].outcome, steps["Take the rules back"].outcome) == ("success", "success")
    assert team.delivery.history()[0] == f"Take back {commit[:7]}: it violates its objective"
    wait_for(lambda: team.delivery.serving() == before[2], "the old version", 60)
    assert team.state() == before
