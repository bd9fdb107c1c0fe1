"""A GitOps repository on a server, for the tests of update-gitops-values."""

import os
import subprocess

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


def fill(bare, files, branch="main"):
    """A first commit; `files` are path -> content or (mode, content)."""
    stream = f"commit refs/heads/{branch}\ncommitter Ada <ada@example.invalid> 1700000000 +0000\ndata 5\nfirst\n"
    for path, content in files.items():
        mode, content = content if isinstance(content, tuple) else ("100644", content)
        quoted = path.replace("\\", "\\\\").replace('"', '\\"')
        stream += f'M {mode} inline "{quoted}"\ndata {len(content.encode())}\n{content}\n'
    git(bare, "fast-import", "--quiet", input=stream.encode())


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

    def hook(self, name, script):
        hook = self.bare / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\n" + script)
        hook.chmod(0o755)
