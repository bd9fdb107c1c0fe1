"""Strings that we write as YAML scalars, read back by readers that have nothing to do with ours: none may be misread, in any context.

SLIPWAY_FULL=1 writes half a million; written_scalars.cpp says where each of them stands.
"""

import json
import os
import random
import subprocess

import pytest
import yaml

from oracles import FOLDER, YQ, has_npm, has_yq
from steps import BIN
from yaml_strings import string

FULL = os.environ.get("SLIPWAY_FULL") == "1"
SEED = int(os.environ.get("SLIPWAY_SEED") or random.SystemRandom().getrandbits(32))
FILES = 100 if FULL else 4
IN_EACH = 5000

# Arguments: the reader, then files NAME.yaml beside NAME.json. Out: one JSON object a line for what is misread, and how many were read.
NODE = """
const fs = require('fs');
const yaml = require('yaml');
const readers = {
  'yaml 1.1': text => yaml.parse(text, {version: '1.1'}),
  'yaml 1.2': text => yaml.parse(text, {version: '1.2'}),
  'js-yaml': text => require('js-yaml').load(text),
};
const [reader, ...files] = process.argv.slice(1);
let read = 0;
for (const file of files) {
  const wanted = JSON.parse(fs.readFileSync(file + '.json'));
  const entries = readers[reader](fs.readFileSync(file + '.yaml', 'utf8'));
  if (entries.length !== wanted.length) throw new Error(`${file}: ${entries.length} entries`);
  entries.forEach((entry, number) => {
    const keys = Object.keys(entry.k);
    const found = {p: entry.p, s: entry.s, d: entry.d, 'f.p': entry.f.p, 'f.s': entry.f.s, 'f.d': entry.f.d, 'f.l[0]': entry.f.l[0], 'f.l[1]': entry.f.l[1],
                   'l[0]': entry.l[0], k: keys.length === 1 && entry.f.l.length === 2 && entry.l.length === 1 ? keys[0] : keys};
    for (const [place, value] of Object.entries(found)) {
      if (value !== wanted[number]) console.log(JSON.stringify({wanted: wanted[number], place, read: value}));
    }
    read += 1;
  });
}
console.log(JSON.stringify({read}));
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Paths without their endings."""
    folder = tmp_path_factory.mktemp("scalars")
    rng = random.Random(SEED)
    paths = []
    for number in range(FILES):
        strings = [string(rng) + ("\0" if rng.random() < 0.001 else "") for _ in range(IN_EACH)]
        path = folder / str(number)
        path.with_suffix(".json").write_text(json.dumps(strings))
        with path.with_suffix(".yaml").open("wb") as file:
            subprocess.run([BIN / "written-scalars"], input="".join(json.dumps(text) + "\n" for text in strings).encode(), stdout=file, check=True)
        paths.append(path)
    return paths


def as_written(text):
    return {"p": text, "s": text, "d": text, "f": {"p": text, "s": text, "d": text, "l": [text, text]}, "l": [text], "k": {text: 1}}


def misread(path, entries):
    """What should have been read, and what was."""
    wanted = json.loads(path.with_suffix(".json").read_text())
    assert len(entries) == len(wanted)
    return [(text, entry) for text, entry in zip(wanted, entries) if entry != as_written(text)]


@pytest.mark.parametrize("loader", ["SafeLoader", "CSafeLoader"])
def test_pyyaml(written, loader):
    # What is written in Python takes its time: a tenth is enough for what differs from libyaml.
    for path in written[::10] if loader == "SafeLoader" else written:
        entries = yaml.load(path.with_suffix(".yaml").read_bytes().decode(), getattr(yaml, loader))
        assert misread(path, entries)[:3] == [], f"SLIPWAY_SEED={SEED}"


@pytest.mark.parametrize("reader", ["yaml 1.1", "yaml 1.2", "js-yaml"])
def test_npm(written, reader):
    if not has_npm("yaml", "js-yaml"):
        pytest.skip("yaml and js-yaml of npm are not installed: dev/oracles")
    done = subprocess.run(["node", "-e", NODE, "--", reader, *written], cwd=FOLDER, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers[:3] == [{"read": FILES * IN_EACH}], f"SLIPWAY_SEED={SEED}"


def test_go_yaml_v3(written):
    if not has_yq():
        pytest.skip("yq is not installed: dev/oracles")
    for path in written:
        done = subprocess.run([YQ, "-o", "json", "-I", "0", ".", path.with_suffix(".yaml")], capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        # yq itself takes a key that is called "<<" for a merge, be it in quotes or not.
        wrong = [(text, entry) for text, entry in misread(path, json.loads(done.stdout)) if text != "<<" or {**entry, "k": {text: 1}} != as_written(text)]
        assert wrong[:3] == [], f"SLIPWAY_SEED={SEED}"
