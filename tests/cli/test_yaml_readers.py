"""Values that update-gitops-values writes, read back by readers that have nothing to do with it: PyYAML and json.

Each run of the step sets many random strings at once, in every style that a file may have at their place; everything else in the file must
stay. SLIPWAY_FULL=1 writes half a million strings.
"""

import json
import os
import random

import pytest
import yaml

from steps import run
from yaml_strings import string

FULL = os.environ.get("SLIPWAY_FULL") == "1"
SEED = int(os.environ.get("SLIPWAY_SEED") or random.SystemRandom().getrandbits(32))
ROUNDS = 5000 if FULL else 20
FLOW_STYLES = ["old", "'old'", '"old"', "1.10", "'' ", "!!str old"]
LIST_STYLES = [*FLOW_STYLES, "~", "two words", "'it''s'", '"\\u00e9"', "!!str 12", "&anchor{n} old", "old # comment", "'' # comment",
               "first\n  second", "'first\n\n  second'"]
STYLES = {"flow": FLOW_STYLES, "list": LIST_STYLES, "block": [*LIST_STYLES, ""], "crlf": [*LIST_STYLES, ""]}


def set_all(path, values):
    assignments = (argument for place, value in values for argument in ("--set", f"{place}={value}"))
    return run("update-gitops-values", "--dir", path.parent, "--file", path.name, "--quiet", *assignments)


@pytest.mark.parametrize("kind", ["block", "crlf", "flow", "list"])
def test_pyyaml_reads_exactly_what_was_set(tmp_path, kind):
    rng = random.Random(f"{SEED} {kind}")
    for round_ in range(ROUNDS // 4):
        styles = [rng.choice(STYLES[kind]).replace("{n}", str(n)) for n in range(25)]
        if kind == "flow":
            text = "{ keep: [a, 'b'], " + ", ".join(f"k{n}: {style}" for n, style in enumerate(styles)) + " }\n"
            paths = [f"k{n}" for n in range(25)]
        elif kind == "list":
            text = "keep: [a, 'b']\nlist:\n" + "".join(f"- {style}\n" for style in styles)
            paths = [f"list[{n}]" for n in range(25)]
        else:
            text = "keep: [a, 'b']\n" + "".join(f"k{n}: {style}\n" for n, style in enumerate(styles))
            paths = [f"k{n}" for n in range(25)]
        if kind == "crlf":
            text = text.replace("\n", "\r\n")
        wanted = [string(rng) for _ in styles]
        path = tmp_path / "values.yaml"
        path.write_bytes(text.encode())
        done = set_all(path, zip(paths, wanted))
        where = f"seed {SEED}, {kind}, round {round_}\n{text}"
        assert done.code == 0, f"{where}\n{done.err}"
        read = yaml.safe_load(path.read_bytes().decode())
        assert read["keep"] == ["a", "b"], where
        assert (read["list"] if kind == "list" else [read[f"k{n}"] for n in range(25)]) == wanted, where


def test_json_stays_json_where_values_are_strings(tmp_path):
    """A file in YAML's JSON subset can still be read by a JSON parser: escapes are those that both have."""
    rng = random.Random(SEED)
    for _ in range(ROUNDS // 4):
        wanted = {f"k{n}": string(rng) for n in range(25)}
        path = tmp_path / "values.yaml"
        path.write_text(json.dumps({name: "old" for name in wanted}, indent=2))
        done = set_all(path, wanted.items())
        assert done.code == 0, done.err
        assert json.loads(path.read_bytes().decode()) == wanted
