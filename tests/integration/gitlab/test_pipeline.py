"""The GitLab example as people copy it, run by gitlab-ci-local in the image: what it releases, takes back, leaves alone, and reports.

The tests are one story, told in their order, of one service and the servers around it.
"""

import base64
import html
import json
import os
import pathlib
import re
import shutil
import tempfile
import time
import xml.etree.ElementTree

import pytest
import yaml

import gitlab_ci_local
from delivery import Delivery
from gitlab_ci_local import Project, Utilities
from gitops import git
from images import Client, attached
from servers import wait_for
from slipway_image import built, podman
from slipway_image import run as in_image
from steps import ROOT
from webhook_receiver import Receiver

pytestmark = pytest.mark.skipif(not gitlab_ci_local.is_installed(), reason="gitlab-ci-local is not installed")

EXAMPLES = ROOT / "ci-examples" / "gitlab"
USER, PASSWORD = "oauth2", "glpat-s3same-0pen-the-door"
RULES = "monitoring/rules/slo-myapp.yml"
FULL = os.environ.get("SLIPWAY_FULL") == "1"


class Scene:
    """A team's checkout of the service, and everything that its pipeline talks to."""

    def __init__(self, folder, delivery, image):
        self.delivery = delivery
        self.service = delivery.checkout(folder / "service")
        self.containers = folder / "containers"  # Buildah's storage: a volume of the runner, which keeps base images
        self.temporary = folder / "temporary"
        self.runs = []
        for made in (self.containers, self.temporary):
            made.mkdir()
        registries = folder / "registries.conf"
        registries.write_text(f'[[registry]]\nlocation = "{delivery.registry.host}"\ninsecure = true\n')
        self.settings = {"GITOPS_REPOSITORY": delivery.gitops_url, "PROMETHEUS_URL": delivery.prometheus.url, "BASE_IMAGE": delivery.base,
                         "OBJECTIVE": "95", "WATCH": "8s", "GITOPS_TOKEN": PASSWORD}
        machine = {"CI_REGISTRY": delivery.registry.host, "CI_REGISTRY_IMAGE": f"{delivery.registry.host}/demo/myapp", "CI_REGISTRY_USER": USER,
                   "CI_REGISTRY_PASSWORD": PASSWORD, "SLIPWAY_ALLOW_INSECURE": "true"}
        self.project = Project(self.service, image, {**self.settings, **machine}, name="slipway/slipway",
                               volumes=(f"{delivery.prometheus.rules}:/etc/prometheus/rules", f"{self.containers}:/var/lib/containers",
                                        f"{self.temporary}:/var/tmp", f"{registries}:/etc/containers/registries.conf.d/insecure.conf"))
        shutil.copy(EXAMPLES / ".gitlab-ci.yml", self.service)
        self.image = image

    def commit(self, message, **changes):
        """`changes` are texts to replace in files: path with / as __ -> (old, new)."""
        for path, (old, new) in changes.items():
            file = self.service / path
            text = file.read_text()
            assert old in text
            file.write_text(text.replace(old, new))
        return self.delivery.commit(self.service, message)

    def run(self, *arguments, **variables):
        return self.remembered(self.project.run(*arguments, **variables))

    def remembered(self, run):
        self.runs.append(run)
        print(run.text)
        return run

    def retry_rollback(self, tag):
        """The script of that job alone, with what the jobs before it have left, for a release of this tag that violates its objective."""
        example = yaml.safe_load((EXAMPLES / ".gitlab-ci.yml").read_text())
        variables = {**example["variables"], **self.settings, "SLIPWAY_UPDATE_GITOPS_VALUES_GIT_TOKEN": PASSWORD, "SLIPWAY_ALLOW_INSECURE": "true",
                     "verdict": "violated", "immutable_tag": tag, "CI_COMMIT_SHORT_SHA": tag}
        return in_image(self.image, "bash", "-e", "-o", "pipefail", "-c", "\n".join(example["rollback"]["script"]), check=False, options=[
            f"--volume={self.service}/.gitlab-ci-local/artifacts/release:/builds", f"--volume={self.delivery.prometheus.rules}:/etc/prometheus/rules",
            "--workdir=/builds", *(f"--env={name}={value}" for name, value in variables.items())])

    def jobs(self):
        """The containers that jobs of this pipeline have, running or not."""
        # One that is removed meanwhile, of somebody else, is no failure.
        mounts = {one: podman("inspect", "--format", "{{range .Mounts}}{{.Source}} {{end}}", one, check=False).stdout.split()
                  for one in podman("ps", "--all", "--quiet").stdout.split()}
        return [one for one, sources in mounts.items() if str(self.containers) in sources]

    def alerts(self):
        """The names of the alerts that Prometheus has loaded."""
        rules = yaml.safe_load((self.delivery.prometheus.rules / "slo-myapp.yml").read_text())
        return [rule["alert"] for group in rules["groups"] for rule in group["rules"] if "alert" in rule]


@pytest.fixture(scope="module")
def scene(slipway_image, tmp_path_factory):
    with tempfile.TemporaryDirectory(prefix="slipway-gitlab.", dir="/var/tmp") as name:
        folder = pathlib.Path(name)
        with Utilities(tmp_path_factory.mktemp("utilities")), Delivery(folder / "delivery", credentials=(USER, PASSWORD)) as delivery:
            yield Scene(folder, delivery, slipway_image)


def test_the_component_makes_the_first_release(scene):
    example = yaml.safe_load((EXAMPLES / "components.gitlab-ci.yml").read_text())
    include = example["include"][0]
    include["component"] = include["component"].replace("@1", "@$CI_COMMIT_SHA")
    include["inputs"].update({"gitops-repository": scene.delivery.gitops_url, "prometheus-url": scene.delivery.prometheus.url, "objective": "95",
                              "watch": "8s", "build-arg": [f"BASE={scene.delivery.base}"], "job-image": scene.image})
    (scene.service / "components.yml").write_text(yaml.safe_dump(example))
    shutil.copytree(ROOT / "templates", scene.service / "templates")
    scene.first = scene.delivery.commit(scene.service, "myapp: released by a component")
    run = scene.run("--file", "components.yml", SLIPWAY_UPDATE_GITOPS_VALUES_GIT_TOKEN=PASSWORD)

    assert run.status == {"check": "PASS", "build-image": "PASS", "release": "PASS", "wait-for-slo": "PASS"}
    outputs = run.dotenv("build-image", "image.env")
    assert (outputs["skipped"], outputs["commit"]) == ("false", scene.first)
    assert scene.delivery.tag() == outputs["immutable_tag"] == scene.first[:8]
    assert run.dotenv("wait-for-slo", "gate.env")["verdict"] == "holds"
    assert "holds" in run.artifact("wait-for-slo", "gate.html")
    assert scene.delivery.serving() == {scene.first}
    assert scene.alerts() == ["HighErrorBudgetBurn"]
    check_documents(run, outputs["image"], scene.first)


def check_documents(run, image, commit):
    """What is in the image, and from which commit, is attached to it; GitLab gets the same list."""
    inventory, provenance = attached(image, f"{USER}:{PASSWORD}")
    assert any(component.get("purl", "").startswith("pkg:deb/debian/python3-django@") for component in inventory["components"])
    assert json.loads(run.artifact("build-image", "sbom.cdx.json")) == inventory
    source = provenance["predicate"]["buildDefinition"]["resolvedDependencies"][0]
    assert (source["digest"], source.get("annotations")) == ({"gitCommit": commit}, None)


def test_components_of_single_steps_hand_over_what_they_found(scene):
    """A variable in an input is one of an earlier job's outputs."""
    component = "$CI_SERVER_FQDN/slipway/slipway/{}@$CI_COMMIT_SHA"
    inputs = {"job-image": scene.image, "job-rules": [{"when": "on_success"}], "prometheus-url": scene.delivery.prometheus.url}
    (scene.service / "steps.yml").write_text(yaml.safe_dump({"stages": ["build", "deploy"], "include": [
        {"component": component.format("push-rules"), "inputs": {**inputs, "stage": "build", "rules": ["monitoring/rules"], "check": True}},
        {"component": component.format("wait-for-slo"), "inputs": {**inputs, "prometheus-url": [inputs["prometheus-url"]], "total": "myapp_api_requests_total",
                                                                   "good": 'myapp_api_requests_total{status_code!~"5.."}', "objective": "95", "watch": "20s",
                                                                   "early-pass": True, "start-when": "count(myapp_build_info) < $push_rules_rules"}}]}))
    run = scene.run("--file", "steps.yml")
    assert run.status == {"push-rules": "PASS", "wait-for-slo": "PASS"}
    assert run.dotenv("push-rules", "push-rules.env")["push_rules_rules"] == "7"
    assert run.dotenv("wait-for-slo", "wait-for-slo.env")["wait_for_slo_verdict"] == "holds"
    assert run.artifact("wait-for-slo", "slipway/wait-for-slo/verdict") == "holds"
    assert "<testsuites>" in run.artifact("wait-for-slo", "slipway/wait-for-slo/junit.xml")
    assert "holds" in run.artifact("wait-for-slo", "slipway/wait-for-slo/report.html")


def test_a_commit_that_changed_no_image_content_is_released_and_not_waited_for_in_vain(scene):
    scene.digest = Client(scene.delivery.registry, f"{USER}:{PASSWORD}").digest("demo/myapp", scene.first[:8])
    scene.second = scene.commit("deploy: more memory", **{"deploy/myapp.nomad.hcl.tmpl": ("memory = 256", "memory = 512")})
    run = scene.run()

    assert run.status == {"check": "PASS", "build-image": "PASS", "release": "PASS", "wait-for-slo": "PASS"}
    outputs = run.dotenv("build-image", "image.env")
    assert (outputs["skipped"], outputs["digest"], outputs["commit"]) == ("true", scene.digest, scene.first)
    check_documents(run, outputs["image"], scene.first)
    assert scene.delivery.tag() == outputs["immutable_tag"] == scene.second[:8]
    gate = run.dotenv("wait-for-slo", "gate.env")
    assert gate["verdict"] == "holds" and int(gate["total"]) > 20


# Trivy, as far as the example calls it: it finds what the image calls itself.
TRIVY = """#!/bin/sh
[ "$*" = "image --exit-code 1 --severity HIGH,CRITICAL --input $IMAGE_LAYOUT" ] && [ -f "$IMAGE_LAYOUT/oci-layout" ] || exit 2
echo "a hole in $IMAGE_NAME"
exit 1
"""


def test_a_scan_that_says_no_stops_the_release(scene, tmp_path):
    """With the image of ci-examples/scan, and the command of its README."""
    scene.bad = scene.commit("myapp: process data in a new way", **{"Containerfile": ("ERROR_SHARE=0\n", "ERROR_SHARE=0.2\n"),
                                                                    RULES: ("alert: HighErrorBudgetBurn", "alert: BudgetBurnsFast")})
    before = scene.delivery.values()
    trivy = tmp_path / "trivy" / "usr" / "local" / "bin" / "trivy"
    trivy.parent.mkdir(parents=True)
    trivy.write_text(TRIVY)
    trivy.chmod(0o755)
    [command] = re.findall(r"`SLIPWAY_BUILD_IMAGE_SCAN: (.*?)`", (EXAMPLES.parent / "scan" / "README.md").read_text())
    with built(EXAMPLES.parent / "scan" / "Containerfile", tmp_path, {
            "ghcr.io/slipway/slipway:1": f"container-image://{scene.image}", "docker.io/aquasec/trivy:0.74.0": tmp_path / "trivy"}) as image:
        run = scene.run(SLIPWAY_IMAGE=image, SLIPWAY_BUILD_IMAGE_SCAN=command)

    assert run.status == {"check": "PASS", "build-image": "FAIL"} and run.code != 0
    name = f"{scene.delivery.registry.host}/demo/myapp:{scene.bad[:8]}"
    assert f"a hole in {name}" in run.log("build-image") and f"the scan refuses {name}" in run.log("build-image")
    assert Client(scene.delivery.registry, f"{USER}:{PASSWORD}").digest("demo/myapp", scene.bad[:8]) is None
    assert scene.delivery.values() == before and scene.alerts() == ["HighErrorBudgetBurn"]


def test_a_bad_release_is_taken_back_with_its_rules_though_the_controller_is_late(scene):
    """While the old version serves on, the gate says nothing: it would pass."""
    before = scene.delivery.tag()
    bad = scene.bad
    scene.delivery.pause("reconciler")
    log = scene.service / ".gitlab-ci-local" / "output" / "wait-for-slo.log"
    log.unlink()
    with Receiver() as chat:
        process = scene.project.start(SLIPWAY_WAIT_FOR_SLO_ON_FAIL=chat.url)
        try:
            wait_for(lambda: process.poll() is not None or log.exists() and "waiting for the new version" in log.read_text(), "the gate", 200)
            time.sleep(120 if FULL else 12)  # longer than the watch
            assert process.poll() is None and scene.delivery.tag() == bad[:8] and scene.alerts() == ["BudgetBurnsFast"]
        finally:
            scene.delivery.resume("reconciler")
            run = scene.remembered(scene.project.finish(process))

    assert run.status == {"check": "PASS", "build-image": "PASS", "release": "PASS", "wait-for-slo": "FAIL", "rollback": "PASS"}
    assert "the new version serves" in run.log("wait-for-slo")
    gate = run.dotenv("wait-for-slo", "gate.env")
    assert [json.loads(told)["verdict"] for _, told in chat.posts] == ["violated"]
    assert gate["verdict"] == "violated" and gate["reason"] in html.unescape(run.artifact("wait-for-slo", "gate.html"))
    assert scene.delivery.tag() == before != bad[:8]
    assert scene.alerts() == ["HighErrorBudgetBurn"]
    scene.delivery.wait_until_serving(scene.first)
    assert f"Take back {bad[:8]} - it violates its objective" in scene.delivery.history()[0]

    # As if Prometheus had been away for the second half: the tag is the old one already, and the rules follow.
    history, published = scene.delivery.history(), scene.delivery.prometheus.rules / "slo-myapp.yml"
    published.write_text(published.read_text().replace("HighErrorBudgetBurn", "BudgetBurnsFast"))
    again = scene.retry_rollback(bad[:8])
    assert again.returncode == 0, again.stderr
    assert scene.alerts() == ["HighErrorBudgetBurn"] and scene.delivery.history() == history


def test_an_inconclusive_release_stays_and_is_a_warning(scene):
    scene.fixed = scene.commit("myapp: process data as before", **{"Containerfile": ("ERROR_SHARE=0.2", "ERROR_SHARE=0.0"),
                                                                   RULES: ("alert: BudgetBurnsFast", "alert: BudgetBurns")})
    scene.delivery.pause("traffic")
    run = scene.run(WATCH="3s")

    assert run.status == {"check": "PASS", "build-image": "PASS", "release": "PASS", "wait-for-slo": "WARN"}
    assert run.code == 0
    gate = run.dotenv("wait-for-slo", "gate.env")
    assert (gate["verdict"], gate["total"]) == ("inconclusive", "0")
    assert scene.delivery.serving() == {scene.fixed}
    assert scene.delivery.tag() == scene.fixed[:8] and scene.alerts() == ["BudgetBurns"]
    check_reports(run)

    # A job of another release that is retried now: this one stays, with its rules.
    refused = scene.retry_rollback("another1")
    assert refused.returncode == 1, refused.stderr
    assert scene.delivery.tag() == scene.fixed[:8] and scene.alerts() == ["BudgetBurns"]


def check_reports(run):
    """The rules for reports that GitLab states; it shows nothing of a report that breaks one."""
    for finding in json.loads(run.artifact("check", "rules.json")):
        assert finding["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert finding["description"] and finding["check_name"] and finding["fingerprint"]
        assert finding["location"]["path"] == RULES and finding["location"]["lines"]["begin"] > 0
    for job, path in (("check", "rules.xml"), ("wait-for-slo", "gate.xml")):
        suites = xml.etree.ElementTree.fromstring(run.artifact(job, path))
        assert suites.tag == "testsuites" and all(suite.tag == "testsuite" for suite in suites)
        cases = suites.findall("testsuite/testcase")
        assert cases and all(case.get("name") and case.get("classname") for case in cases)


def test_a_gate_that_could_not_tell_fails_the_pipeline_and_takes_nothing_back(scene):
    before = scene.delivery.values()
    run = scene.run("wait-for-slo", "rollback", PROMETHEUS_URL="http://127.0.0.1:9", SLIPWAY_WAIT_FOR_SLO_MAX_ERRORS="1")
    assert run.status == {"wait-for-slo": "FAIL", "rollback": "PASS"} and run.code != 0
    assert run.dotenv("wait-for-slo", "gate.env")["verdict"] == "error"
    assert "nothing is taken back: the verdict is error" in run.log("rollback")
    assert scene.delivery.values() == before and scene.alerts() == ["BudgetBurns"]


def test_a_pipeline_that_is_late_changes_nothing(scene):
    """Its rules were published already when it learns that a newer release is out: they give way again."""
    scene.delivery.resume("traffic")
    before = scene.delivery.values()
    git(scene.service, "reset", "--quiet", "--hard", scene.second)
    run = scene.run("build-image", "release", "wait-for-slo", "rollback", CI_PIPELINE_ID="1002")  # not that of the pipeline before
    git(scene.service, "reset", "--quiet", "--hard", scene.fixed)

    assert run.status == {"build-image": "PASS", "release": "PASS", "wait-for-slo": "PASS"}
    assert run.artifact("release", "update/superseded") == "true"
    assert "a newer release is out" in run.log("wait-for-slo")
    assert scene.delivery.values() == before and scene.alerts() == ["BudgetBurns"]


def test_a_cancelled_build_leaves_nothing_behind(scene):
    """GitLab's runner sends SIGTERM to the job's processes, the newest first."""
    scene.commit("myapp: a slow build", **{"Containerfile": ("EXPOSE 8000\n", "EXPOSE 8000\nRUN sleep 1000\n")})
    before = set(scene.temporary.iterdir())
    process = scene.project.start("build-image")
    log = scene.service / ".gitlab-ci-local" / "output" / "build-image.log"
    try:
        wait_for(lambda: process.poll() is not None or log.exists() and "RUN sleep 1000" in log.read_text(), "the build", 100)
        (container,) = scene.jobs()
        # But not to the shells, with whose end the container would end as well.
        podman("exec", container, "sh", "-c", 'for pid in $(ls /proc | grep "^[0-9]*$" | sort -rn); do '
                                              '[ $pid = $$ ] || [ "$(cat /proc/$pid/comm 2>/dev/null)" = bash ] || kill -TERM $pid 2>/dev/null; done', check=False)
    finally:
        run = scene.remembered(scene.project.finish(process, 60))

    assert run.status == {"build-image": "FAIL"} and "FAIL 143" in run.text
    assert scene.jobs() == []
    new = set(scene.temporary.iterdir()) - before
    assert {path.name for path in new} <= {"containers-user-0"}  # folders that any Buildah makes
    assert not any(path.is_file() for folder in new for path in folder.rglob("*"))
    assert in_image(scene.image, "buildah", "containers", "--quiet", options=[f"--volume={scene.containers}:/var/lib/containers"]).stdout == ""
    sleepers = [path.parent.name for path in pathlib.Path("/proc").glob("[0-9]*/cmdline") if path.read_bytes() == b"sleep\0" b"1000\0"]
    assert sleepers == []


def test_no_token_shows_anywhere(scene):
    texts = [run.text for run in scene.runs]
    for folder in (scene.service / ".gitlab-ci-local" / "output", scene.service / ".gitlab-ci-local" / "artifacts"):
        texts += [path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file()]
    texts.append(git(scene.delivery.folder / "git" / "gitops.git", "log", "-p", "main"))
    assert len(scene.runs) == 9 and all(run.text for run in scene.runs)
    for secret in (PASSWORD, gitlab_ci_local.TOKEN, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()):
        assert not any(secret in text for text in texts)
