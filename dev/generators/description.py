"""What the executables say of themselves with --describe (common/cli/description.hpp has the fields)."""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
STEPS = ("build-image", "render-jobspec", "push-rules", "update-gitops-values", "run-job", "wait-for-slo")

# What is published; whoever publishes under another name changes it here, and runs dev/generate.
REPOSITORY = "slipway/slipway"
IMAGE = f"ghcr.io/{REPOSITORY}:1"


def ask(executable, option):
    """What it prints. What cannot be asked ends the program."""
    why = None
    try:
        done = subprocess.run([executable, option], capture_output=True, text=True)
        if done.returncode != 0:
            why = done.stderr.strip() or f"exit code {done.returncode}"
    except OSError as error:
        why = error.strerror
    if why is not None:
        sys.exit(f"dev/generate: cannot run {executable} {option}: {why}\nhint: build the steps first, or name the folder with their executables: SLIPWAY_BIN=DIR")
    return done.stdout


def describe(folder):
    """The descriptions by the step's name, in the order of a release."""
    return {step: json.loads(ask(folder / step, "--describe")) for step in STEPS}


def version(folder):
    """Number and date, "0.1.0" and "2026-11-21", as --version says them; no date where no commit was known to the build."""
    number, date = re.fullmatch(r"\S+ (\S+) \(commit \S+, (\S+)\)\n", ask(folder / STEPS[0], "--version")).groups()
    return number, date if date[:1].isdigit() else ""


def own_options(step):
    return [option for option in step["options"] if option["own"]]


def common_options(step):
    return [option for option in step["options"] if not option["own"]]
