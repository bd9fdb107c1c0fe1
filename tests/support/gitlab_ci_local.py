"""Pipelines of GitLab on this machine: gitlab-ci-local (installed by dev/oracles) with podman.

    project = Project(folder, image, variables={"WATCH": "10s"})     folder is a Git checkout with its .gitlab-ci.yml
    run = project.run()                                              the whole pipeline; run("build-image") single jobs of it
    run.status == {"check": "PASS", ...}; run.log("check"); run.artifact("check", "rules.xml")

What it does otherwise than GitLab: variables from --variable stand for those of a project's settings; reports are kept only when their
files are in artifacts:paths as well; artifacts of failed jobs only with when: always; resource_group and interruptible mean nothing.
"""

import os
import re
import shutil
import signal
import subprocess

from gitops import git
from images import add_programs
from oracles import FOLDER, has_npm
from steps import ROOT

MAIN = FOLDER / "node_modules" / "gitlab-ci-local" / "src" / "index.js"
COMMAND = ("node", "--import", ROOT / "tests" / "support" / "gitlab_ci_local.mjs", MAIN)
UTILITIES = "docker.io/firecow/gitlab-ci-local-util:latest"  # what copies files into and out of volumes
TOKEN = "glpat-t0ken-0f-the-pr0ject"


def is_installed():
    return has_npm("gitlab-ci-local") and all(shutil.which(program) for program in ("podman", "rsync"))


def has_image(name):
    return subprocess.run(["podman", "image", "exists", name]).returncode == 0


class Utilities:
    """The image that gitlab-ci-local copies files with, made of this machine's programs when it is not there, and removed again."""

    def __init__(self, folder):
        self._folder = folder
        self._is_ours = not has_image(UTILITIES)

    def __enter__(self):
        if self._is_ours:
            add_programs(self._folder, "bash", "sh", "chown", "chmod", "mkdir", "rsync")
            (self._folder / "Containerfile").write_text("FROM scratch\nCOPY root /\nENV PATH=/bin\n")
            subprocess.run(["podman", "build", "--quiet", "--tag", UTILITIES, self._folder], check=True, capture_output=True)
        return self

    def __exit__(self, *_):
        if self._is_ours:
            subprocess.run(["podman", "rmi", "--force", UTILITIES], capture_output=True)


class Run:
    """What became of one call."""

    def __init__(self, project, code, text):
        self._state = project.folder / ".gitlab-ci-local"
        self.code = code
        self.text = text
        self.status = {name: status for status, name in re.findall(r"^ (PASS|WARN|FAIL) +(\S+)(?: +pre_script)? *$", text, re.M)}

    def log(self, job):
        path = self._state / "output" / f"{job}.log"
        return path.read_text() if path.exists() else ""

    def artifact(self, job, path):
        return (self._state / "artifacts" / job / path).read_text()

    def dotenv(self, job, path):
        """Read as strictly as GitLab does, which drops a report with any line that is none of its own."""
        text = self.artifact(job, f".gitlab-ci-reports/dotenv/{path}")
        lines = text.splitlines()
        assert len(text.encode()) < 5 * 1024 and len(lines) <= 20
        assert all(re.fullmatch(r"[A-Za-z0-9_]+=.*", line) for line in lines), text
        return dict(line.split("=", 1) for line in lines)


class Project:
    """`volumes` are mounted into each job; `variables` are those of the project's settings."""

    def __init__(self, folder, image, variables, volumes=(), name="team/myapp"):
        self.folder = folder
        self._variables = {"GITLAB_CI": "true", "SLIPWAY_IMAGE": image, "CI_JOB_TOKEN": TOKEN, **variables}
        self._volumes = volumes
        git(folder, "remote", "add", "origin", f"https://gitlab.example.invalid/{name}.git")
        (folder / ".git" / "info" / "exclude").write_text(".gitlab-ci-local/\n")

    def command(self, *arguments, **variables):
        # The commit's own time, as on GitLab, says which of two releases is the newer one.
        merged = {**self._variables, "CI_COMMIT_TIMESTAMP": git(self.folder, "log", "-1", "--format=%cI"), **variables}
        return [*COMMAND, *arguments, "--container-executable", "podman", "--pull-policy", "if-not-present",
                "--network", "host", "--no-color", "--no-artifacts-to-source", "--home", str(self.folder.parent),
                *(f"--volume={volume}" for volume in self._volumes), *(f"--variable={name}={value}" for name, value in merged.items())]

    def start(self, *arguments, **variables):
        return subprocess.Popen(self.command(*arguments, **variables), cwd=self.folder, env=self._environment(), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def finish(self, process, seconds=300):
        try:
            text, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # removes its containers
            text, _ = process.communicate(timeout=30)
            raise AssertionError(f"the pipeline did not end within {seconds} s:\n{text[-4000:]}")
        return Run(self, process.returncode, text)

    def run(self, *arguments, **variables):
        return self.finish(self.start(*arguments, **variables))

    @staticmethod
    def _environment():
        """Nothing of the job that runs these tests."""
        return {name: value for name, value in os.environ.items() if not name.startswith(("CI", "GITLAB", "GITHUB", "SLIPWAY", "PROMETHEUS"))}
