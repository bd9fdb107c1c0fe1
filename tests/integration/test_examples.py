"""The examples for systems that cannot run here: their files are checked with the systems' own schemas, and their containers run as those
systems would run them, with the commands and variables of the files, against real servers."""

import base64
import concurrent.futures
import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest
import yaml

from counting_service import SampleService
from gitops import fill, git
from google_cloud import GoogleCloud
from images import attached, make_source
from oracles import FOLDER
from pipeline_files import Machine, Tekton, Woodpecker, analysis_job, documents, security_options
from probed_server import ProbedServer
from schemas import missing_schemas, problems_of, woodpecker_problems
from servers import wait_for
from slipway_image import built
from slo_watches import query
from steps import ROOT, run

EXAMPLES = ROOT / "ci-examples"
KUBERNETES = sorted(path for name in ("argo-rollouts", "flagger", "tekton") for path in (EXAMPLES / name).glob("*.yaml"))
needs_schemas = pytest.mark.skipif(bool(missing_schemas()), reason=f"schemas ({', '.join(missing_schemas())}) is not installed")


def test_readme_names_each():
    named = (EXAMPLES / "README.md").read_text()
    for path in EXAMPLES.iterdir():
        if path.name not in ("README.md", "pictures"):
            assert f"]({path.name}" in named
    for path in [*(EXAMPLES / "gitlab").iterdir(), *(EXAMPLES / "github").iterdir()]:
        assert f"]({path.parent.name}/{path.name})" in named


def test_objectives():
    """Each is right; the two that say the same alert at the same times, under their own names."""
    emitted = {}
    for path in (EXAMPLES / "objectives").iterdir():
        period = ["--slo-period", "28d"] if path.stem == "sloth" else []  # as its first lines say
        done = run("push-rules", path, "--emit", "rules", *period)
        assert done.code == 0, done.err
        emitted[path.stem] = [(rule["labels"], rule["expr"]) for group in yaml.safe_load(done.out)["groups"] for rule in group["rules"] if "alert" in rule]
    assert emitted["openslo"] == emitted["sloth"] != []


@needs_schemas
@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_kubernetes_schema(path):
    assert [problem for one in documents(path) for problem in problems_of(one)] == []


@needs_schemas
@pytest.mark.parametrize("name", ["release.yaml", "plugin.yaml"])
def test_woodpecker_schema(name):
    [document] = documents(EXAMPLES / "woodpecker" / name)
    assert woodpecker_problems(document) == []


# Events in a second, good and bad: with these a few seconds tell.
GOOD, BAD, SILENT = (2000, 0), (1500, 500), (0, 0)
WATCH = "5s"


@contextlib.contextmanager
def counting(**rates):
    with contextlib.ExitStack() as stack:
        services = {name: stack.enter_context(SampleService(commit=name)) for name in rates}
        for name, (good, bad) in rates.items():
            services[name].set_rates(good, bad)
        yield services


def scrape(prometheus, services, labels):
    """Until each was scraped; `labels` are those of its target."""
    prometheus.set_targets([one.address for one in services.values()], {services[name].address: given for name, given in labels.items()})
    wait_for(lambda: query(prometheus, "count(myapp_build_info)") == len(services), "the first scrapes")


# --- Argo Rollouts

def phase_of(metric, succeeded):
    """What the controller makes of a metric that is measured once (assessMetricStatus in its analysis/analysis.go)."""
    if not succeeded and metric.get("failureLimit", 0) < 1:
        return "Failed"
    return "Successful" if succeeded else "Inconclusive" if metric.get("consecutiveSuccessLimit", 0) > 0 else "Successful"


def kinds(*names):
    """The objects of these files of the Argo example, by their kind."""
    found = {}
    for name in names:
        for one in documents(EXAMPLES / "argo-rollouts" / name):
            found.setdefault(one["kind"], []).append(one)
    return found


def analyses_of(rollout):
    return [step["analysis"] for step in rollout["spec"]["strategy"]["canary"]["steps"] if "analysis" in step]


def test_argo_rollouts(slipway_image, start_prometheus, tmp_path):
    """One Rollout each with a good canary, one that fails a quarter of its requests, and one that nobody asks: beside a version before that is bad."""
    machine = Machine(slipway_image, tmp_path / "machine")
    objects = kinds("analysis-template.yaml", "rollout.yaml")
    [template], [rollout] = objects["AnalysisTemplate"], objects["Rollout"]
    metrics, [analysis] = template["spec"]["metrics"], analyses_of(rollout)
    assert analysis["templates"] == [{"templateName": template["metadata"]["name"]}]
    assert analysis["args"] == [{"name": "canary-hash", "valueFrom": {"podTemplateHashValue": "Latest"}}]
    with counting(stable=BAD, good=GOOD, bad=BAD, silent=SILENT) as services, concurrent.futures.ThreadPoolExecutor(6) as pool:
        prometheus = start_prometheus(targets=[])
        scrape(prometheus, services, {name: {"rollouts_pod_template_hash": name} for name in services})

        def judge(canary, metric, **more):
            command, variables, options = analysis_job(template, metric, {"canary-hash": canary}, objects["ConfigMap"])
            assert variables["SLIPWAY_WAIT_FOR_SLO_WATCH"] == "10m"
            done = machine.run(command, {**variables, "PROMETHEUS_URL": prometheus.url, "SLIPWAY_WAIT_FOR_SLO_WATCH": WATCH, **more}, options=options)
            return done.code, phase_of(metric, done.code == 0), done.err

        jobs = {(canary, metric["name"]): pool.submit(judge, canary, metric) for canary in ("good", "bad", "silent") for metric in metrics}
    results = {key: job.result()[:2] for key, job in jobs.items()}
    assert results == {
        ("good", "not-violated"): (0, "Successful"), ("good", "holds"): (0, "Successful"),
        ("bad", "not-violated"): (1, "Failed"), ("bad", "holds"): (1, "Inconclusive"),
        ("silent", "not-violated"): (0, "Successful"), ("silent", "holds"): (4, "Inconclusive"),
    }, [job.result()[2] for job in jobs.values()]
    nobody = judge("good", metrics[0], PROMETHEUS_URL="http://127.0.0.1:9", SLIPWAY_WAIT_FOR_SLO_MAX_ERRORS="1")
    assert nobody[:2] == (0, "Successful"), f"a Prometheus that is away is no violation: {nobody[2]}"


def test_argo_rollouts_with_cloud_monitoring(slipway_image, tmp_path):
    """The old job with its three variables, and what takes its place: which, beside the objective, asks the canary itself."""
    machine = Machine(slipway_image, tmp_path / "machine")
    with GoogleCloud(tmp_path / "google") as google, ProbedServer(tmp_path / "canary") as canary:
        place = {**google.metadata, "SLIPWAY_WAIT_FOR_SLO_GOOGLE_MONITORING_URL": google.url, "SLIPWAY_ALLOW_INSECURE": "true"}
        good, bad = google.add_slo(good=1000, bad=0, burn_rate=0.25), google.add_slo(good=500, bad=500, burn_rate=0.75)

        before = kinds("slocheck.yaml")
        [template], [rollout] = before["AnalysisTemplate"], before["Rollout"]
        [metric], [analysis] = template["spec"]["metrics"], analyses_of(rollout)
        given = {one["name"]: one["value"] for one in analysis["args"]}
        assert analysis["templates"] == [{"templateName": template["metadata"]["name"]}]

        def check_once(slo):
            command, variables, options = analysis_job(template, metric, {**given, "defined_slo": slo.name})
            assert command == []
            done = machine.run(command, {**variables, **place}, options=options)
            return done.code, phase_of(metric, done.code == 0)

        assert [check_once(slo) for slo in (good, bad)] == [(0, "Successful"), (1, "Failed")]

        now = kinds("cloud-monitoring.yaml")
        [template], [rollout], [settings] = now["AnalysisTemplate"], now["Rollout"], now["ConfigMap"]
        assert [one["templates"] for one in analyses_of(rollout)] == [[{"templateName": template["metadata"]["name"]}]]
        assert [metric.get("initialDelay") for metric in template["spec"]["metrics"]] == [None, "1m"], "else the violation ends the analysis as inconclusive"
        accounts = {metric["provider"]["job"]["spec"]["template"]["spec"]["serviceAccountName"] for metric in template["spec"]["metrics"]}
        assert accounts == {one["metadata"]["name"] for one in kinds("slo-reader.yaml")["ServiceAccount"]}
        assert settings["data"]["SLIPWAY_WAIT_FOR_SLO_GOOGLE_SLO"].split() == [given["defined_slo"]]

        def watch(slo, metric, **more):
            command, variables, options = analysis_job(template, metric, {}, [settings])
            done = machine.run(command, {**variables, **place, "SLIPWAY_WAIT_FOR_SLO_GOOGLE_SLO": f"{slo}\n", "SLIPWAY_WAIT_FOR_SLO_PROBE": canary.url, "SLIPWAY_WAIT_FOR_SLO_SINCE": "20m",
                                         "SLIPWAY_WAIT_FOR_SLO_INTERVAL": "200ms", "SLIPWAY_WAIT_FOR_SLO_EARLY_PASS": "true", **more}, options=options)
            return done.code, phase_of(metric, done.code == 0), done.err

        for metric, phase in zip(template["spec"]["metrics"], ("Failed", "Inconclusive")):
            code, seen, log = watch(bad, metric)
            assert (code, seen) == (1, phase), log
        code, seen, log = watch(good, template["spec"]["metrics"][1], SLIPWAY_WAIT_FOR_SLO_PROBE_RATE="200")
        assert (code, seen) == (0, "Successful"), log


def test_a_deployment_that_nobody_notices():
    """The commands of the README, which are read as they stand: dashes within dashes, too."""
    text = re.sub(r" \\\n *", " ", (EXAMPLES / "README.md").read_text())
    commands = re.findall(r"(?m)^    (wait-for-slo .*)$", text)
    for words in map(shlex.split, commands):
        deploy = words.index("--")
        done = run(words[0], "--dry-run", *words[1:])
        assert done.code == 0, done.err
        assert "would send requests to https://myapp.example.com/healthz/" in done.out and f"would run: {words[deploy + 1]} " in done.out
    assert len(commands) == 3


# --- thresholds, which Argo Rollouts and Flagger measure by themselves

THRESHOLDS = {
    "argo-rollouts": (["--analysis", "success-rate.yaml", "--analysis-arg", "service-name=myapp"], ["success-rate", "latency"]),
    "flagger": (["--analysis", "thresholds.yaml", "--analysis", "metric-templates.yaml"], ["success-rate", "latency-p99"]),
}


@pytest.mark.parametrize("name", THRESHOLDS)
def test_thresholds_are_judged_without_a_controller(name):
    """The command is that of the files and the README; the queries are complete."""
    arguments, metrics = THRESHOLDS[name]
    folder = EXAMPLES / name
    command = " ".join(["wait-for-slo", *arguments, "--prometheus-url https://prometheus.example.com"])
    assert command in (folder / arguments[1]).read_text()
    assert command in re.sub(r" \\\n *", " ", (folder / "README.md").read_text())
    done = run("wait-for-slo", *arguments, "--prometheus-url", "https://prometheus.example.com", "--watch", "10m", "--dry-run", cwd=folder)
    assert done.code == 0, done.err
    for metric in metrics:
        assert f"would measure {metric}: " in done.out
    assert "{{" not in done.out
    if name == "flagger":
        assert 'namespace="production",pod=~"myapp-[0-9a-z]+-[0-9a-z]+"' in done.out and "would check myapp every 1m" in done.out
        assert "stepWeight, maxWeight are ignored" in done.out and "'smoke-test' is ignored: --run-webhooks" in done.out


# What is changed for a run of seconds.
SOON = {"argo-rollouts": [("interval: 1m", "interval: 2s"), ("[2m]", "[4s]")], "flagger": [("    interval: 1m\n", "    interval: 10s\n", 1), ("interval: 1m", "interval: 4s"), ("threshold: 5 ", "threshold: 1 ")]}


@pytest.mark.skipif(os.environ.get("SLIPWAY_FULL") != "1", reason="only in a full run")
@pytest.mark.parametrize("name", THRESHOLDS)
def test_thresholds_are_judged(name, start_prometheus, tmp_path):
    arguments, _ = THRESHOLDS[name]
    for path in (EXAMPLES / name).glob("*.yaml"):
        text = path.read_text()
        for change in SOON[name]:
            text = text.replace(*change)
        (tmp_path / path.name).write_text(text)
    with counting(good=GOOD, bad=BAD) as services, concurrent.futures.ThreadPoolExecutor(2) as pool:
        prometheus = start_prometheus(targets=[])
        scrape(prometheus, services, {release: {"job": release, "namespace": "production", "pod": f"{release}-7c9d4-x2x4z"} for release in services})

        def judge(release):
            folder = tmp_path / release
            folder.mkdir()
            for path in tmp_path.glob("*.yaml"):
                (folder / path.name).write_text(path.read_text().replace("name: myapp", f"name: {release}"))
            words = [word.replace("myapp", release) for word in arguments]
            done = run("wait-for-slo", *words, "--prometheus-url", prometheus.url, "--watch", "15s", cwd=folder)
            return done.code, done.out.strip(), done.err

        results = dict(zip(services, pool.map(judge, services)))
    assert {release: result[:2] for release, result in results.items()} == {"good": (0, "holds"), "bad": (1, "violated")}, results


# --- Flagger

FLAGGER = FOLDER / "flagger-oracle"


@pytest.mark.skipif(not FLAGGER.is_file(), reason="flagger-oracle is not installed")
def test_flagger(slipway_image, start_prometheus, tmp_path):
    """Its load tester, in an image made from the example's Containerfile, is asked as Flagger would."""
    loadtester = tmp_path / "loadtester" / "home" / "app"
    loadtester.mkdir(parents=True)
    shutil.copy(FLAGGER, loadtester / "loadtester")
    objects = documents(EXAMPLES / "flagger" / "gate.yaml")
    [container] = [one["spec"]["template"]["spec"]["containers"][0] for one in objects if one["kind"] == "Deployment"]
    [objectives] = [one["data"] for one in objects if one["kind"] == "ConfigMap"]
    (tmp_path / "objectives").mkdir()
    for name, text in objectives.items():
        (tmp_path / "objectives" / name).write_text(text)
    [canary] = documents(EXAMPLES / "flagger" / "canary.yaml")
    hooks = {hook["type"]: hook for hook in canary["spec"]["analysis"]["webhooks"]}

    # A canary's pods have the name of its Deployment; three Deployments stand for three releases. What serves beside the good one is bad.
    pods = {"primary": "good-primary-5d4f8-abcde", "good": "good-7c9d4-x2x4z", "bad": "bad-7c9d4-x2x4z", "silent": "silent-7c9d4-x2x4z"}
    with counting(primary=BAD, good=GOOD, bad=BAD, silent=SILENT) as services, built(
            EXAMPLES / "flagger" / "Containerfile", tmp_path / "loadtester", {
                "ghcr.io/slipway/slipway:1-slim": f"container-image://{slipway_image}",
                "ghcr.io/fluxcd/flagger-loadtester:0.31.0": tmp_path / "loadtester"}) as gate_image:
        prometheus = start_prometheus(targets=[])
        scrape(prometheus, services, {name: {"pod": pod} for name, pod in pods.items()})
        words, environment = Machine(gate_image, tmp_path / "machine").podman(
            container["args"], {"PROMETHEUS_URL": prometheus.url}, {tmp_path / "objectives": container["volumeMounts"][0]["mountPath"] + ":ro"},
            options=security_options(container["securityContext"]))
        gate = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)
        try:
            address = gate.stderr.readline().split()[-1]
            with concurrent.futures.ThreadPoolExecutor(6) as pool:
                asked = {}
                for release in ("good", "bad", "silent"):
                    for kind, hook in hooks.items():
                        words = hook["metadata"]["cmd"].replace("myapp-[0-9a-z]+", f"{release}-[0-9a-z]+").replace("--watch 1m", f"--watch {WATCH}")
                        assert words.count(release) == 1 and WATCH in words
                        asked[release, kind] = pool.submit(call, address, {**hook, "metadata": {**hook["metadata"], "cmd": words}})
        finally:
            gate.terminate()
            gate.wait(20)
            gate.stderr.close()
    answers = {key: future.result() for key, future in asked.items()}
    assert {key: status for key, (status, _) in answers.items()} == {
        ("good", "rollback"): 500, ("good", "confirm-promotion"): 200,
        ("bad", "rollback"): 200, ("bad", "confirm-promotion"): 500,
        ("silent", "rollback"): 500, ("silent", "confirm-promotion"): 500,
    }, answers
    assert "inconclusive" in answers["silent", "confirm-promotion"][1], "Flagger puts what the command said into its events"


def call(address, hook):
    """As Flagger calls a webhook: (status, what was answered)."""
    payload = {"name": "myapp", "namespace": "default", "phase": "Progressing", "checksum": "85d557f47b", "metadata": hook["metadata"]}
    request = urllib.request.Request(f"http://{address}/", json.dumps(payload).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=90) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


# --- whole releases

TOKEN, PASSWORD = "sesame-open-4711", "sesame-open-4712"
BROKEN = "monitoring/rules/broken.yml"
VALUES, RULES = "apps/myapp/values.yaml", "apps/myapp/rules.yaml"


class Team:
    """A service's repository with the rules of the sample service, a GitOps repository, a registry, and a Prometheus that scrapes the service."""

    def __init__(self, folder, git_server, registry, prometheus, service):
        self._git = git_server
        self.source_url, self.gitops_url = git_server.create("myapp.git"), git_server.create("gitops.git")
        fill(self.bare("gitops.git"), {VALUES: 'image:\n  tag: ""  # nothing is released yet\n'})
        self.registry, self.prometheus, self.service = registry, prometheus, service
        self.source = make_source(folder, "FROM scratch\nARG COMMIT\nLABEL commit=$COMMIT\nCOPY hello /hello\n")
        shutil.copytree(EXAMPLES / "shell" / "service" / "monitoring", self.source / "monitoring")

    def bare(self, name):
        return self._git.root / name

    def commit(self, text, file="hello"):
        (self.source / file).write_text(text)
        git(self.source, "add", "--all")
        git(self.source, "commit", "--quiet", "--message", text)
        git(self.source, "push", "--quiet", self.bare("myapp.git"), "HEAD:refs/heads/main")
        return git(self.source, "rev-parse", "HEAD")

    def released(self):
        """(tag, whether the rules are there), as the GitOps repository says now."""
        tag = yaml.safe_load(git(self.bare("gitops.git"), "show", f"main:{VALUES}"))["image"]["tag"]
        return tag, RULES in git(self.bare("gitops.git"), "ls-tree", "-r", "--name-only", "main").split()

    def serves(self, commit, rates):
        """What reconciler and users would do."""
        def act():
            self.service.restart(commit=commit)
            self.service.set_rates(*rates)
        return act


def built_from(image):
    """The commit, as what is attached to the image says it."""
    inventory, provenance = attached(image, f"ci:{PASSWORD}")
    assert inventory["bomFormat"] == "CycloneDX"
    return provenance["predicate"]["buildDefinition"]["resolvedDependencies"][0]["digest"]["gitCommit"]


@pytest.fixture
def team(start_registry, start_git_server, start_prometheus, tmp_path):
    with counting(nothing=SILENT) as services:
        service = services["nothing"]
        yield Team(tmp_path / "source", start_git_server(user="oauth2", password=TOKEN), start_registry(credentials={"ci": PASSWORD}),
                   start_prometheus(targets=[service.address]), service)


def test_woodpecker(slipway_image, team, tmp_path):
    """The first release is bad and taken back, the second is good, the third is not even built. Then the first comes once more, too late."""
    machine = Machine(slipway_image, tmp_path / "machine", {"SLIPWAY_ALLOW_INSECURE": "true", "STORAGE_DRIVER": "vfs"})
    woodpecker = Woodpecker(machine, EXAMPLES / "woodpecker" / "release.yaml", {"registry_user": "ci", "registry_password": PASSWORD, "gitops_token": TOKEN}, {
        "image": f"{team.registry.host}/team/myapp", "gitops_url": team.gitops_url, "prometheus_url": team.prometheus.url})
    [gate] = [step for step in woodpecker.file["steps"] if step["name"] == "gate"]
    gate["environment"]["SLIPWAY_WAIT_FOR_SLO_WATCH"] = WATCH

    def pipeline(commit, workspace, number):
        git(tmp_path, "clone", "--quiet", team.bare("myapp.git"), workspace)
        git(workspace, "checkout", "--quiet", "--detach", commit)
        return woodpecker.run(workspace, {
            "CI": "woodpecker", "CI_COMMIT_SHA": commit, "CI_COMMIT_BRANCH": "main", "CI_REPO_DEFAULT_BRANCH": "main", "CI_PIPELINE_EVENT": "push",
            "CI_PIPELINE_NUMBER": str(number), "CI_REPO": "team/myapp", "CI_REPO_URL": "https://git.example/team/myapp", "CI_WORKSPACE": "/woodpecker/src"})

    def release(number, text, rates, **where):
        commit = team.commit(text, **where)
        woodpecker.before = {"gate": team.serves(commit, rates)}
        return commit, pipeline(commit, tmp_path / f"workspace{number}", number)

    first, bad = release(1, "one", BAD)
    log = "".join(done.out + done.err for done in bad.values())
    assert {name: done.code for name, done in bad.items()} == {"check": 0, "build": 0, "deploy": 0, "gate": 1, "take-back": 0}, log
    assert team.released() == ("", False), log
    second, good = release(2, "two", GOOD)
    tag = second[:7]
    log += "".join(done.out + done.err for done in good.values())
    assert {name: done.code for name, done in good.items()} == {"check": 0, "build": 0, "deploy": 0, "gate": 0}, log
    assert team.released() == (tag, True)
    assert built_from(f"{team.registry.host}/team/myapp:{tag}") == second
    _, refused = release(3, "groups: 1", GOOD, file=BROKEN)
    assert {name: done.code for name, done in refused.items()} == {"check": 1, "take-back": 0}, "what was not released is not taken back"
    woodpecker.before = {}
    late = pipeline(first, tmp_path / "late", 4)
    log += "".join(done.out + done.err for done in late.values())
    assert {name: done.code for name, done in late.items()} == {"check": 0, "build": 0, "deploy": 0, "gate": 0}, log
    assert "a newer release is out" in late["gate"].out
    assert team.released() == (tag, True)
    assert TOKEN not in log and PASSWORD not in log


def test_woodpecker_plugin(slipway_image, tmp_path):
    [step] = documents(EXAMPLES / "woodpecker" / "plugin.yaml")[0]["steps"]
    (tmp_path / "context").mkdir()
    with built(EXAMPLES / "woodpecker" / "plugin.Containerfile", tmp_path / "context", {
            "ghcr.io/slipway/slipway:1-slim": f"container-image://{slipway_image}"}) as plugin:
        machine = Machine(plugin, tmp_path / "machine", {"CI": "woodpecker", "SLIPWAY_DRY_RUN": "true"})
        woodpecker = Woodpecker(machine, EXAMPLES / "woodpecker" / "plugin.yaml", {"prometheus_token": TOKEN})
        done = machine.run([], woodpecker.settings(step))
    assert done.code == 0, done.err
    for server in step["settings"]["prometheus_url"]:
        assert server in done.err
    assert 'job="myapp"' in done.out
    assert "early-pass = true" in done.err and TOKEN not in done.out + done.err


def test_tekton(slipway_image, team, tmp_path):
    """The same."""
    machine = Machine(slipway_image, tmp_path / "machine", {"SLIPWAY_ALLOW_INSECURE": "true", "STORAGE_DRIVER": "vfs"})
    login = base64.b64encode(f"ci:{PASSWORD}".encode()).decode()
    tekton = Tekton(machine, *(EXAMPLES / "tekton" / name for name in ("tasks.yaml", "pipeline.yaml")), secrets={
        "registry": {".dockerconfigjson": json.dumps({"auths": {team.registry.host: {"auth": login}}})}, "gitops": {"token": TOKEN}})
    [example] = [one["spec"] for one in documents(EXAMPLES / "tekton" / "pipeline.yaml") if one["kind"] == "PipelineRun"]
    params = {param["name"]: param["value"] for param in example["params"]}

    def pipeline(commit, workspace):
        workspace.mkdir()
        return tekton.run_pipeline(example["pipelineRef"]["name"], {
            **params, "repository": team.source_url.replace("://", f"://oauth2:{TOKEN}@"), "commit": commit, "image": f"{team.registry.host}/team/myapp",
            "gitops-url": team.gitops_url, "prometheus-url": team.prometheus.url, "watch": WATCH}, workspace)

    def release(number, text, rates, **where):
        commit = team.commit(text, **where)
        tekton.before = {"gate": team.serves(commit, rates)}
        return commit, pipeline(commit, tmp_path / f"workspace{number}")

    before = ["checkout", "check", "build", "deploy", "gate"]
    first, bad = release(1, "one", BAD)
    log = "".join(task.log for task in bad.values())
    assert {name: task.succeeded for name, task in bad.items()} == {**dict.fromkeys(before, True), "take-back": True, "not-released": False}, log
    assert bad["gate"].results["verdict"] == "violated" and bad["gate"].results["reason"] in bad["not-released"].log
    assert team.released() == ("", False)
    second, good = release(2, "two", GOOD)
    tag = second[:7]
    log += "".join(task.log for task in good.values())
    assert {name: task.succeeded for name, task in good.items()} == dict.fromkeys(before, True), log
    assert team.released() == (tag, True)
    assert good["build"].results["image"].startswith(f"{team.registry.host}/team/myapp@sha256:")
    assert good["build"].results["skipped"] == "false" and built_from(good["build"].results["image"]) == second
    _, refused = release(3, "groups: 1", GOOD, file=BROKEN)
    assert {name: task.succeeded for name, task in refused.items()} == {"checkout": True, "check": False}
    late = pipeline(first, tmp_path / "late")
    assert {name: task.succeeded for name, task in late.items()} == dict.fromkeys(before[:-1], True), "nothing to watch, and no reason to be red"
    assert team.released() == (tag, True)
    assert TOKEN not in log and PASSWORD not in log
