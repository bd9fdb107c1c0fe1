"""What Argo Rollouts, Tekton and Woodpecker make of their files: containers, run here by podman in an image of ours whatever the file calls it.

    machine = Machine(image, folder)                        # `folder` for what the containers share
    machine.run(command, env={"A": "b"}, mounts={folder: "/x"}) -> Finished
    analysis_job(template, metric, {"canary-hash": "abc"}, maps)    # command and variables of an AnalysisTemplate's job
    Tekton(machine, *files, secrets={"registry": {...}}).run_pipeline("release", params, workspace) -> {task: TaskRun}
    Woodpecker(machine, file, secrets={...}).run(workspace, env) -> {step: Finished}
"""

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
from dataclasses import dataclass, field

import yaml

from steps import Finished


def documents(path):
    return list(yaml.safe_load_all(pathlib.Path(path).read_text()))


class Machine:
    def __init__(self, image, folder, env=None):
        """`env`: variables of all containers."""
        self.image = image
        self.env = env or {}
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)

    def podman(self, command, env=None, mounts=None, cwd="/", options=()):
        """(words, environment) of podman. Values of variables are not among the words, as they may be secret, but for those that podman itself would read."""
        env = {**self.env, **(env or {})}
        own = {name: value for name, value in env.items() if name in ("HOME", "PATH", "REGISTRY_AUTH_FILE", "STORAGE_DRIVER", "TMPDIR")}
        words = ["podman", "run", "--rm", "--network=host", "--pull=never", f"--workdir={cwd}",
                 *[f"--volume={source}:{target}" for source, target in (mounts or {}).items()],
                 *[f"--env={name}={own[name]}" if name in own else f"--env={name}" for name in env], *options, self.image, *command]
        return words, {**os.environ, **{name: value for name, value in env.items() if name not in own}}

    def run(self, command, env=None, timeout=120, **how):
        words, environment = self.podman(command, env, **how)
        done = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        return Finished(done.returncode, done.stdout, done.stderr)


def security_options(context):
    """podman's words for a container's securityContext."""
    return [*([f"--user={context['runAsUser']}"] if "runAsUser" in context else []),
            *(["--read-only", "--read-only-tmpfs=false"] if context.get("readOnlyRootFilesystem") else []),
            *(["--security-opt=no-new-privileges"] if context.get("allowPrivilegeEscalation") is False else []),
            *[f"--cap-drop={name}" for name in context.get("capabilities", {}).get("drop", [])],
            *(["--security-opt=seccomp=unconfined"] if context.get("seccompProfile", {}).get("type") == "Unconfined" else [])]


# --- Argo Rollouts

def analysis_job(template, metric, arguments, maps=()):
    """(command, variables, podman's options) of the container that a metric's job runs; without a command it is the image's. `maps` are the ConfigMaps."""
    declared = template["spec"].get("args", [])
    assert {argument["name"] for argument in declared if "value" not in argument} == set(arguments)
    values = {argument["name"]: argument.get("value") for argument in declared} | arguments
    # The controller replaces in the metric's JSON, so that quotes in a value are escaped.
    text = re.sub(r"\{\{\s*args\.([\w-]+)\s*\}\}", lambda match: json.dumps(values[match[1]])[1:-1], json.dumps(metric))
    assert "{{" not in text
    pod = json.loads(text)["provider"]["job"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert container["image"] == "ghcr.io/slipway/slipway:1-slim"
    maps = {one["metadata"]["name"]: one["data"] for one in maps}
    variables = {name: value for source in container.get("envFrom", []) for name, value in maps[source["configMapRef"]["name"]].items()}
    variables |= {one["name"]: one["value"] for one in container.get("env", [])}
    return container.get("command", []), variables, security_options(container.get("securityContext", {}))


# --- Tekton

@dataclass
class TaskRun:
    succeeded: bool
    results: dict = field(default_factory=dict)
    log: str = ""


class Tekton:
    """Tasks one after the other, in the file's order, which must be one that Tekton could take."""

    def __init__(self, machine, *files, secrets):
        self._machine = machine
        objects = [one for file in files for one in documents(file)]
        self._tasks = {one["metadata"]["name"]: one["spec"] for one in objects if one["kind"] == "Task"}
        self._pipelines = {one["metadata"]["name"]: one["spec"] for one in objects if one["kind"] == "Pipeline"}
        self._secrets = secrets
        self.before = {}  # what a test does just before a task of that name

    def run_pipeline(self, name, params, workspace):
        """What became of each task; those that were skipped are left out."""
        pipeline = self._pipelines[name]
        assert {param["name"] for param in pipeline["params"] if "default" not in param} <= set(params)
        runs, stopped = {}, False
        for task in [*pipeline["tasks"], *pipeline.get("finally", [])]:
            values = {f"params.{key}": value for key, value in params.items()}
            values |= {f"tasks.{key}.results.{result}": value for key, run in runs.items() if run.succeeded for result, value in run.results.items()}
            is_final = task in pipeline.get("finally", [])
            needed = set(re.findall(r"\$\(tasks\.([\w-]+)\.results", json.dumps(task))) | set(task.get("runAfter", []))
            assert needed <= {one["name"] for one in pipeline["tasks"]}
            if (stopped and not is_final) or any(one not in runs or not runs[one].succeeded for one in needed):
                continue
            asked = [(_filled(one["input"], values), one["operator"], one["values"]) for one in task.get("when", [])]
            if not all((value in wanted) == (operator == "in") for value, operator, wanted in asked):
                continue
            given = {param["name"]: _filled(param["value"], values) for param in task.get("params", [])}
            self.before.get(task["name"], lambda: None)()
            runs[task["name"]] = self.run_task(task.get("taskSpec") or self._tasks[task["taskRef"]["name"]], given, workspace)
            stopped = stopped or not runs[task["name"]].succeeded
        return runs

    def run_task(self, task, params, workspace):
        task = self._tasks[task] if isinstance(task, str) else task
        declared = {param["name"]: param.get("default") for param in task.get("params", [])}
        assert set(params) <= set(declared), f"not declared: {set(params) - set(declared)}"
        missing = [name for name, default in declared.items() if default is None and name not in params]
        assert not missing, f"without a value: {missing}"
        values = {f"params.{name}": params.get(name, default) for name, default in declared.items()}
        values |= {f"workspaces.{one['name']}.path": f"/workspace/{one['name']}" for one in task.get("workspaces", [])}
        values |= {f"results.{one['name']}.path": f"/tekton/results/{one['name']}" for one in task.get("results", [])}
        pod = self._machine.folder / "pod"
        shutil.rmtree(pod, ignore_errors=True)
        (pod / "results").mkdir(parents=True)
        volumes = {volume["name"]: self._volume(pod, volume, values) for volume in task.get("volumes", [])}
        run = TaskRun(succeeded=True)
        for step in task["steps"]:
            done = self._run_step(step, values, workspace, pod, volumes)
            run.log += done.out + done.err
            run.succeeded = done.code == 0
            if not run.succeeded:
                break
        for result in task.get("results", []):
            if (pod / "results" / result["name"]).is_file():
                run.results[result["name"]] = (pod / "results" / result["name"]).read_text()
        assert sum(len(value.encode()) for value in run.results.values()) < 4096, "Tekton takes no more of a Task"
        return run

    def _run_step(self, step, values, workspace, pod, volumes):
        variables = {}
        for one in step.get("env", []):
            if "value" in one:
                variables[one["name"]] = _filled(one["value"], values)
            else:
                key = one["valueFrom"]["secretKeyRef"]
                variables[one["name"]] = self._secrets[_filled(key["name"], values)][key["key"]]
        mounts = {workspace: "/workspace/source", pod / "results": "/tekton/results"}
        mounts |= {volumes[one["name"]]: one["mountPath"] + (":ro" if one.get("readOnly") else "") for one in step.get("volumeMounts", [])}
        if "script" in step:
            (pod / "script").write_text("#!/bin/sh\nset -e\n" + _filled(step["script"], values))
            (pod / "script").chmod(0o755)
            mounts[pod / "script"] = "/tekton/scripts/script"
            command = ["/tekton/scripts/script"]
        else:
            command = [_filled(word, values) for word in [*step["command"], *step.get("args", [])]]
        return self._machine.run(command, variables, mounts=mounts, cwd=_filled(step.get("workingDir", "/"), values),
                                 options=security_options(step.get("securityContext", {})))

    def _volume(self, pod, volume, values):
        folder = pod / volume["name"]
        folder.mkdir()
        if "secret" in volume:
            name = _filled(volume["secret"]["secretName"], values)
            assert name in self._secrets or volume["secret"].get("optional")
            for key, value in self._secrets.get(name, {}).items():
                (folder / key).write_text(value)
        return folder


def _filled(text, values):
    filled = re.sub(r"\$\(([\w.-]+)\)", lambda match: values.get(match[1], match[0]), text)
    left = re.findall(r"\$\((?:params|tasks|results|workspaces)\.[^)]*\)", filled)
    assert not left, f"nothing is known of {left}"
    return filled


# --- Woodpecker

class Woodpecker:
    def __init__(self, machine, file, secrets, names=None):
        """`names` are written over the anchors in the file's `variables`, as somebody edits them."""
        text = pathlib.Path(file).read_text()
        for name, value in (names or {}).items():
            text, count = re.subn(rf"(?m)^(  - &{name} )\S+", lambda match: match[1] + value, text)
            assert count == 1, f"there is no &{name} to set"
        self._machine = machine
        self.file = yaml.safe_load(text)
        self._secrets = secrets
        self.before = {}

    def run(self, workspace, env):
        """Steps in their order; after one that failed only those for failures."""
        done, failed = {}, False
        for step in self.file["steps"]:
            states = [state for one in step.get("when", []) for state in ([one["status"]] if isinstance(one.get("status"), str) else one.get("status", []))]
            if ("failure" if failed else "success") not in (states or ["success"]):
                continue
            self.before.get(step["name"], lambda: None)()
            done[step["name"]] = self._run(step, workspace, env)
            failed = failed or done[step["name"]].code != 0
        return done

    def _run(self, step, workspace, env):
        variables = {**env, "CI_STEP_NAME": step["name"], **{name: self.value(one) for name, one in step.get("environment", {}).items()}}
        # Each command is shown and run by one shell that ends with the first that fails; the script comes in a variable.
        script = "".join(f"echo + {_quoted(command)}\n{command}\n" for command in step["commands"])
        variables["CI_SCRIPT"] = base64.b64encode(script.encode()).decode()
        assert "${" not in script, "Woodpecker would replace that before the shell sees it"
        return self._machine.run(["/bin/sh", "-c", 'echo "$CI_SCRIPT" | base64 -d | /bin/sh -e'], variables, mounts={workspace: "/woodpecker/src"},
                                 cwd="/woodpecker/src", options=["--privileged"] if step.get("privileged") else [])

    def settings(self, step):
        """Variables of a plugin: https://woodpecker-ci.org/docs/usage/plugins/creating-plugins"""
        return {"PLUGIN_" + re.sub(r"[.-]", "_", name).upper(): self.value(value) for name, value in step["settings"].items()}

    def value(self, value):
        if isinstance(value, dict) and set(value) == {"from_secret"}:
            return self._secrets[value["from_secret"]]
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, list) and not any(isinstance(one, (dict, list)) for one in value):
            return ",".join(self.value(one) for one in value)
        return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def _quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"
