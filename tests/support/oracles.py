"""Readers that are not ours, installed by dev/oracles; tests compare with them."""

import json
import shutil
import subprocess
import sys

from steps import BIN, ROOT

FOLDER = ROOT / "build" / "oracles"

# One JSON text a line in, one JSON answer a line out: {"value": ...} or {"error": "..."}.
SERVE_HCL = """
const {parse} = require('@cdktf/hcl2json');
const lines = require('readline').createInterface({input: process.stdin});
(async () => {
  for await (const line of lines) {
    let answer;
    try { answer = {value: await parse('file.hcl', JSON.parse(line))}; } catch (error) { answer = {error: String(error.message || error)}; }
    console.log(JSON.stringify(answer));
  }
})();
"""


def has_npm(*packages):
    return shutil.which("node") is not None and all((FOLDER / "node_modules" / package).is_dir() for package in packages)


def has_hcl2json():
    return has_npm("@cdktf/hcl2json")


def hcl2json(texts):
    """What HashiCorp's own parser says of each text: {"value": ...} or {"error": ...}."""
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    done = subprocess.run(["node", "-e", SERVE_HCL], input=lines, cwd=FOLDER, capture_output=True, text=True, check=True, timeout=600)
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def has_action_validator():
    return has_npm("@action-validator/core", "@action-validator/cli")


def action_validator(path):
    """What is wrong with an action.yml or a workflow, by the schemas that GitHub's editors use; nothing when it is right."""
    done = subprocess.run([FOLDER / "node_modules" / ".bin" / "action-validator", path], capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr if done.returncode else ""


PROMETHEUS = FOLDER / "prometheus-oracle"


def has_prometheus_code():
    return PROMETHEUS.is_file()


def prometheus_says(questions):
    """What Prometheus' own code answers to each question; tests/support/prometheus_oracle says which there are."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run([PROMETHEUS], input=lines.encode(), capture_output=True, check=True, timeout=600)
    return [json.loads(line) for line in done.stdout.decode().split("\n") if line]


def we_say_of_metrics(pages):
    """What our own reader answers to each (content type, page), in the same form; tests/cli/exposition_samples.cpp is it."""
    texts = b"".join(b"%s %d\n%s" % (b"openmetrics" if "openmetrics" in kind else b"text", len(page), page) for kind, page in pages)
    done = subprocess.run([BIN / "exposition-samples"], input=texts, capture_output=True, check=True, timeout=600)
    return [json.loads(line) for line in done.stdout.decode().split("\n") if line]


SLOTH = FOLDER / "sloth"


def has_sloth():
    return SLOTH.is_file()


KUSTOMIZE = FOLDER / "kustomize"


def has_kustomize():
    return KUSTOMIZE.is_file()


def kustomize_set_image(folder, argument):
    """What `kustomize edit set image` makes of the folder's kustomization.yaml; it writes the file anew."""
    return subprocess.run([KUSTOMIZE, "edit", "set", "image", argument], cwd=folder, capture_output=True, text=True, timeout=60)


FLUX = FOLDER / "flux-oracle"


def has_flux_code():
    return FLUX.is_file()


def flux_says(texts, setters):
    """The values that Flux would set in each YAML text: {"set": [[document, "/path", setter]]} or {"error": ...}."""
    lines = "".join(json.dumps({"yaml": text, "setters": {name: "value" for name in setters}}) + "\n" for text in texts)
    done = subprocess.run([FLUX], input=lines.encode(), capture_output=True, check=True, timeout=600)
    return [json.loads(line) for line in done.stdout.decode().split("\n") if line]


ARGO = FOLDER / "argo-oracle"


def has_argo_code():
    return ARGO.is_file()


def argo_says(questions):
    """What Argo Rollouts' evaluator answers to each: "true", "false" or "error"; tests/support/argo_oracle says how to ask."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    return subprocess.run([ARGO], input=lines, capture_output=True, text=True, check=True, timeout=600).stdout.split()


YQ = FOLDER / "yq"


def has_yq():
    return YQ.is_file()


ORAS = FOLDER / "oras"


def has_oras():
    return ORAS.is_file()


COSIGN = FOLDER / "cosign"  # too large for dev/oracles, which does not install it: put there, it is used


def has_cosign():
    return COSIGN.is_file()


PACKAGEURL = FOLDER / "packageurl_python-0.17.6-py3-none-any.whl"


def has_packageurl():
    return PACKAGEURL.is_file()


def read_package_url(url):
    """(type, namespace, name, version, qualifiers) by the reader of package URLs that other tools use; the URL has to be in normal form."""
    if str(PACKAGEURL) not in sys.path:
        sys.path.append(str(PACKAGEURL))
    from packageurl import PackageURL

    read = PackageURL.from_string(url)
    return read.type, read.namespace or "", read.name, read.version or "", dict(read.qualifiers)


def we_say_of_packages(questions):
    """What our SBOMs say of packages, and of licences; tests/integration/sbom_samples.cpp says how to ask."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run([BIN / "sbom-samples"], input=lines.encode(), capture_output=True, check=True, timeout=600)
    return [json.loads(line) for line in done.stdout.decode().split("\n") if line]
