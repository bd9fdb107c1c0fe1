"""Everything around a pipeline that releases the sample service: a registry, a Prometheus, a Git server with the GitOps repository, the
reconciler that plays Argo CD, and traffic. What ci-examples/shell/demo has on a person's machine, for tests that run pipelines.

    with Delivery(folder) as delivery:
        delivery.checkout(folder / "service")           the sample service as a team's repository, one commit
        delivery.registry.host, .prometheus.url, .gitops_url, .base
        delivery.tag()                                  what the GitOps repository says now
        delivery.serving()                              the commit that serves now, as Prometheus sees it
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import urllib.parse
import urllib.request

from git_server import GitServer
from gitops import git
from servers import Prometheus, Registry, wait_for
from steps import ROOT

PARTS = ROOT / "ci-examples" / "shell" / "parts"
SERVICE = ROOT / "ci-examples" / "shell" / "service"
VALUES = "apps/myapp/values.yaml"


class Delivery:
    """`requests` is the traffic per second. Credentials of the Git server and the registry when `credentials` (user, password) are given."""

    def __init__(self, folder, requests=30, credentials=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._requests = requests
        user, password = credentials or (None, None)
        self.registry = Registry(self.folder / "registry", credentials={user: password} if user else None)
        self.prometheus = Prometheus(self.folder / "prometheus")
        self.git_server = GitServer(self.folder / "git", user=user, password=password)
        self._credentials = credentials
        self._processes = {}
        self._running = contextlib.ExitStack()
        self.gitops_url = None
        self.base = None

    def __enter__(self):
        try:
            for server in (self.registry, self.prometheus, self.git_server):
                self._running.enter_context(server)
            self._running.callback(self._clear_storage)
            self.gitops_url = self.git_server.create("gitops.git")
            self._prepare_storage()
            self.base = self._push_base()
            self._seed_gitops()
            self.start_reconciler()
            self._start("traffic", PARTS / "traffic", "--address", self.folder / "address", "--rate", self._requests,
                        "--report", self.folder / "traffic.json")
            self._running.callback(lambda: [self.stop(name) for name in ("traffic", "reconciler")])
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(self, *_):
        self._running.close()

    # What a pipeline works on

    def checkout(self, folder):
        """The sample service as a Git checkout with one commit; its base image and metric names are those of this delivery."""
        folder = pathlib.Path(folder)
        shutil.copytree(SERVICE, folder, ignore=shutil.ignore_patterns("__pycache__"))
        git(folder, "init", "--quiet", "--initial-branch=main")
        self.commit(folder, "myapp: process data")
        return folder

    @staticmethod
    def commit(folder, message):
        """Everything in the checkout as one commit more; returns its hash."""
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", message)
        return git(folder, "rev-parse", "HEAD").strip()

    # What became of it

    def values(self):
        """The values file as the GitOps repository has it now."""
        return git(self.folder / "git" / "gitops.git", "show", f"main:{VALUES}")

    def tag(self):
        return next(line.split(":", 1)[1].split("#")[0].strip().strip('"') for line in self.values().splitlines() if line.lstrip().startswith("tag:"))

    def history(self):
        """Subjects of the GitOps repository's commits, the newest first."""
        return git(self.folder / "git" / "gitops.git", "log", "--format=%s", "main").splitlines()

    def ask(self, expression):
        """Prometheus' answer to an instant query: [(labels, value)]."""
        url = f"{self.prometheus.url}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
            return [(series["metric"], float(series["value"][1])) for series in json.load(answer)["data"]["result"]]

    def serving(self):
        """The commits that Prometheus sees serving, as a set."""
        return {labels["commit"] for labels, value in self.ask("myapp_build_info") if value}

    def wait_until_serving(self, commit, seconds=90):
        wait_for(lambda: self.serving() == {commit}, f"{commit} to serve", seconds)

    # The reconciler, which a test may stop, and start late

    def start_reconciler(self):
        self._start("reconciler", PARTS / "reconciler", "--repository", self._with_credentials(self.gitops_url), "--branch", "main", "--file", VALUES,
                    "--name", "myapp", "--state", self.folder / "reconciler", "--targets", self.prometheus.folder / "targets.json",
                    "--address", self.folder / "address", "--env", "LISTEN_ADDRESS=127.0.0.1", "--allow-insecure")

    def pause(self, name):
        self._processes[name].send_signal(signal.SIGSTOP)

    def resume(self, name):
        self._processes[name].send_signal(signal.SIGCONT)

    def stop(self, name):
        process = self._processes.pop(name, None)
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def _start(self, name, *command):
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen([*map(str, command)], env=self._environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    # Buildah of the reconciler, with a storage of its own

    def _environment(self):
        return {**{name: value for name, value in os.environ.items() if not name.startswith(("CI", "GIT", "SLIPWAY"))},
                "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"), "BUILDAH_ISOLATION": "chroot", "TMPDIR": str(self._made("tmp")),
                "REGISTRY_AUTH_FILE": str(self.folder / "auth.json")}

    def _made(self, name):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder

    def _buildah(self, *arguments):
        done = subprocess.run(["buildah", *map(str, arguments)], env=self._environment(), capture_output=True, text=True)
        assert done.returncode == 0, f"buildah {arguments[0]}: {done.stderr[-2000:]}"
        return done.stdout.strip()

    def _prepare_storage(self):
        """Overlay where it works, which copies nothing."""
        (self.folder / "auth.json").write_text("{}")
        for driver in ("overlay", "vfs"):
            (self.folder / "storage.conf").write_text(
                f'[storage]\ndriver = "{driver}"\ngraphroot = "{self.folder}/storage/{driver}"\nrunroot = "{self.folder}/storage/{driver}-run"\n')
            try:
                container = self._buildah("from", "scratch")
                self._buildah("add", "-q", container, self.folder / "storage.conf", "/")
                self._buildah("rm", container)
                return
            except AssertionError:
                if driver == "vfs":
                    raise

    def _clear_storage(self):
        for command in (("rm", "--all"), ("rmi", "--all", "--force")):
            subprocess.run(["buildah", *command], env=self._environment(), capture_output=True)
        with open("/proc/self/mountinfo") as mounts:
            left = sorted((line.split()[4] for line in mounts if line.split()[4].startswith(f"{self.folder}/")), reverse=True)
        for mount in left:
            subprocess.run(["umount", "-l", mount], capture_output=True)
        shutil.rmtree(self.folder / "storage", ignore_errors=True)

    def _push_base(self):
        """The base image of the sample service; returns its name with its digest."""
        made = subprocess.run([PARTS / "base-image"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert made.returncode == 0, made.stderr
        if self._credentials:
            user, password = self._credentials
            self._buildah("login", "--tls-verify=false", "-u", user, "-p", password, self.registry.host)
        container = self._buildah("from", "scratch")
        self._buildah("add", "-q", container, made.stdout.strip(), "/")
        image, digest = f"{self.registry.host}/demo/base:latest", self.folder / "base.digest"
        self._buildah("commit", "-q", "--rm", container, image)
        self._buildah("push", "-q", "--tls-verify=false", "--digestfile", digest, image)
        return f"{self.registry.host}/demo/base@{digest.read_text().strip()}"

    def _seed_gitops(self):
        seed = self._made("seed")
        (seed / VALUES).parent.mkdir(parents=True)
        (seed / VALUES).write_text(f'# What runs.\nimage:\n  repository: {self.registry.host}/demo/myapp\n  tag: ""  # nothing is released yet\n')
        git(seed, "init", "--quiet", "--initial-branch=main")
        self.commit(seed, "apps/myapp: nothing is released yet")
        git(seed, "push", "--quiet", self._with_credentials(self.gitops_url), "HEAD:refs/heads/main")

    def _with_credentials(self, url):
        return url if not self._credentials else url.replace("://", f"://{self._credentials[0]}:{self._credentials[1]}@", 1)
