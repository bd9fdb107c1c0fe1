"""templates/: what GitLab asks of components, and that every option reaches its step as it was given."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

import gitlab_ci_local
from oracles import has_npm
from steps import ROOT, run

TEMPLATES = sorted((ROOT / "templates").glob("*.yml"))
STEPS = [path for path in TEMPLATES if path.stem != "release"]
JOB_INPUTS = {"job-name", "stage", "job-image", "job-rules", "dotenv-prefix", "allow-failure-exit-codes"}
TYPES = {"string": str, "boolean": bool, "number": (int, float), "array": list}
# What breaks YAML wherever a value does not stand in a block scalar.
HOSTILE = """up{job="a b",c!~'5..'} > 0 # 50 % : [x] & *y | {{z}} \\d"""


def parts(path):
    """The declared inputs, and the text that they are put into."""
    head, _, body = path.read_text().partition("\n---\n")
    return yaml.safe_load(head)["spec"]["inputs"], body


def interpolated(body, values):
    """As GitLab does it: in the text, before that is read as YAML; what is no string is written as JSON."""
    return yaml.safe_load(re.sub(r"\$\[\[\s*inputs\.([\w-]+)\s*\]\]", lambda block: values[block[1]] if isinstance(values[block[1]], str) else json.dumps(values[block[1]]), body))


def description(step):
    return json.loads(run(step, "--describe").out)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_inputs_are_declared_used_and_have_types(path):
    inputs, body = parts(path)
    assert set(re.findall(r"\$\[\[\s*inputs\.([\w-]+)\s*\]\]", body)) == set(inputs)
    assert body.count("$[[") == len(re.findall(r"\$\[\[\s*inputs\.[\w-]+\s*\]\]", body))
    for name, declared in inputs.items():
        assert set(declared) <= {"description", "type", "default", "options", "regex"} and declared["description"], name
        kind = declared.get("type", "string")
        if "default" in declared:
            assert isinstance(declared["default"], TYPES[kind]), name
        for key in ("options", "regex"):
            assert key not in declared or kind == "string", name
        assert declared.get("default") in declared.get("options", [declared.get("default")]), name
        assert re.search(declared.get("regex", ""), str(declared.get("default", ""))), name


def test_there_is_a_component_for_each_step_and_one_for_a_release():
    """GitLab takes 30 a project."""
    assert [path.stem for path in TEMPLATES] == sorted([path.name for path in (ROOT / "steps").iterdir() if path.is_dir()] + ["release"])


@pytest.mark.parametrize("path", STEPS, ids=lambda path: path.stem)
def test_every_option_reaches_its_step_as_it_was_given(path, tmp_path):
    """Whatever stands in a value; and nothing reaches it of an input that is not given."""
    inputs, body = parts(path)
    options = {option["flag"].removeprefix("--"): option for option in description(path.stem)["options"]}
    own = {name for name, option in options.items() if option["own"]}
    assert set(inputs) - JOB_INPUTS - {"dry-run", "verbose", "config"} == own

    values = {name: declared.get("default") for name, declared in inputs.items()}
    (name, job), = interpolated(body, values).items()
    assert name == path.stem and job["image"] == "ghcr.io/slipway/slipway:1"
    given = {key: expanded(value, job["variables"]) for key, value in job["variables"].items() if key.startswith("PLUGIN_")}
    assert len(given) == len(own) + 3
    reports = ["slipway/wait-for-slo/report.html"] if path.stem == "wait-for-slo" else []
    assert [value for value in given.values() if json.loads(value or "[]") != []] == [json.dumps([report]) + "\n" for report in reports]
    assert all(report.startswith(tuple(job["artifacts"]["paths"])) for report in reports), "kept with the outputs"

    for name in own:
        option = options[name]
        values[name] = {"list": ["one,two", HOSTILE], "flag": True}.get(option["kind"], option["words"][-1] if option["words"] else HOSTILE)
    (_, job), = interpolated(body, values).items()
    for name in own:
        value = expanded(job["variables"][f"PLUGIN_{name}".upper().replace("-", "_")], job["variables"])
        kind = options[name]["kind"]
        assert (json.loads(value) if kind == "list" else value) == ("true" if kind == "flag" else values[name]), name


def expanded(value, variables):
    return re.sub(r"\$(flag_\w+)", lambda name: variables[name[1]], value)


def test_a_step_takes_what_a_component_hands_over(tmp_path):
    """Lists as JSON, whatever is in their entries; and a value of slipway.yaml where an input is not given."""
    (tmp_path / "slipway.yaml").write_text("update-gitops-values:\n  allow-older: true\n")
    (tmp_path / "values.yaml").write_text("a: x\nb: y\n")
    inputs, body = parts(ROOT / "templates" / "update-gitops-values.yml")
    values = {name: declared.get("default") for name, declared in inputs.items()} | {"set": ["a=" + HOSTILE, "b=one,two"], "dir": ".", "file": ["values.yaml"]}
    (_, job), = interpolated(body, values).items()
    variables = {name: expanded(value, job["variables"]) for name, value in job["variables"].items()}
    done = run("update-gitops-values", env=variables, cwd=tmp_path)
    assert done.code == 0, done.err
    assert yaml.safe_load((tmp_path / "values.yaml").read_text()) == {"a": HOSTILE, "b": "one,two"}
    assert "update_gitops_values_changed=true\n" in (tmp_path / job["artifacts"]["reports"]["dotenv"]).read_text()
    planned = run("update-gitops-values", "--dry-run", env=variables, cwd=tmp_path)
    assert re.search(r"allow-older.*slipway.yaml", planned.err + planned.out)


@pytest.mark.skipif(not has_npm("gitlab-ci-local"), reason="gitlab-ci-local is not installed")
def test_gitlabs_schema_takes_all_components_in_one_pipeline(tmp_path):
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    required = {"rules-dir": "/rules", "prometheus-url": "http://p", "gitops-repository": "https://g", "gitops-file": "f"}
    include = [{"component": f"$CI_SERVER_FQDN/slipway/slipway/{path.stem}@$CI_COMMIT_SHA",
                "inputs": {"job-prefix": "all ", **required} if path.stem == "release" else {"job-name": f"one {path.stem}"}} for path in TEMPLATES]
    (tmp_path / ".gitlab-ci.yml").write_text(yaml.safe_dump({"include": include}))
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@example.invalid", "commit", "-qm", "all"],
                    ["remote", "add", "origin", "https://gitlab.example.invalid/slipway/slipway.git"]):
        subprocess.run(["git", "-C", tmp_path, *command], check=True)
    done = subprocess.run([*gitlab_ci_local.COMMAND, "--list-json"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    jobs = {job["name"]: job for job in json.loads(done.stdout[done.stdout.index("[\n"):])}  # behind its warning that it does not know regex
    assert set(jobs) == {f"one {path.stem}" for path in STEPS} | {"all " + name for name in ("check", "build-image", "release", "wait-for-slo", "rollback")}
    assert jobs["all rollback"]["when"] == "on_failure" and jobs["one wait-for-slo"]["allow_failure"] == {"exit_codes": [4]}

    # A wrong word is refused before anything runs.
    include[[path.stem for path in TEMPLATES].index("push-rules")]["inputs"]["target"] = "fiels"
    (tmp_path / ".gitlab-ci.yml").write_text(yaml.safe_dump({"include": include}))
    refused = subprocess.run([*gitlab_ci_local.COMMAND, "--list-json"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert refused.returncode != 0 and "not in the list of allowed options" in refused.stdout + refused.stderr
