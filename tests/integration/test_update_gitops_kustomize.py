"""update-gitops-values beside the programs whose files it edits: kustomize, and Flux' reading of its markers. Values are compared;
the layout is ours to keep."""

import itertools
import os
import random

import pytest
import yaml

import oracles
from marker_texts import MARKER, MarkerTexts
from steps import run

STEP = "update-gitops-values"
SEED = int(os.environ.get("SLIPWAY_SEED", "1"))
FULL = os.environ.get("SLIPWAY_FULL") == "1"
OLD_DIGEST = "sha256:" + "b" * 64
NEW_DIGEST = "sha256:" + "a" * 64
NEW_IMAGE = "registry.example.com/new/app:v2"

needs_kustomize = pytest.mark.skipif(not oracles.has_kustomize(), reason="kustomize is not installed: dev/oracles installs it")
needs_flux_code = pytest.mark.skipif(not oracles.has_flux_code(), reason="flux-oracle is not installed: dev/oracles builds it")


def arguments():
    """All that can be given, left out and kept."""
    for name, tag, digest in itertools.product(["", "*", "registry.example.com:5000/new/app"], ["", "*", "1.10", "v2"], ["", "*", NEW_DIGEST]):
        if name or tag or digest:
            yield "app" + (f"={name}" if name else "") + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")


def kustomization(chance):
    entries = []
    for name in chance.sample(["app", "db", "web", "a/b"], chance.randint(0, 4)):
        fields = {"name": name, "newName": "registry/x", "newTag": chance.choice(["v1", "1.10", "latest"]), "digest": OLD_DIGEST, "tagSuffix": "-x"}
        kept = ["name"] + [field for field in list(fields)[1:] if chance.random() < 0.5]
        chance.shuffle(kept)
        entries.append({field: fields[field] for field in kept})
    return yaml.safe_dump({"resources": ["app.yaml"]} | ({"images": entries} if entries or chance.random() < 0.5 else {}), sort_keys=False)


def images(folder):
    entries = yaml.safe_load((folder / "kustomization.yaml").read_text()).get("images") or []
    return sorted(entries, key=lambda entry: entry["name"])


@needs_kustomize
@pytest.mark.parametrize("argument", arguments())
def test_an_image_becomes_what_kustomize_makes_of_it(argument, tmp_path):
    chance = random.Random(f"{SEED} {argument}")
    for number in range(20 if FULL else 3):
        text = kustomization(chance)
        ours, theirs = tmp_path / f"ours-{number}", tmp_path / f"theirs-{number}"
        for folder in (ours, theirs):
            folder.mkdir()
            (folder / "kustomization.yaml").write_text(text)
        expected = oracles.kustomize_set_image(theirs, argument)
        assert expected.returncode == 0, expected.stderr
        for _ in range(2):  # a second run finds the same entry
            done = run(STEP, "--dir", ours, "--file", "kustomization.yaml", "--image", argument, "--create")
            assert done.code == 0, done.err
            assert images(ours) == images(theirs), text


def leaves(value, path=""):
    if isinstance(value, (dict, list)):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(member, f"{path}/{key}")
    else:
        yield path, value


@needs_flux_code
def test_the_values_that_flux_sets_are_set(tmp_path):
    maker = MarkerTexts(random.Random(SEED))
    texts = [maker.text() for _ in range(2000 if FULL else 150)]
    taken = 0
    for number, (text, answer) in enumerate(zip(texts, oracles.flux_says(texts, ["ns:app"]), strict=True)):
        assert "error" not in answer, text
        expected = sorted((document, path) for document, path, _ in answer["set"])
        for line_break in ("\n", "\r\n"):
            file = tmp_path / f"{number}.yaml"
            file.write_bytes(text.replace("\n", line_break).encode())
            done = run(STEP, "--dir", tmp_path, "--file", file.name, "--policy", f"ns:app={NEW_IMAGE}")
            if not expected:
                assert done.code == 1, text
                continue
            assert done.code == 0, text + done.err
            documents = yaml.safe_load_all(file.read_text())
            found = sorted((index, path) for index, document in enumerate(documents) for path, value in leaves(document) if value == NEW_IMAGE)
            assert found == expected, text
        taken += len(expected)
    assert taken > len(texts) / 4 and any(MARKER in text for text in texts)
