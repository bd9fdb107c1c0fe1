"""What tests of run-job have in common: jobs, a folder with a cluster, and golden files of what the step says.

    with NomadCluster() as nomad:
        release = Release(folder, nomad)                    # the folder has web.nomad, job files in it are named without their folder
        release.deploy(service(v=0))                        # registered by somebody else, and stable
        release.write("web.nomad", service(v=1, canary=1))
        done = release.run("web.nomad", "--promote")        # with --json; options and variables as for steps.run
        with release.running("web.nomad") as running:       # while it works: running.wait_for("words of its log"), running.cancel()

`check_golden(name, release, done)` compares exit code, log and result with tests/integration/golden/run-job/NAME.txt, in which times,
ids and addresses are replaced; SLIPWAY_ACCEPT=1 accepts what came out.
"""

import contextlib
import difflib
import json
import os
import pathlib
import re
import threading

from nomad_cluster import NomadCluster  # noqa: F401
from steps import Finished, run, start

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "integration" / "golden" / "run-job"


def job(name="web", type="service", v=0, count=1, group="", update="", top="", task=""):
    """A job in HCL; the rest is more lines of its parts, `v` makes one version differ from another."""
    return f"""job "{name}" {{
  datacenters = ["dc1"]
  type = "{type}"
  {top}
  group "{name}" {{
    count = {count}
    restart {{
      attempts = 0
      mode = "fail"
    }}
    {update}
    {group}
    task "app" {{
      driver = "raw_exec"
      env {{
        V = "{v}"
      }}
      config {{
        command = "/bin/app"
      }}
      {task}
      resources {{
        cpu = 50
        memory = 32
      }}
    }}
  }}
}}
"""


NETWORK = """shutdown_delay = "1s"
    network {
      port "http" {}
    }
    service {
      name = "web"
      provider = "nomad"
      port = "http"
      tags = ["public"]
      %s
    }"""


def service(name="web", v=0, count=1, canary=0, auto_revert=False, auto_promote=False, deadline="20s", check="", top="", reschedule=False, **parts):
    update = f"""update {{
      max_parallel = 1
      min_healthy_time = "2s"
      healthy_deadline = "15s"
      progress_deadline = "{deadline}"
      canary = {canary}
      auto_revert = {str(auto_revert).lower()}
      auto_promote = {str(auto_promote).lower()}
    }}"""
    if not reschedule:
        update += """
    reschedule {
      attempts = 0
      unlimited = false
    }"""
    return job(name, v=v, count=count, update=update, group=NETWORK % check, top=top, **parts)


def batch(name="migrate", v=0, attempts=0, type="batch", **parts):
    return job(name, type, v=v, update="" if type == "sysbatch" else f"""reschedule {{
      attempts = {attempts}
      interval = "1h"
      delay = "5s"
      delay_function = "constant"
      unlimited = false
    }}""", **parts)


class Running:
    """A step that runs, and its log so far."""

    def __init__(self, process):
        self.process = process
        self.log = ""
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            with self._changed:
                self.log += line
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_for(self, words, seconds=20):
        with self._changed:
            found = self._changed.wait_for(lambda: words in self.log or self._ended, seconds)
        assert found and words in self.log, f"'{words}' was not said:\n{self.log}"

    def finish(self, seconds=30):
        self.process.wait(seconds)
        self._reader.join()
        return Finished(self.process.returncode, self.process.stdout.read(), self.log)

    def cancel(self, within=5):
        self.process.terminate()
        return self.finish(within)


class Release:
    def __init__(self, folder, nomad):
        self.folder = pathlib.Path(folder)
        self.nomad = nomad
        (self.folder / ".git").mkdir(exist_ok=True)  # no slipway.yaml above

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def deploy(self, text):
        """Registers a job as somebody else, and waits until its version is stable."""
        self.nomad.register(text)
        name = re.search(r'job "([^"]+)"', text)[1]
        assert self.nomad.wait_until(lambda nomad: (nomad.deployment(name) or {}).get("Status") == "successful")

    def env(self, env=None):
        return {"NOMAD_ADDR": self.nomad.url, **(env or {})}

    def run(self, *arguments, env=None, as_text=False, timeout=60):
        return run("run-job", *_with_json(arguments, as_text), env=self.env(env), cwd=self.folder, timeout=timeout)

    @contextlib.contextmanager
    def running(self, *arguments, env=None, **popen):
        running = Running(start("run-job", *_with_json(arguments), env=self.env(env), cwd=self.folder, **popen))
        try:
            yield running
        finally:
            if running.process.poll() is None:
                running.process.kill()
            running.process.wait()
            running._reader.join()
            running.process.stdout.close()
            running.process.stderr.close()

    def writes(self):
        """What was sent to change something: "register", "promote", "fail", "revert", ..."""
        return [kind_of(request.method, request.path) for request in self.nomad.writes()]

    def state(self):
        """(versions, status of the newest deployment) of job web."""
        return [version["Version"] for version in self.nomad.versions("web")], (self.nomad.deployment("web") or {}).get("Status")


def _with_json(arguments, as_text=False):
    arguments = [str(argument) for argument in arguments]
    if as_text:
        return arguments
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return [*arguments[:at], "--json", *arguments[at:]]


def kind_of(method, path):
    if method == "DELETE":
        return "stop"
    for end, kind in (("/v1/jobs/parse", "parse"), ("/plan", "plan"), ("/v1/jobs", "register"), ("/revert", "revert"), ("/dispatch", "dispatch"),
                      ("/periodic/force", "force"), ("/v1/validate/job", "validate")):
        if method != "GET" and path.endswith(end):
            return kind
    if "/deployment/promote/" in path:
        return "promote"
    return "fail" if "/deployment/fail/" in path else "read"


def before(nomad, kind, action, skip=0):
    """Somebody else does something just before the next request of that kind arrives."""
    left = [skip]

    def look(method, path):
        if left and kind_of(method, path) == kind:
            if left[0]:
                left[0] -= 1
            else:
                left.clear()
                action()
        return False

    nomad.fault(look, "none")


# --- golden files

def _names(nomad):
    """What ids stand for."""
    names = {}
    for state in nomad.state.deployments.values():
        names[state["ID"]] = f"DEPLOYMENT-OF-VERSION-{state['JobVersion']}"
    for alloc in nomad.state.allocs.values():
        what = "CANARY" if alloc.canary else "ALLOC"
        names[alloc.id] = f"{what}-OF-VERSION-{alloc.json['JobVersion']}"
    for evaluation in nomad.state.evals.values():
        names.setdefault(evaluation["ID"], "EVALUATION")
    return names


def _without_steps(text):
    """The log without the counts on the way, which depend on when one looks: of each series the last stays."""
    kept = []
    for line in text.splitlines(keepends=True):
        if _PASSING.search(line):
            continue
        if _COUNTS.search(line) and kept and _COUNTS.search(kept[-1]):
            kept.pop()
        kept.append(line)
    return "".join(kept)


_PASSING = re.compile(r"^\S+ \S+ (?:allocations: |deployment [0-9a-f]{8}: |a place was found)")
# Also what is waited for with the clock, and how often somebody was asked meanwhile.
_COUNTS = re.compile(r"^\S+ \S+ (?:deployment [0-9a-f]{8}: |allocations: |group \S+: \d|the gate runs: |\d+ allocations?, of which |warning: trying GET )")


def _compact(text):
    """The one JSON object with a line for each member, and for each element of the lists of objects."""
    lines = []
    result = json.loads(text)
    for name, value in result.items():
        if name == "allocations" and result["status"] in ("superseded", "stopped"):
            # Nomad is just about to end them.
            value = [{**element, "client_status": "...", "exit_code": "..."} for element in value]
        if isinstance(value, list) and value:
            lines += [f"{name}:"] + [f"  {json.dumps(element)}" for element in value]
        else:
            lines.append(f"{name}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def normalise(text, release, with_plan=False):
    nomad = release.nomad
    text = _compact(text) if text.startswith("{") else re.sub(r"(?:^ *[-+~] .*\n)+", "(plan)\n", text, flags=re.M) if not with_plan else text
    text = _without_steps(text).replace(str(release.folder), "$DIR").replace(nomad.url, "$NOMAD")
    for id_, name in _names(nomad).items():
        text = text.replace(id_, name)
    for id_, name in _names(nomad).items():
        text = re.sub(rf"\b{id_[:8]}\b", name, text)
    text = re.sub(r"::(?:stop-commands::)?[0-9a-f]{16,}(?:::)?", "::STOP-COMMANDS", text)
    text = re.sub(r"sleep 42\.\d+", "sleep 42", text)
    text = re.sub(r"127\.0\.0\.1 port \d+", "HOST port PORT", text)
    text = re.sub(r"127\.0\.0\.1:\d+", "HOST:PORT", text)
    text = re.sub(r"^\d\d:\d\d:\d\d ", "HH:MM:SS ", text, flags=re.M)
    text = re.sub(r"\b\d\d:\d\d:\d\d\b", "HH:MM:SS", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT(?:\d\d:\d\d|HH:MM):?(?:\d\d|SS)(?:\.\d+)?Z?", "TIME", text)
    text = re.sub( r'"?seconds"?: [\d.]+', "seconds: S", text)
    text = re.sub(r"(?<!\d)(?:\d+m)?[\d.]+m?s\b(?= *$)", "DURATION", text, flags=re.M)
    text = re.sub(r"\b(periodic|dispatch)-\d+(-[0-9a-f]{8})?", r"\1-ID", text)
    return re.sub(r"\b(in|after|for) (?:\d+m)?\d+(?:\.\d+)?m?s\b", r"\1 DURATION", text)


def check_golden(name, release, done, with_plan=False):
    path = GOLDEN / f"{name}.txt"
    actual = f"== exit {done.code}\n== stdout\n{normalise(done.out, release, with_plan)}== stderr\n{normalise(done.err, release, with_plan)}"
    if os.environ.get("SLIPWAY_ACCEPT") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(actual)
    assert path.exists(), f"there is no {path.name} yet: SLIPWAY_ACCEPT=1 writes it\n{actual}"
    expected = path.read_text()
    assert actual == expected, "\n".join(difflib.unified_diff(expected.splitlines(), actual.splitlines(), str(path), "now", n=1, lineterm=""))
