"""A GitOps repository on a server, for the tests of update-gitops-values."""

import json
import os
import subprocess
import time

STEP = "update-gitops-values"
FILE = "apps/myapp/values.yaml"
VALUES = "image:\n  repository: registry/app   # ours\n  tag: old # changed by the pipeline\n\nreplicas: 2\n"
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.invalid",
    "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.invalid",
}


def git(folder, *arguments, input=None):
    """What git prints, without its last line break."""
    done = subprocess.run(["git", "-C", str(folder), "-c", "safe.directory=*", *map(str, arguments)],
                          env=ENVIRONMENT, input=input, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().removesuffix("\n")


def change_of(path, content):
    """What git fast-import reads for a file; None deletes it."""
    quoted = path.replace("\\", "\\\\").replace('"', '\\"').encode()
    if content is None:
        return b'D "%b"\n' % quoted
    mode, content = content if isinstance(content, tuple) else ("100644", content)
    content = content if isinstance(content, bytes) else content.encode()
    return b'M %b inline "%b"\ndata %d\n%b\n' % (mode.encode(), quoted, len(content), content)


def commit_of(branch, message, changes, parent=None, seconds=1700000000):
    return (f"commit refs/heads/{branch}\ncommitter Ada <ada@example.invalid> {seconds} +0000\n"
            f"data {len(message.encode())}\n{message}\n" + (f"from {parent}\n" if parent else "")).encode() + b"".join(
                change_of(path, content) for path, content in changes.items()) + b"\n"


def fill(bare, files, branch="main"):
    """A first commit; `files` are path -> content or (mode, content)."""
    git(bare, "fast-import", "--quiet", input=commit_of(branch, "first", files))


def gitlab(commit, time, pipeline):
    """Variables of a job of GitLab; as for `github`, the source's commit is what decides who is late."""
    return {"GITLAB_CI": "true", "CI_PROJECT_URL": "https://git.example/team/app", "CI_COMMIT_SHA": commit * 40, "CI_COMMIT_TIMESTAMP": time,
            "CI_PIPELINE_ID": pipeline, "CI_PIPELINE_URL": f"https://git.example/team/app/-/pipelines/{pipeline}"}


def github(folder, commit, time, run, attempt=1):
    """Variables and the event's file of a job of GitHub."""
    event = folder / f"event-{run}-{attempt}.json"
    event.write_text(json.dumps({"head_commit": {"timestamp": time}}))
    return {"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.example", "GITHUB_REPOSITORY": "team/app", "GITHUB_SHA": commit * 40,
            "GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(event), "GITHUB_RUN_ID": run, "GITHUB_RUN_ATTEMPT": attempt,
            "GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "main"}


class Gitops:
    """One repository on a GitServer."""

    def __init__(self, server, files, name="ops/gitops.git"):
        self.server = server
        self.url = server.create(name)
        self.path = name
        self.bare = server.root / name
        fill(self.bare, files)

    def tip(self, branch="main"):
        return git(self.bare, "rev-parse", branch)

    def commits(self, branch="main"):
        return int(git(self.bare, "rev-list", "--count", branch))

    def show(self, path=FILE, branch="main"):
        return git(self.bare, "show", f"{branch}:{path}") + "\n"

    def read(self, path=FILE, branch="main"):
        """A file's bytes."""
        done = subprocess.run(["git", "-C", str(self.bare), "-c", "safe.directory=*", "cat-file", "blob", f"{branch}:{path}"],
                              env=ENVIRONMENT, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def tree(self, branch="main"):
        """All files: path -> (mode, bytes)."""
        entries = [line.split("\t", 1) for line in git(self.bare, "ls-tree", "-r", "-z", branch).split("\0") if line]
        return {path: (facts.split()[0], self.read(path, branch)) for facts, path in entries}

    def changed(self, branch="main"):
        """What the newest commit changed, as git says it: "M\tapps/a.yaml"."""
        return git(self.bare, "diff-tree", "-r", "--no-commit-id", "--name-status", branch).splitlines()

    def message(self, branch="main"):
        return git(self.bare, "log", "-1", "--format=%B", branch)

    def work(self, changes, message="other work", branch="main", count=1):
        """Commits of somebody else: path -> content, (mode, content) or None; the count-th of several has "{n}" replaced."""
        stream, parent = b"", self.tip(branch)
        for n in range(count):
            numbered = {path: content.replace("{n}", str(n)) if isinstance(content, str) else content for path, content in changes.items()}
            stream += commit_of(branch, message, numbered, parent, int(time.time()))
            parent = None
        git(self.bare, "fast-import", "--quiet", input=stream)

    def hook(self, name, script):
        hook = self.bare / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\n" + script)
        hook.chmod(0o755)
