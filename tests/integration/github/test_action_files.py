"""action.yml of each step, and the example workflows: what GitHub takes, and the same as the steps themselves say. Then what the tests' own
runner reads, since all that it lets pass is believed."""

import re
import sys

import pytest
import yaml

import github_commands
import oracles
from github_expressions import Optional, Refused, condition, evaluate, interpolate
from steps import BIN, ROOT

sys.path.insert(0, str(ROOT / "dev"))
from generators import actions  # noqa: E402
from generators.description import IMAGE, STEPS, describe  # noqa: E402

EXAMPLES = sorted((ROOT / "ci-examples" / "github").iterdir())
DESCRIPTIONS = describe(BIN)


@pytest.fixture(params=STEPS)
def step(request):
    return DESCRIPTIONS[request.param]


@pytest.fixture
def action(step):
    return yaml.safe_load((ROOT / "steps" / step["name"] / "action.yml").read_text())


def test_is_what_the_step_says_of_itself(step, action):
    options = {option["name"] for option in step["options"]} | {option["name"] + "-file" for option in step["options"] if option["kind"] == "secret"}
    assert set(action["inputs"]) == options
    assert set(action["outputs"]) == {output["name"] for output in step["outputs"]}
    path = f"steps/{step['name']}/action.yml"
    assert (ROOT / path).read_text() == actions.files({step["name"]: step})[path], "stale: run dev/generate"


def test_hides_no_weaker_layer(action):
    """An input is a strong layer: with a default, or one that must be filled in, nothing weaker would ever count."""
    assert all(set(entry) == {"description"} for entry in action["inputs"].values())


def test_keeps_to_what_github_allows(step, action):
    assert set(action) == {"name", "description", "author", "branding", "inputs", "outputs", "runs"}
    assert len(action["description"]) <= 125  # Marketplace
    assert action["branding"]["color"] in ("white", "black", "yellow", "blue", "green", "orange", "red", "purple", "gray-dark")
    for name in (*action["inputs"], *action["outputs"]):
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name)
        assert name.lower() not in ("args", "entrypoint")  # which would replace those of the container
    if step["name"] != "build-image":
        assert action["runs"] == {"using": "docker", "image": f"docker://{IMAGE}", "entrypoint": f"/usr/bin/{step['name']}"}
        return
    only, = action["runs"]["steps"]
    assert {name: only["env"]["INPUT_" + name.upper()] for name in action["inputs"]} == {name: f"${{{{ inputs.{name} }}}}" for name in action["inputs"]}
    assert {name: entry["value"] for name, entry in action["outputs"].items()} == {name: f"${{{{ steps.run.outputs.{name} }}}}" for name in action["outputs"]}
    assert IMAGE in (ROOT / "steps" / "build-image" / "action.sh").read_text()


@pytest.mark.skipif(not oracles.has_action_validator(), reason="action-validator is not installed")
@pytest.mark.parametrize("path", [*(ROOT / "steps" / name / "action.yml" for name in STEPS), *EXAMPLES], ids=lambda path: str(path.relative_to(ROOT)))
def test_the_schema_takes_it(path):
    assert oracles.action_validator(path) == ""


@pytest.mark.skipif(not oracles.has_action_validator(), reason="action-validator is not installed")
def test_the_schema_refuses_something(tmp_path):
    wrong = tmp_path / "action.yml"
    wrong.write_text("name: x\ndescription: y\nruns: {using: docker}\n")
    assert "image" in oracles.action_validator(wrong)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_names_what_is_to_be_set(path):
    """Variables at its top, where they are all that depends on the place; secrets in the comment above."""
    text = path.read_text()
    workflow = yaml.safe_load(text)
    head, body = text.split("\npermissions:\n")
    for name, value in workflow["env"].items():
        assert f"vars.{name} " in value
        assert re.search(rf"env\.{name}\b", body) or f"printenv {name} " in body or name in ("PROMETHEUS_URL", "SLIPWAY_IMAGE")  # which the steps read
    assert "vars." not in body
    assert set(re.findall(r"secrets\.(\w+)", body)) == set(re.findall(r"^#   ([A-Z_]+)  ", head, re.M))


# The runner of these tests

CONTEXTS = {"vars": Optional(WATCH="5m"), "steps": {"gate": {"outputs": {"verdict": "violated"}, "outcome": "failure"}}}


@pytest.mark.parametrize("text, value", [
    ("vars.WATCH || '10m'", "5m"), ("vars.NONE || '10m'", "10m"), ("vars.NONE", ""), ("steps.gate.outputs.verdict == 'VIOLATED'", True),
    ("!(1 == 2) && 'it''s' != ''", True), ("'1' == 1", True), ("'' == false", True), ("null == ''", True), ("'a' == 1", False),
    ("steps['gate'].outcome", "failure"), ("format('{0}-{1}{{}}', 'a', 2)", "a-2{}"), ("contains('abc', 'B')", True), ("startsWith('abc', 'AB')", True)])
def test_expressions(text, value):
    assert evaluate(text, CONTEXTS) == value


@pytest.mark.parametrize("text", ["steps.gatE.outcome", "steps.gate.outputs.verdikt", "env.X", "hashFiles('x')", "success()", "'a", "a b", "1 +", "${{ x"])
def test_expressions_that_are_refused(text):
    with pytest.raises(Refused):
        interpolate("${{ " + text + " }}", CONTEXTS)


def test_conditions():
    def status(name):
        return name == "failure"

    assert condition("failure() && steps.gate.outputs.verdict == 'violated'", CONTEXTS, status)
    assert not condition("steps.gate.outputs.verdict == 'violated'", CONTEXTS, status), "success() is meant besides"
    assert condition("${{ !cancelled() }}", CONTEXTS, status)
    assert not condition("always()", CONTEXTS, status)


def test_outputs_are_read_as_the_runner_reads_them():
    assert github_commands.parse_pairs("a=b=c\n\nlong<<END\none\ntwo=<<\nEND\na=last\nempty=\n") == {"a": "last", "long": "one\ntwo=<<", "empty": ""}


@pytest.mark.parametrize("text", ["a=b", "=b\n", "a<<\nx\n", "<<E\nx\nE\n", "a<<E\nx\n", "word\n"])
def test_outputs_that_the_runner_refuses(text):
    with pytest.raises(github_commands.Misread):
        github_commands.parse_pairs(text)


def test_commands_are_read_as_the_runner_reads_them():
    log = github_commands.Log(("/github/workspace",))
    for line in ("::group::Title", "  ::error file=/github/workspace/a%2Cb,line=3,col=1,title=a%3Ab::50 %25%0Anext: ::x", "::endgroup::", "::stop-commands::token",
                 "::error::not obeyed", "##[error]neither", "::token::", "::add-mask::secret", "::unknown::x", "plain ::error::text"):
        log.add(line)
    log.end()
    assert log.annotations == [github_commands.Annotation("error", "50 %\nnext: ::x", "a:b", "a,b", 3, 1)]
    assert (log.masks, log.groups) == (["secret"], ["Title"])
    assert "add-mask" not in log.shown()


@pytest.mark.parametrize("lines", [["::group::a"], ["::endgroup::"], ["::group::a", "::group::b"], ["::stop-commands::t"], ["::stop-commands::error"],
                                   ["##[error]x"], ["::set-output name=a::b"], ["::add-mask:: "], ["::error line=1::x"], ["::error file=a,lin=1::x"],
                                   ["::error file=a,line::x"], ["::warning::x"] * 11], ids=lambda lines: lines[0])
def test_commands_that_the_runner_misreads(lines):
    log = github_commands.Log()
    with pytest.raises(github_commands.Misread):
        for line in lines:
            log.add(line)
        log.end()

