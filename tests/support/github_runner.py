"""GitHub's runner as a workflow and its actions see it: runs the jobs of a workflow file one after the other, on this machine.

    runner = Runner(folder, image="localhost/slipway:dev", repository=checkout, variables={...}, secrets={...})
    run = runner.run(ROOT / "ci-examples/github/release.yml")
    run.conclusion, run.jobs["release"].steps["gate"].outputs["verdict"], .annotations, .summary, .log

What is like the real one, after its code (github.com/actions/runner, src/Runner.Worker) and docs.github.com:
- the GITHUB_ and RUNNER_ variables, the event file, and the files of outputs, variables and summary, read as it reads them (github_commands.py)
- container actions: Handlers/ContainerActionHandler.cs and Container/DockerCommandManager.cs: the workspace at /github/workspace, HOME at
  /github/home, files at /github/file_commands and /github/workflow, host paths at the beginning of a variable's value translated, values
  of variables never on the command line; podman is Docker's stand-in, in this machine's network
- inputs: Handlers/Handler.cs, AddInputsToEnvironment: INPUT_<NAME> with hyphens kept; an input that is not given arrives empty
- composite actions get no INPUT_ variables; `docker` in them is podman, which finds the published image under its local name
- scripts: `bash --noprofile --norc -e -o pipefail`, or `bash -e` where no shell is named (ScriptHandlerHelpers.cs)
- actions/upload-artifact keeps files, for the run that follows no longer; an error when there are none, of which the real one warns
- the workspace belongs to another user than the container's: uid 1001, as on hosted runners
- cancelling: SIGINT, 7.5 s, SIGTERM, 2.5 s, kill (Runner.Sdk/ProcessInvoker.cs), and then the steps whose `if` asks for cancelled() or always()

Keys of workflows and actions that are not known here are refused. So is what the runner would only warn of, or take silently.
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import threading
import uuid
from dataclasses import dataclass, field

import yaml

from github_commands import Log, Misread, parse_pairs, read_summary
from github_expressions import Optional, Refused, condition, interpolate
from steps import ROOT

PUBLISHED = "slipway/slipway"
IMAGE = f"ghcr.io/{PUBLISHED}:1"
RUNNER_USER = 1001
SIGINT_SECONDS, SIGTERM_SECONDS = 7.5, 2.5
# What podman itself would obey, when a variable of the step were in its environment: Docker's client does not know them.
PODMAN_OBEYS = re.compile(r"HOME|PATH|TMPDIR|XDG_.*|CONTAINERS?_.*|STORAGE_.*|REGISTRY_AUTH_FILE|REGISTRIES_.*|BUILDAH_.*")


@dataclass
class Step:
    """How one step went. `outcome` is success, failure, cancelled or skipped."""

    name: str
    outcome: str = "skipped"
    outputs: dict = field(default_factory=dict)
    declared: set = None  # outputs that the action names; any for scripts
    exported: dict = field(default_factory=dict)  # what it wrote to GITHUB_ENV
    summary: str = ""
    log: Log = field(default_factory=Log)
    code: int = None

    @property
    def annotations(self):
        return self.log.annotations

    def seen(self):
        """As expressions see it. An output that an action names and did not set is empty."""
        outputs = dict.fromkeys(self.declared or (), "") | self.outputs
        return {"outputs": outputs if self.declared is not None else Optional(outputs), "outcome": self.outcome}


@dataclass
class Job:
    conclusion: str = "success"
    steps: dict = field(default_factory=dict)  # by id, else by name


@dataclass
class Run:
    jobs: dict

    @property
    def conclusion(self):
        found = {job.conclusion for job in self.jobs.values()}
        return next(word for word in ("cancelled", "failure", "success") if word in found)

    @property
    def text(self):
        return "\n".join(step.log.text for job in self.jobs.values() for step in job.steps.values())


def only(mapping, known, what):
    unknown = {str(key) for key in mapping} - set(known)
    if unknown:
        raise Refused(f"{what} has {', '.join(sorted(unknown))}, which is not known here")


def load(path):
    """A YAML file, its values as texts: for YAML 1.1 `on:` would be a truth value."""
    return yaml.load(path.read_text(), yaml.BaseLoader)


class Runner:
    """`repository` is the Git checkout that actions/checkout copies. `event` is push or pull_request. `server` are the addresses of a GitHub
    Enterprise Server and of its API."""

    def __init__(self, folder, image, repository, variables=None, secrets=None, event="push", name="team/myapp", server=("https://github.com", "https://api.github.com")):
        self.folder = pathlib.Path(folder).resolve()
        self.image, self.repository, self.event, self.name = image, pathlib.Path(repository), event, name
        self.variables, self.secrets = Optional(variables or {}), Optional(secrets or {})
        self.server = server
        self.environment = {name: os.environ[name] for name in ("PATH", "LANG", "CONTAINERS_CONF") if name in os.environ}
        self.temporary, self.work, self.artifacts = self.folder / "_temp", self.folder / "myapp" / "myapp", self.folder / "artifacts"
        self._run_number, self._cancelled = 0, False

    # Workflows and jobs

    def run(self, path, cancel_at=None):
        """Runs a workflow, each time under a higher number. `cancel_at` is a regular expression: at the first line of a log that it matches
        somebody cancels the run."""
        workflow = load(pathlib.Path(path))
        only(workflow, ("name", "on", "permissions", "concurrency", "env", "jobs"), path.name)
        if self.event not in workflow["on"]:
            raise Refused(f"{path.name} does not run on {self.event}")
        self._run_number += 1
        self._cancelled, self._cancel_at = False, cancel_at
        github = self._github(workflow.get("name", path.name), pathlib.Path(path).name, self._git("rev-parse", "HEAD"))
        jobs = {}
        for name, job in workflow["jobs"].items():
            needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            # Jobs stand behind those that they need; GitHub runs them side by side otherwise.
            jobs[name] = self._job(name, job, workflow, github) if all(jobs[needed].conclusion == "success" for needed in needs) else Job("skipped")
        return Run(jobs)

    def _wanted(self, step, contexts, conclusion):
        """`conclusion` is that of the steps before it."""
        state = "cancelled" if self._cancelled else conclusion
        return condition(step.get("if", "success()"), contexts, lambda name: name in ("always", state))

    def _job(self, name, job, workflow, github):
        # Nobody else runs jobs of the concurrency group, and the environment lets all of them in.
        only(job, ("name", "runs-on", "permissions", "env", "steps", "timeout-minutes", "needs", "concurrency", "environment"), name)
        contexts = {"github": github, "vars": self.variables, "secrets": self.secrets, "runner": self._runner(), "steps": {}, "env": Optional()}
        self._clear()
        result = Job()
        base = {}
        for level in (workflow.get("env", {}), job.get("env", {})):
            base |= {key: interpolate(value, contexts) for key, value in level.items()}
            contexts["env"] = Optional(base)
        for number, step in enumerate(job["steps"]):
            only(step, ("id", "name", "if", "uses", "with", "run", "shell", "env", "working-directory", "continue-on-error", "timeout-minutes"), f"a step of {name}")
            done = Step(step.get("name") or step.get("uses") or f"step {number}", log=Log((str(self.work), "/github/workspace")))
            result.steps[step.get("id") or done.name] = done
            own = {**contexts, "env": Optional(base)}
            done.declared = self._declared(step["uses"]) if "uses" in step else None
            if self._wanted(step, own, result.conclusion):
                environment = base | {key: interpolate(value, own) for key, value in step.get("env", {}).items()}
                own["env"] = Optional(environment)
                self._step(step, environment, own, name, done)
                base |= done.exported
                if done.outcome != "success" and step.get("continue-on-error") != "true":
                    result.conclusion = "cancelled" if self._cancelled else done.outcome
            if "id" in step:
                contexts["steps"][step["id"]] = done.seen()
        return result

    # Steps

    def _declared(self, uses):
        action = self._action(uses)
        return set(action[1].get("outputs", {})) if action else set()

    def _action(self, uses):
        """(folder, content) of a step of ours; nothing for GitHub's own, which are known by their names."""
        if re.fullmatch(r"actions/(checkout|upload-artifact)@v\d+", uses):
            return None
        match = re.fullmatch(re.escape(PUBLISHED) + r"/(steps/[\w-]+)@v1", uses)
        if not match or not (ROOT / match[1] / "action.yml").is_file():
            raise Refused(f"there is no action {uses}")
        return ROOT / match[1], load(ROOT / match[1] / "action.yml")

    def _step(self, step, environment, contexts, job, done):
        if "run" in step:
            if "uses" in step or "with" in step:
                raise Refused(f"{done.name}: a step either runs or uses")
            self._script(step, environment, contexts, job, done, self.work)
        elif action := self._action(step["uses"]):
            inputs = self._inputs(action[1], step.get("with", {}), contexts)
            self._run_action(*action, inputs, environment, contexts, job, done)
        elif "upload-artifact" in step["uses"]:
            self._keep({name: interpolate(value, contexts) for name, value in step.get("with", {}).items()}, done)
        else:
            self._check_out(step.get("with", {}), done)

    def _inputs(self, action, given, contexts):
        declared = action.get("inputs", {})
        only(given, declared, f"'with' of {action['name']}")
        inputs = {name: interpolate(entry.get("default", ""), contexts) for name, entry in declared.items()}
        inputs |= {name: interpolate(value, contexts) for name, value in given.items()}
        missing = [name for name, entry in declared.items() if entry.get("required") == "true" and not inputs[name]]
        if missing:
            raise Refused(f"{action['name']} requires {', '.join(missing)}")
        return inputs

    def _run_action(self, folder, action, inputs, environment, contexts, job, done):
        runs = action["runs"]
        if runs["using"] == "docker":
            only(runs, ("using", "image", "entrypoint", "args", "env"), f"runs of {action['name']}")
            environment = environment | {"INPUT_" + name.replace(" ", "_").upper(): value for name, value in inputs.items()}
            own = {"inputs": inputs}
            environment = {key: interpolate(value, own) for key, value in runs.get("env", {}).items()} | environment
            self._container(runs, environment, [interpolate(word, own) for word in runs.get("args", [])], job, done)
        elif runs["using"] == "composite":
            self._composite(folder, action, inputs, environment, contexts, job, done)
        else:
            raise Refused(f"{action['name']} is neither a container nor a composite action")

    def _composite(self, folder, action, inputs, environment, contexts, job, done):
        own = {**contexts, "inputs": inputs, "steps": {}}
        del own["secrets"], own["vars"]  # actions see neither
        done.outcome = "success"
        for step in action["runs"]["steps"]:
            only(step, ("id", "name", "if", "run", "shell", "env", "working-directory"), f"a step of {action['name']}")
            if "shell" not in step:
                raise Refused(f"Required property is missing: shell, in {action['name']}")
            inner = Step(done.name, log=done.log)
            if self._wanted(step, own, done.outcome):
                variables = environment | {key: interpolate(value, own) for key, value in step.get("env", {}).items()}
                self._script(step, variables | {"GITHUB_ACTION_PATH": str(folder)}, own, job, inner, self.work)
                done.outcome = inner.outcome if inner.outcome != "success" else done.outcome
                done.code = inner.code
                done.exported |= inner.exported
                done.summary += inner.summary
            if "id" in step:
                own["steps"][step["id"]] = inner.seen()
        done.outputs = {name: interpolate(entry["value"], own) for name, entry in action.get("outputs", {}).items()}

    def _script(self, step, environment, contexts, job, done, folder):
        shells = {None: ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"]}
        if step.get("shell") not in shells:
            raise Refused(f"the shell {step['shell']} is not known here")
        script = self.temporary / f"{uuid.uuid4()}.sh"
        script.write_text(interpolate(step["run"], contexts))
        files = self._file_commands()
        variables = self.environment | self._variables(contexts["github"], job) | files | environment
        variables |= {"HOME": str(self.folder), "PATH": f"{self._docker()}:{self.environment['PATH']}"}
        where = folder / interpolate(step.get("working-directory", "."), contexts)
        self._execute([*shells[step.get("shell")], str(script)], variables, where, done)
        script.unlink()
        self._read_back(files, done)

    def _container(self, runs, environment, arguments, job, done):
        if runs["image"] != f"docker://{IMAGE}":
            raise Refused(f"the image {runs['image']} is not the published one")
        files = self._file_commands()
        github = self._github_cache
        variables = self._variables(github, job) | files | {"HOME": str(self.temporary / "_github_home")} | environment
        mounts = {self.temporary / "_github_home": "/github/home", self.temporary / "_github_workflow": "/github/workflow",
                  self.temporary / "_runner_file_commands": "/github/file_commands", self.work: "/github/workspace"}
        variables = {name: self._translated(value, mounts) for name, value in variables.items()}
        command = ["podman", "run", "--name", f"github-{uuid.uuid4().hex[:12]}", "--label", self._label, "--workdir", "/github/workspace",
                   "--rm", "--network", "host", "--pull", "never"]
        for name, value in variables.items():
            command += ["-e", f"{name}={value}" if PODMAN_OBEYS.fullmatch(name) else name]
        command += ["--entrypoint", runs["entrypoint"]]
        for host, inside in mounts.items():
            command += ["-v", f"{host}:{inside}"]
        kept = {name: value for name, value in variables.items() if not PODMAN_OBEYS.fullmatch(name)}
        self._execute([*command, self.image, *arguments], self.environment | kept, self.work, done)
        self._read_back(files, done)

    @staticmethod
    def _translated(value, mounts):
        """ContainerInfo.TranslateToContainerPath: a value that is a path of the host, or begins with one."""
        for host, inside in mounts.items():
            if value == str(host) or value.startswith(f"{host}/"):
                return inside + value[len(str(host)):]
        return value

    def _check_out(self, given, done):
        only(given, ("fetch-depth", "path", "persist-credentials", "ref"), "'with' of actions/checkout")
        if not {"path", "ref"}.isdisjoint(given):
            raise Refused("another place or commit of the checkout is not known here")
        depth = given.get("fetch-depth", "1")
        subprocess.run(["git", "clone", "--quiet", *(["--depth", depth] if depth != "0" else []), self.repository.as_uri(), str(self.work)], check=True,
                       capture_output=True)
        self._give_away(self.work)
        done.outcome = "success"

    def _keep(self, given, done):
        only(given, ("name", "path"), "'with' of actions/upload-artifact")
        folder = self.artifacts / given["name"]
        folder.mkdir(parents=True)
        for path in given["path"].splitlines():
            shutil.copy(self.work / path, folder)
        done.outcome = "success"

    # Processes

    def _execute(self, command, variables, folder, done):
        process = subprocess.Popen(command, env=variables, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        timers = []
        for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip("\n")
            done.log.add(line)
            if self._cancel_at and not self._cancelled and re.search(self._cancel_at, line):
                self._cancelled = True
                process.send_signal(signal.SIGINT)
                for seconds, number in ((SIGINT_SECONDS, signal.SIGTERM), (SIGINT_SECONDS + SIGTERM_SECONDS, signal.SIGKILL)):
                    timers.append(threading.Timer(seconds, process.send_signal, (number,)))
                    timers[-1].start()
        code = process.wait()
        for timer in timers:
            timer.cancel()
        done.code = code
        done.outcome = "cancelled" if self._cancelled else "success" if code == 0 else "failure"
        if not self._cancelled:
            done.log.end()
        shown = done.log.shown()
        for secret in [*self.secrets.values(), *done.log.masks]:
            if len(secret) >= 6 and secret in shown:
                raise Misread("a secret stands in the log of " + done.name)

    def _read_back(self, files, done):
        outputs, exported, path, summary = (pathlib.Path(files[name]).read_bytes() for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"))
        if path:
            raise Refused("GITHUB_PATH is not known here")
        done.outputs |= parse_pairs(outputs.decode())
        if done.declared is not None and set(done.outputs) - done.declared:
            raise Misread(f"outputs that action.yml does not name: {set(done.outputs) - done.declared}")
        done.exported |= parse_pairs(exported.decode())
        done.summary += read_summary(summary)
        for secret in self.secrets.values():
            if len(secret) >= 6 and any(secret in text for text in (outputs.decode(), summary.decode())):
                raise Misread("a secret stands in the outputs or the summary of " + done.name)

    # What the runner prepares

    def _clear(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("_github_home", "_github_workflow", "_runner_file_commands"):
            (self.temporary / name).mkdir(parents=True)
        self.work.mkdir(parents=True)
        (self.temporary / "_github_workflow" / "event.json").write_text(json.dumps(self._event_file()))
        self._give_away(self.folder)

    @staticmethod
    def _give_away(folder):
        subprocess.run(["chown", "-R", f"{RUNNER_USER}:{RUNNER_USER}", str(folder)], check=True)

    def _docker(self):
        """A folder for the PATH with Docker's client: podman, for which the published image has the local one's name."""
        folder = self.temporary / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "docker").write_text(f'#!/bin/bash\nprintf "%s\\n" "$*" >>"${{0%/*}}/commands"\npublished={IMAGE} here={self.image}\n'
                                       f'set -- "${{@/#$published/$here}}"\n[ "$1" != run ] || set -- run --label {shlex.quote(self._label)} "${{@:2}}"\n'
                                       'exec podman "${@/#--pull=always/--pull=never}"\n')
        (folder / "docker").chmod(0o755)
        return folder

    @property
    def _label(self):
        return f"github-runner={self.folder}"

    def left(self):
        """Containers of steps that still are there, and volumes that no container has."""
        return [subprocess.run(["podman", *command], capture_output=True, text=True, check=True).stdout.split() for command in (
            ("ps", "--all", "--quiet", "--filter", f"label={self._label}"), ("volume", "ls", "--quiet", "--filter", "dangling=true"))]

    def docker_commands(self):
        """What was on the command line of Docker's client in scripts, which everybody on the runner may read."""
        return (self._docker() / "commands").read_text()

    def _file_commands(self):
        files = {}
        for name, file in (("GITHUB_OUTPUT", "set_output"), ("GITHUB_ENV", "set_env"), ("GITHUB_PATH", "add_path"),
                           ("GITHUB_STATE", "save_state"), ("GITHUB_STEP_SUMMARY", "step_summary")):
            path = self.temporary / "_runner_file_commands" / f"{file}_{uuid.uuid4()}"
            path.touch()
            os.chown(path, RUNNER_USER, RUNNER_USER)
            files[name] = str(path)
        return files

    def _git(self, *arguments):
        return subprocess.run(["git", "-C", str(self.repository), *arguments], check=True, capture_output=True, text=True).stdout.strip()

    def _event_file(self):
        repository = {"full_name": self.name, "default_branch": "main", "description": "The sample service", "license": None}
        commit = {"id": self._git("rev-parse", "HEAD"), "timestamp": self._git("log", "-1", "--format=%cI")}
        if self.event == "pull_request":
            return {"number": 17, "repository": repository, "pull_request": {"number": 17, "head": {"sha": commit["id"], "ref": "topic"}, "base": {"ref": "main"}}}
        return {"ref": "refs/heads/main", "repository": repository, "head_commit": commit}

    def _github(self, workflow, file, commit):
        pull_request = self.event == "pull_request"
        ref = "refs/pull/17/merge" if pull_request else "refs/heads/main"
        self._github_cache = {
            "sha": commit, "ref": ref, "ref_name": "17/merge" if pull_request else "main",
            "ref_type": "branch", "head_ref": "topic" if pull_request else "", "base_ref": "main" if pull_request else "", "event_name": self.event,
            "repository": self.name, "repository_owner": self.name.split("/")[0], "actor": "somebody", "triggering_actor": "somebody",
            "workflow": workflow, "workflow_ref": f"{self.name}/.github/workflows/{file}@{ref}", "run_id": str(1000 + self._run_number), "run_number": str(self._run_number), "run_attempt": "1",
            "server_url": self.server[0], "api_url": self.server[1], "graphql_url": "https://api.github.com/graphql",
            "workspace": str(self.work), "token": "ghs_notARealTokenOfAnybody", "event": self._event_file()}
        return self._github_cache

    def _runner(self):
        return {"temp": str(self.temporary), "os": "Linux", "arch": "X64", "name": "runner", "environment": "github-hosted"}

    def _variables(self, github, job):
        variables = {f"GITHUB_{name.upper()}": value for name, value in github.items() if name not in ("token", "event")}
        variables |= {f"RUNNER_{name.upper()}": value for name, value in self._runner().items()}
        return variables | {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_JOB": job, "GITHUB_ACTION": "__run",
                            "GITHUB_EVENT_PATH": str(self.temporary / "_github_workflow" / "event.json")}
