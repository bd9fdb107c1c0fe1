"""The real servers that the steps talk to, each on a free loopback port with its data in a folder of its own.

    with Registry(folder) as registry: ...      registry.host is "127.0.0.1:41873"
    with Prometheus(folder) as prometheus: ...  prometheus.url is "http://127.0.0.1:41874"

`stop` ends a server by its process id and may be called at any time, `start` starts it again on the same port. The Git server
is in git_server.py, one that lies and breaks in fault_proxy.py.
"""

import json
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import time
import urllib.request


def wait_for(condition, what, seconds=30):
    """Polls until `condition` returns something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


def free_port():
    """A port that was free a moment ago, for a service that must be told its port beforehand, or one at which nobody answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def answers(url, user=None, password=None, ca=None):
    """Whether an HTTP request gets any answer of a server that works, a 401 included."""
    handlers = [urllib.request.ProxyHandler({})]
    if ca is not None:
        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca)))
    try:
        urllib.request.build_opener(*handlers).open(url, timeout=5).close()
        return True
    except urllib.error.HTTPError as error:
        return error.code == 401
    except OSError:
        return False


class _Server:
    """A child process that says in its log which port it took."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "log"
        self.port = 0
        self._process = None

    def start(self):
        self._configure()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.port = wait_for(self._said_port, f"{type(self).__name__}'s port")
        wait_for(lambda: self._alive() and self._ready(), f"{type(self).__name__} to answer")
        return self

    def stop(self, with_signal=signal.SIGTERM):
        if self._process is None:
            return
        self._process.send_signal(with_signal)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def pause(self):
        """From now on it takes connections and answers none; `stop` needs `resume` first."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def _alive(self):
        assert self._process.poll() is None, f"{type(self).__name__} ended by itself:\n{self.log.read_text()[-2000:]}"
        return True

    def _said_port(self):
        self._alive()
        said = re.search(self._PORT, self.log.read_text(errors="replace"))
        return said and int(said[1])


class Registry(_Server):
    """docker-registry. `credentials` is a dict of users and passwords, `certificate` what the `certificates` fixture gives."""

    _PORT = r"listening on 127\.0\.0\.1:(\d+)"

    def __init__(self, folder, credentials=None, certificate=None):
        super().__init__(folder)
        self._credentials = credentials
        self._certificate = certificate

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"{'https' if self._certificate else 'http'}://{self.host}"

    def _configure(self):
        text = "version: 0.1\nlog: {accesslog: {disabled: true}}\n"
        text += f"storage: {{filesystem: {{rootdirectory: {self.folder}/data}}, delete: {{enabled: true}}}}\n"
        if self._credentials:
            passwords = self.folder / "htpasswd"
            passwords.write_text("")
            for user, password in self._credentials.items():
                subprocess.run(["htpasswd", "-iB", str(passwords), user], input=password, text=True, check=True, capture_output=True)
            text += f"auth: {{htpasswd: {{realm: test, path: {passwords}}}}}\n"
        text += f'http:\n  addr: "127.0.0.1:{self.port}"\n  secret: test\n'
        if self._certificate:
            text += f"  tls: {{certificate: {self._certificate.certificate}, key: {self._certificate.key}}}\n"
        (self.folder / "config.yml").write_text(text)

    def _command(self):
        return ["docker-registry", "serve", str(self.folder / "config.yml")]

    def _ready(self):
        return answers(f"{self.url}/v2/", ca=self._certificate and self._certificate.authority)


class Prometheus(_Server):
    """Prometheus with fast scrapes and the rule folder `rules`.

    `targets` is a list of "host:port", scraped as job "app" each `interval`; `web` the text of its web configuration file
    (basic authentication, TLS); `flags` replace --web.enable-lifecycle; `rule_files` replaces rules/*.yml.
    """

    _PORT = r"Listening on.*127\.0\.0\.1:(\d+)"

    def __init__(self, folder, targets=(), interval="1s", web=None, flags=("--web.enable-lifecycle",), rule_files=None):
        super().__init__(folder)
        self.rules = self.folder / "rules"
        self.rules.mkdir(exist_ok=True)
        self._targets = list(targets)
        self._interval = interval
        self._web = web
        self._flags = list(flags)
        self._rule_files = rule_files or f"{self.rules}/*.yml"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def set_targets(self, targets, labels=None):
        """Takes effect within some seconds, without a reload. `labels`: of targets that have more of them, {"host:port": {name: value}}."""
        self._targets = list(targets)
        labels = labels or {}
        temporary = self.folder / ".targets.new"
        temporary.write_text(json.dumps([{"targets": [target], "labels": labels.get(target, {})} for target in self._targets]))
        temporary.replace(self.folder / "targets.json")

    def _configure(self):
        self.set_targets(self._targets)
        (self.folder / "prometheus.yml").write_text(
            f"global: {{scrape_interval: {self._interval}, scrape_timeout: {self._interval}, evaluation_interval: {self._interval}}}\n"
            f'rule_files: ["{self._rule_files}"]\n'
            "scrape_configs:\n- job_name: app\n  file_sd_configs:\n"
            f'  - {{files: ["{self.folder}/targets.json"], refresh_interval: 1s}}\n')
        if self._web:
            (self.folder / "web.yml").write_text(self._web)

    def _command(self):
        web = [f"--web.config.file={self.folder}/web.yml"] if self._web else []
        return ["prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
                f"--web.listen-address=127.0.0.1:{self.port}", *web, *self._flags]

    def _ready(self):
        return answers(f"{self.url}/-/ready")
