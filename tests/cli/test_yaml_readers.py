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

FULL = os.environ.get("SLIPWAY_FULL") == "1"
SEED = int(os.environ.get("SLIPWAY_SEED") or random.SystemRandom().getrandbits(32))
ROUNDS = 5000 if FULL else 20
PIECES = [
    *"abcxyz0123456789", *"-_.:/@+,#'\"\\[]{}&*!|>%?=~`$^()<>; ", "  ", ": ", " #", "- ", "\t", "\n", "\r", "\x01", "\x1b", "\x7f", "\x85", "\xa0",
    "\u2028", "\u2029", "\ufeff", "\ufffd", "\ufffe", "é", "ß", "日本", "😀", "true", "null", "no", "0x", "0o", "1e", "e5", "inf", ".nan", "<<",
    "---", "...", "{{ .x }}", "sha256:", "v1.2.3"]
TYPICAL = [
    "1e5", "08", "1_000", "12:30:45", "2024-01-15", "1.10", "706798e8", "706798e8c", "1.2.3", "v1.2.3-rc.1", "0x1F", "0b1", "0o7", "1E3", "+1", "-1",
    ".5", "1.", "e5", "y", "N", "yes", "Off", "TRUE", "Null", "nil", "None", "~", "", " ", "=", "<<", ".inf", "-.INF", ".NaN", "190:20:30",
    "2001-12-14t21:59:43.10-05:00", "deadbeef", "1f", "12e03", "0", "1", "registry:5000/a/b@sha256:0a1b", "685_230.15", "0.1", "1:2", "a:b", "0777",
    "0b1010_0111", "!!int 3", "&a", "*a", "@x", "`x`", "%x", "- a", "? a", "a: b", "a #b", "#a", "'", '"', "\\"]
FLOW_STYLES = ["old", "'old'", '"old"', "1.10", "'' ", "!!str old"]
LIST_STYLES = [*FLOW_STYLES, "~", "two words", "'it''s'", '"\\u00e9"', "!!str 12", "&anchor{n} old", "old # comment", "'' # comment",
               "first\n  second", "'first\n\n  second'"]
STYLES = {"flow": FLOW_STYLES, "list": LIST_STYLES, "block": [*LIST_STYLES, ""], "crlf": [*LIST_STYLES, ""]}


def string(rng):
    if rng.random() < 0.3:
        return rng.choice(TYPICAL)
    return "".join(rng.choice(PIECES) for _ in range(rng.randrange(12)))


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
