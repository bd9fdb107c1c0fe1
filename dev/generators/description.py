"""What the executables say of themselves with --describe (common/cli/description.hpp has the fields)."""

import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
STEPS = ("build-image", "render-jobspec", "push-rules", "update-gitops-values", "run-job", "wait-for-slo")

# What is published; whoever publishes under another name changes it here, and runs dev/generate.
REPOSITORY = "slipway/slipway"
IMAGE = f"ghcr.io/{REPOSITORY}:1"


def describe(folder):
    """The descriptions by the step's name, in the order of a release."""
    return {step: json.loads(subprocess.run([folder / step, "--describe"], check=True, capture_output=True, text=True).stdout) for step in STEPS}


def own_options(step):
    return [option for option in step["options"] if option["own"]]


def common_options(step):
    return [option for option in step["options"] if not option["own"]]
