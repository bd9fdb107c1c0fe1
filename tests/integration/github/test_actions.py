"""Each step as the GitHub action that it is, run as GitHub's runner runs it: inputs, outputs, summary, annotations, cancelling."""

import hashlib
import os
import pathlib
import signal
import subprocess
import textwrap

import pytest

from counting_service import CountingService
from github_expressions import Optional, Refused
from github_runner import Runner
from images import Client, add_programs, git, make_source
from nomad_cluster import NomadCluster
from servers import wait_for
from steps import BIN, ROOT, environment

SECRET = "sesame-open-everything"
WORKFLOW = """\
name: test
on: [push]
env:
  FROM_THE_WORKFLOW: hello
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
"""
JOB = """\
job "web" {
  type = "service"
  group "web" {
    task "web" {
      driver = "docker"
      config {
        image = "${IMAGE}"
        args  = ["${GREETING}"]
      }
    }
  }
}
"""
BROKEN = "groups:\n- name: g\n  rules:\n  - record: a:b\n    expr: sum(rate(x[5m])\n"


class Repository:
    """A repository on GitHub, whose workflows use the actions of this checkout."""

    def __init__(self, folder, image):
        self.folder, self.image = folder, image
        self.source = make_source(folder / "source")
        self.runner = Runner(folder / "runner", image, self.source)

    def commit(self, **files):
        for name, text in files.items():
            path = self.source / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git(self.source, "add", "--all")
        git(self.source, "commit", "--quiet", "--allow-empty", "--message", "More")

    def run(self, steps, cancel_at=None, secrets=None, **variables):
        """Runs these steps after a checkout; returns the run's end and the steps."""
        workflow = self.folder / "workflow.yml"
        workflow.write_text(WORKFLOW + textwrap.indent(textwrap.dedent(steps), "      "))
        self.runner.variables, self.runner.secrets = Optional(variables), Optional(secrets or {})
        run = self.runner.run(workflow, cancel_at)
        print(run.text)  # shown when the test fails
        return run, run.jobs["test"].steps


@pytest.fixture
def repository(slipway_image, tmp_path):
    return Repository(tmp_path, slipway_image)


def errors(step):
    return [note for note in step.annotations if note.level == "error"]


def test_container_actions(repository):
    """Lists of several lines, truth values, hyphens, empty inputs, and what an empty one must not hide."""
    repository.commit(web=JOB, broken=BROKEN, values="image:\n  tag: old # ours\nreplicas: 1\n", **{
        "rules__a.yml": BROKEN.replace("[5m])", "[5m]))"), "rules__b.yml": "groups: []\n",
        "slipway.yaml": "push-rules: {check: true, rules: rules/a.yml}\n"})
    with NomadCluster() as nomad:
        run, steps = repository.run("""\
            - id: rendered
              uses: slipway/slipway/steps/render-jobspec@v1
              with:
                template: web
                format: hcl
                set: |
                  IMAGE=registry.example.com/team/web@sha256:${{ vars.DIGEST }}
                  GREETING=a=b "c" ${{ env.FROM_THE_WORKFLOW }}
                output: web.hcl
            - id: checked
              uses: slipway/slipway/steps/push-rules@v1
              with: {check: true, rules: "rules/a.yml\\n\\nrules/b.yml\\n", severity: "missing-summary=off\\nshort-range=error\\n", prometheus-url: ''}
              continue-on-error: true
            - id: from-file
              uses: slipway/slipway/steps/push-rules@v1
              with: {check: '', rules: '', quiet: 'false'}
            - id: broken
              uses: slipway/slipway/steps/push-rules@v1
              with: {check: true, rules: '${{ github.workspace }}/broken'}
              continue-on-error: true
            - id: edited
              uses: slipway/slipway/steps/update-gitops-values@v1
              with: {dir: ., file: values, set: image.tag=new, set-json: replicas=3}
            - id: planned
              uses: slipway/slipway/steps/wait-for-slo@v1
              with:
                prometheus-url: http://127.0.0.1:9
                good: requests_total{status_code!~"5.."}
                total: requests_total
                objective: 99.9
                dry-run: true
            - id: deployed
              uses: slipway/slipway/steps/run-job@v1
              with: {job: web.hcl, gate-argv: "sh\\n-c\\ntest 'a b' = 'a b'"}
              env: {NOMAD_ADDR: '${{ vars.NOMAD }}', NOMAD_TOKEN: '${{ secrets.NOMAD_TOKEN }}'}
            - id: refused
              uses: slipway/slipway/steps/wait-for-slo@v1
              with: {watch: ten minutes, quiet: true}
              if: always()
            """, DIGEST="1" * 64, NOMAD=nomad.url, secrets={"NOMAD_TOKEN": SECRET})
        assert nomad.job("web")["TaskGroups"][0]["Tasks"][0]["Config"]["args"] == ['a=b "c" hello']
    rendered = (repository.runner.work / "web.hcl").read_text()
    assert 'args  = ["a=b \\"c\\" hello"]' in rendered
    assert steps["rendered"].outputs == {"path": "web.hcl", "sha256": hashlib.sha256(rendered.encode()).hexdigest(), "names": "GREETING,IMAGE"}
    assert (steps["checked"].outcome, "no groups" in steps["checked"].log.text) == ("failure", True)
    assert {note.file for note in errors(steps["checked"])} == {"rules/b.yml"}
    assert (steps["from-file"].outcome, steps["from-file"].outputs["rules"]) == ("success", "1")
    assert [(note.file, note.line, note.title) for note in errors(steps["broken"])] == [("broken", 5, "push-rules")]
    assert (steps["broken"].outputs["ok"], steps["broken"].code) == ("false", 1)
    assert steps["broken"].summary
    assert [steps["edited"].outputs[name] for name in ("changed", "old", "new")] == ["true", "old", "new"]
    assert (repository.runner.work / "values").read_text() == "image:\n  tag: new # ours\nreplicas: 3\n"
    assert 'option good = requests_total{status_code!~"5.."} (INPUT_GOOD)' in steps["planned"].log.text
    assert (steps["deployed"].outcome, steps["deployed"].outputs["status"]) == ("success", "successful")
    assert steps["deployed"].log.masks == [SECRET]
    assert (steps["refused"].code, run.conclusion) == (2, "failure")
    assert any("INPUT_WATCH" in note.message for note in errors(steps["refused"]))


def test_an_input_that_no_action_has(repository):
    with pytest.raises(Refused, match="has rulez"):
        repository.run("- uses: slipway/slipway/steps/push-rules@v1\n  with: {rulez: x}\n")


def test_build_image_gets_what_its_inputs_name(repository, start_registry):
    """Variables by name, files by path, secrets nowhere on a command line; what the registry has is found again."""
    registry = start_registry(credentials={"ci": SECRET})
    add_programs(repository.source, "sh", "cat")
    repository.commit(Containerfile="FROM scratch\nARG GREETING\nARG COMMIT\nCOPY root /\n"
                                    "RUN --mount=type=secret,id=token [ \"$(cat /run/secrets/token)\" = sesame-within ]\nLABEL greeting=$GREETING commit=$COMMIT\n")
    steps = """\
        - id: image
          uses: slipway/slipway/steps/build-image@v1
          with:
            image: ${{ vars.IMAGE }}
            tags: |
              type=sha,prefix=,format=short
              type=raw,value=edge
            build-arg: |
              GREETING
              COMMIT=${{ github.sha }}
            skip-key-ignore: COMMIT
            secret: id=token,env=API_TOKEN
            registry-user: ci
            registry-password-file: ${{ runner.temp }}/password
            metadata-file: build.json
          env: {GREETING: two words, API_TOKEN: sesame-within, SLIPWAY_ALLOW_INSECURE: 'true', UNRELATED: stays-out}
        """
    password = "- run: printenv PASSWORD >\"$RUNNER_TEMP/password\"\n  env: {PASSWORD: '${{ secrets.PASSWORD }}'}\n"
    image = f"{registry.host}/team/app"
    run, done = repository.run(password + textwrap.dedent(steps), IMAGE=image, secrets={"PASSWORD": SECRET})
    assert run.conclusion == "success"
    outputs, head = done["image"].outputs, git(repository.source, "rev-parse", "HEAD")
    assert outputs["tags"].split() == [f"{image}:edge", f"{image}:{head[:7]}"]
    assert (outputs["image"], outputs["commit"], outputs["skipped"]) == (f"{image}@{outputs['digest']}", head, "false")
    labels = Client(registry, f"ci:{SECRET}").config("team/app", head[:7])["config"]["Labels"]
    assert (labels["greeting"], labels["commit"]) == ("two words", head)
    assert (repository.runner.work / "build.json").is_file()
    assert done["image"].log.groups[0] == f"building {image}"
    command = repository.runner.docker_commands()
    assert "--env INPUT_BUILD-ARG " in command and "--env API_TOKEN " in command and "UNRELATED" not in command
    assert SECRET not in command and "sesame-within" not in command

    repository.commit(README="nothing that is in the image\n", **{".dockerignore": "README\n.git\n"})
    # Credentials of docker/login-action.
    login = """\
        - run: |
            mkdir -p "$HOME/.docker"
            echo "{\\"auths\\": {\\"$REGISTRY\\": {\\"auth\\": \\"$(printf 'ci:%s' "$PASSWORD" | base64)\\"}}}" >"$HOME/.docker/config.json"
          env: {PASSWORD: '${{ secrets.PASSWORD }}', REGISTRY: '${{ vars.REGISTRY }}'}
        """
    without = "\n".join(line for line in textwrap.dedent(steps).splitlines() if "registry-" not in line) + "\n"
    run, done = repository.run(textwrap.dedent(login) + without, IMAGE=image, REGISTRY=registry.host, secrets={"PASSWORD": SECRET})
    assert run.conclusion == "success"


def test_a_pull_request_is_told_all_mistakes_at_once(repository):
    """ci-examples/github/check.yml: a rule that is wrong is annotated at its line, and the image is built all the same."""
    repository.commit(**{"monitoring__rules__app.yml": BROKEN})
    runner = Runner(repository.folder / "runner", repository.image, repository.source, event="pull_request")
    run = runner.run(ROOT / "ci-examples" / "github" / "check.yml")
    rules, image = (run.jobs["check"].steps[name] for name in ("Check the rules", "Build the image"))
    assert [(note.file, note.line) for note in errors(rules)] == [("monitoring/rules/app.yml", 5)]
    assert (image.outcome, image.outputs["digest"], run.conclusion) == ("success", "", "failure"), run.text
    assert image.outputs["tags"].endswith(":pr-17")


def test_cancelling_a_container_action(repository, start_prometheus):
    """The step is the container's first process, which the kernel protects from signals that it does not handle."""
    with CountingService() as service:
        prometheus = start_prometheus(targets=[service.address])
        run, steps = repository.run("""\
            - id: gate
              uses: slipway/slipway/steps/wait-for-slo@v1
              with: {prometheus-url: '${{ vars.PROMETHEUS }}', objective: 99, good: good_total, total: all_total, start-when: 'never{version="2"}'}
            - id: after
              if: failure()
              run: exit 1
            - id: last
              if: cancelled()
              run: echo "the gate was ${{ steps.gate.outcome }}, its verdict '${{ steps.gate.outputs.verdict }}'"
            """, cancel_at="waiting for the new version", PROMETHEUS=prometheus.url)
    assert (run.conclusion, steps["gate"].code) == ("cancelled", 130)
    assert (steps["after"].outcome, steps["last"].log.lines) == ("skipped", ["the gate was cancelled, its verdict ''"])
    assert repository.runner.left()[0] == []


def test_cancelling_a_build(repository):
    """SIGINT reaches build-image through bash, Docker's client and the container: all has ended before the runner would kill it."""
    def sleeping():
        found = 0
        for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                found += file.read_bytes() == b"sleep\x0086420\0"
            except OSError:
                continue  # it has just ended
        return found

    add_programs(repository.source, "sh", "sleep")
    repository.commit(Containerfile="FROM scratch\nCOPY root /\nRUN sleep 86420\n")
    volumes = repository.runner.left()[1]
    run, steps = repository.run("- id: image\n  uses: slipway/slipway/steps/build-image@v1\n  with: {no-push: true, image: registry.example.com/app}\n",
                                cancel_at=r"STEP \d/\d+: RUN sleep")
    assert (run.conclusion, steps["image"].code) == ("cancelled", 130)
    assert "cancelled: what was started is ended, temporary files are removed" in steps["image"].log.text
    assert (repository.runner.left(), sleeping()) == ([[], volumes], 0)
    assert subprocess.run(["git", "-C", repository.runner.work, "-c", "safe.directory=*", "status", "--short"], capture_output=True, text=True).stdout == ""


ACTION = ROOT / "steps" / "build-image" / "action.sh"


def test_build_image_in_a_job_container_runs_there(tmp_path):
    """No container in a container: `docker` here would be found after it."""
    source = make_source(tmp_path / "source")
    done = subprocess.run(["bash", ACTION], cwd=source, capture_output=True, text=True,
                          env=environment(PATH=f"{BIN}:{os.environ['PATH']}", **{"INPUT_DRY-RUN": "true", "INPUT_IMAGE": "registry.example.com/app", "INPUT_NO-PUSH": "true"}))
    assert done.returncode == 0, done.stderr
    assert "option dry-run = true (INPUT_DRY-RUN)" in done.stderr


def test_build_image_in_an_image_with_a_scanner(tmp_path):
    """Its variables, cosign's and the job's identity are inside; and no value is on the command line."""
    (tmp_path / "docker").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (tmp_path / "docker").chmod(0o755)
    inside = {"TRIVY_SEVERITY": "CRITICAL", "COSIGN_PASSWORD": SECRET, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": SECRET}
    given = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": "/", "GITHUB_WORKSPACE": str(tmp_path), "RUNNER_TEMP": str(tmp_path), "ACTIONS_RUNTIME_TOKEN": SECRET, **inside}
    for image in ("registry.example.com/team/slipway-trivy:1", ""):
        done = subprocess.run(["bash", ACTION], capture_output=True, text=True, check=True, env={**given, "SLIPWAY_IMAGE": image})
        words = done.stdout.splitlines()
        assert words[-1] == (image or "ghcr.io/slipway/slipway:1")
        named = {word for option, word in zip(words, words[1:]) if option == "--env"}
        assert set(inside) <= named and "ACTIONS_RUNTIME_TOKEN" not in named and SECRET not in done.stdout


def test_build_image_without_an_engine(tmp_path):
    done = subprocess.run(["/bin/bash", ACTION], capture_output=True, text=True, env={"PATH": str(tmp_path), "HOME": "/"})
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout == "::error title=build-image::cannot run build-image: there is neither docker nor podman on this runner\n"


def test_a_signal_before_the_container_starts_is_not_lost(tmp_path):
    """GitHub's runner sends it to the script alone, and not to a program that the script waits for."""
    begun, started = tmp_path / "begun", tmp_path / "started"
    for name, text in (("printenv", f": >{begun}; sleep 1"), ("docker", f": >{started}")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    # Who runs the tests in the background has it ignored, which bash keeps.
    script = subprocess.Popen(["env", "--default-signal=INT", "bash", ACTION], stdin=subprocess.DEVNULL, start_new_session=True, env={
        "PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": "/", "GITHUB_WORKSPACE": str(tmp_path), "RUNNER_TEMP": str(tmp_path)})
    wait_for(begun.exists, "the script's first program")
    script.send_signal(signal.SIGINT)
    assert (script.wait(20), started.exists()) == (130, False)
