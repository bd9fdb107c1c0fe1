"""A GitOps repository as a company has one after some years: 1,000 services of 40 teams in four environments, 20,000 files of 1 to 4 KB,
and 2,000 commits that each bring one tag. The same bytes for the same numbers.

    bare = large_gitops.repository(folder)      # made on the first call, a quarter of a minute; found there afterwards
    large_gitops.values_file(17)                # apps/team-00/catalog-0017/production-eu/values.yaml
"""

import contextlib
import os
import pathlib
import random
import shutil
import subprocess

from git_server import GitServer
from gitops import ENVIRONMENT, git

SERVICES = 1000
TEAMS = 40
ENVIRONMENTS = ["dev", "staging", "production-eu", "production-us"]
COMMITS = 2000
# One file that all pipelines write into: a tag for each of many services, as teams with one release file have it.
SHARED_FILE = "platform/versions.yaml"
SHARED_KEYS = 48

NAMES = ["catalog", "checkout", "payment", "search", "basket", "pricing", "invoice", "shipping", "mailer", "gateway", "session", "report", "export", "media", "stock", "audit"]
WORDS = "request timeout upstream retry cache region replica queue worker token limit budget feature switch storage bucket topic consumer window backoff".split()


def _service(number):
    return f"{NAMES[number % len(NAMES)]}-{number:04}"


def folder_of(number, environment="production-eu"):
    return f"apps/team-{number * TEAMS // SERVICES:02}/{_service(number)}/{environment}"


def values_file(number, environment="production-eu"):
    return folder_of(number, environment) + "/values.yaml"


def _hash(chance, digits):
    return f"{chance.getrandbits(digits * 4):0{digits}x}"


def _settings(chance, count, indent):
    """Lines of settings with names and values by chance, here and there a comment or a blank line."""
    lines = []
    for number in range(count):
        name = "_".join(chance.sample(WORDS, 3)).upper()
        if chance.random() < 0.15:
            lines.append(f"{indent}# {' '.join(chance.sample(WORDS, 6))}, see the runbook")
        lines.append(f'{indent}{name}_{number}: "{chance.choice([chance.randrange(1, 60000), chance.choice(WORDS), _hash(chance, 12)])}"')
        if chance.random() < 0.08:
            lines.append("")
    return "\n".join(lines) + "\n"


def values(number, environment, tag):
    """A Helm values file with its image; the tag is the only thing that commits change."""
    chance = random.Random(f"values {number} {environment}")
    name = _service(number)
    return f"""# Values of {name} in {environment}. The tag is written by the pipeline, all else by people.
replicaCount: {chance.randrange(1, 12)}

image:
  registry: registry.example.com
  repository: team-{number * TEAMS // SERVICES:02}/{name}   # built by the service's own pipeline
  tag: "{tag}" # written by the pipeline
  pullPolicy: IfNotPresent

service:
  type: ClusterIP
  port: {chance.randrange(8000, 9000)}

ingress:
  enabled: {chance.choice(["true", "false"])}
  hosts:
    - host: {name}.{environment}.example.com
      paths: ["/", "/api/{name}"]

resources:
  requests: {{cpu: {chance.randrange(1, 20) * 50}m, memory: {chance.randrange(1, 16) * 128}Mi}}
  limits: {{memory: {chance.randrange(16, 32) * 128}Mi}}

env:
{_settings(chance, chance.randrange(8, 40), "  ")}"""


def _deployment(chance, name, environment):
    variables = "".join(f"            - name: {'_'.join(chance.sample(WORDS, 2)).upper()}_{n}\n              value: \"{_hash(chance, chance.randrange(4, 24))}\"\n"
                        for n in range(chance.randrange(6, 28)))
    return f"""apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/instance: {name}-{environment}
spec:
  replicas: {chance.randrange(1, 12)}
  revisionHistoryLimit: 5
  selector:
    matchLabels: {{app.kubernetes.io/name: {name}}}
  template:
    metadata:
      labels: {{app.kubernetes.io/name: {name}}}
      annotations:
        checksum/config: {_hash(chance, 64)}
    spec:
      serviceAccountName: {name}
      containers:
        - name: app
          image: registry.example.com/{name}:{_hash(chance, 8)}
          ports: [{{name: http, containerPort: 8080}}]
          readinessProbe:
            httpGet: {{path: /ready, port: http}}
            periodSeconds: {chance.randrange(5, 30)}
          env:
{variables}"""


def _monitor(chance, name):
    rules = "".join(f"""        - alert: {name.title().replace("-", "")}{n}
          expr: sum(rate(http_requests_total{{job="{name}", code=~"5.."}}[5m])) / sum(rate(http_requests_total{{job="{name}"}}[5m])) > {chance.randrange(1, 50) / 1000}
          for: {chance.randrange(1, 15)}m
          labels: {{severity: {chance.choice(["page", "ticket"])}}}
          annotations:
            summary: "{{{{ $value | humanizePercentage }}}} of requests fail: {' '.join(chance.sample(WORDS, 4))}"
""" for n in range(chance.randrange(3, 9)))
    return f"apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: {name}\nspec:\n  groups:\n    - name: {name}\n      rules:\n{rules}"


def _kustomization(chance, name, environment):
    patches = "".join(f"  - target: {{kind: Deployment, name: {name}}}\n    patch: |-\n      - op: replace\n        path: /spec/template/spec/containers/0/{'/'.join(chance.sample(WORDS, 2))}\n"
                      f"        value: {_hash(chance, 16)}\n" for _ in range(chance.randrange(4, 12)))
    return f"""apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {name}-{environment}
resources:
  - deployment.yaml
  - configmap.yaml
  - rules.yaml
images:
  - name: registry.example.com/{name}
    newTag: {_hash(chance, 8)}
patches:
{patches}"""


def files():
    """Path and content of each file of the first commit."""
    for number in range(SERVICES):
        name = _service(number)
        for environment in ENVIRONMENTS:
            chance = random.Random(f"{number} {environment}")
            folder = folder_of(number, environment)
            yield folder + "/values.yaml", values(number, environment, _tag(number, -1))
            yield folder + "/deployment.yaml", _deployment(chance, name, environment)
            yield folder + "/configmap.yaml", f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n" + _settings(chance, chance.randrange(20, 70), "  ")
            yield folder + "/rules.yaml", _monitor(chance, name)
            yield folder + "/kustomization.yaml", _kustomization(chance, name, environment)
    yield SHARED_FILE, "# What runs in production.\n" + "".join(
        f"{_service(number)}:\n  image: registry.example.com/{_service(number)}\n  tag: {_tag(number, -1)} # written by the pipeline\n  owner: team-{number % TEAMS:02}\n\n"
        for number in range(SHARED_KEYS))


def shared_key(number):
    """The path of a service's tag in SHARED_FILE."""
    return f"{_service(number)}.tag"


def _tag(number, commit):
    return _hash(random.Random(f"tag {number} {commit}"), 8)


def _stream():
    def data(text):
        content = text.encode()
        return b"data %d\n%b\n" % (len(content), content)

    def commit(number, message):
        author = f"Developer {number % 37} <developer{number % 37}@example.com> {1_600_000_000 + number * 30_011} +0000"
        return f"commit refs/heads/main\nauthor {author}\ncommitter {author}\n".encode() + data(message)

    yield commit(0, "Move all services here\n")
    for path, content in files():
        yield f"M 100644 inline {path}\n".encode() + data(content)
    chance = random.Random("commits")
    for number in range(1, COMMITS):
        service, environment = chance.randrange(SERVICES), chance.choice(ENVIRONMENTS)
        tag = _tag(service, number)
        yield commit(number, f"{_service(service)}: {tag} in {environment}\n\nPipeline: https://ci.example.com/pipelines/{number}\n")
        yield f"M 100644 inline {values_file(service, environment)}\n".encode() + data(values(service, environment, tag))


def repository(folder):
    """The bare repository in `folder`, packed as a server's own maintenance would; for copies, not to be pushed to."""
    folder = pathlib.Path(folder)
    bare = folder / f"gitops-{SERVICES * len(ENVIRONMENTS) * 5}-{COMMITS}.git"
    if bare.is_dir():
        return bare
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = GitServer.create_below(folder, f"{bare.name}.{os.getpid()}")
    try:
        importer = subprocess.Popen(["git", "-C", unfinished, "fast-import", "--quiet"], env=ENVIRONMENT, stdin=subprocess.PIPE)
        with contextlib.closing(importer.stdin):
            for part in _stream():
                importer.stdin.write(part)
        if importer.wait() != 0:
            raise RuntimeError("git fast-import failed")
        git(unfinished, "repack", "-a", "-d", "-f", "--write-bitmap-index", "--quiet")
        git(unfinished, "commit-graph", "write", "--reachable")
        unfinished.rename(bare)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return bare


def copy(bare, root, name):
    """A copy that a server may serve and clients may push to."""
    path = pathlib.Path(root) / name
    shutil.copytree(bare, path)
    return path
