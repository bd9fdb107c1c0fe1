"""Every file that the real Buildah copies out of a context is in the key's walk, on generated trees and ignore files."""

import io
import json
import os
import random
import shutil
import stat
import subprocess
import tarfile

import pytest

from steps import BIN

pytestmark = pytest.mark.skipif(shutil.which("buildah") is None, reason="buildah is not installed")

FULL = os.environ.get("SLIPWAY_FULL") == "1"
SEED = int(os.environ.get("SLIPWAY_SEED", "1"))

NAMES = ["a", "b", "ab", "a.py", "b.log", "keep", ".hidden", "node_modules", "x+y", "sp ace"]
PIECES = ["a", "b", "*", "a*", "*.py", "*.log", "**", "?", "[ab]", "[a-c]*", "keep", ".hidden", ".*", "node_modules", "x+y", "x?y", "[^a]", "a\\b", "sp ace"]


def make_tree(folder, chance, depth=0):
    for name in chance.sample(NAMES, chance.randint(1, 5)):
        path = folder / name
        kind = chance.random()
        if kind < 0.45 and depth < 3:
            path.mkdir()
            make_tree(path, chance, depth + 1)
        elif kind < 0.9:
            path.write_bytes(chance.randbytes(chance.randint(0, 20)))
            path.chmod(chance.choice([0o644, 0o755, 0o600, 0o4755]))
        else:
            path.symlink_to(chance.choice(["nowhere", "/nowhere/else"]))


def make_patterns(chance):
    lines = []
    for _ in range(chance.randint(0, 6)):
        pattern = "/".join(chance.choice(PIECES) for _ in range(chance.randint(1, 3)))
        lines.append(chance.choice(["", "", "", "!", "/", "./", " ", "# "]) + pattern + chance.choice(["", "", "/", " "]))
    return chance.choice(["\n", "\n", "\r\n"]).join(lines) + "\n"


def copied_by_buildah(folder, instructions, ignore, environment, work):
    """Paths in the image, or nothing when Buildah refuses the context."""
    containerfile = work / "Containerfile"
    containerfile.write_text("FROM scratch\n" + instructions)
    built = subprocess.run(["buildah", "build", "--layers=false", "--quiet", "--file", containerfile, "--ignorefile", ignore, folder],
                           env={**os.environ, **environment}, capture_output=True, text=True)
    if built.returncode != 0:
        return None
    layout = work / "layout"
    shutil.rmtree(layout, ignore_errors=True)
    image = built.stdout.strip()
    subprocess.run(["buildah", "push", image, "oci:layout:x"], cwd=work, env={**os.environ, **environment}, check=True, capture_output=True)
    subprocess.run(["buildah", "rmi", image], env={**os.environ, **environment}, check=True, capture_output=True)
    blob = lambda digest: (layout / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_bytes()
    manifest = json.loads(blob(json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]))
    paths = set()
    for layer in manifest["layers"]:
        with tarfile.open(fileobj=io.BytesIO(blob(layer["digest"]))) as archive:
            paths |= {entry.name.strip("/") for entry in archive if not entry.isdir()}
    return paths


def walked(folder, ignore, *sources):
    done = subprocess.run([BIN / "context-walk", folder, ignore, *sources], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines())


@pytest.mark.parametrize("number", range(400 if FULL else 25))
def test_what_buildah_copies_is_in_the_walk(number, tmp_path, buildah_environment):
    chance = random.Random(f"{SEED} {number}")
    folder = tmp_path / "context"
    folder.mkdir()
    make_tree(folder, chance)
    ignore = tmp_path / "ignore"
    ignore.write_text(make_patterns(chance), newline="")
    copied = copied_by_buildah(folder, "COPY . /\n", ignore, buildah_environment, tmp_path)
    if copied is None:
        return
    missing = copied - walked(folder, ignore)
    assert not missing, f"seed {SEED}, number {number}: {ignore.read_text()!r}"


@pytest.mark.parametrize("number", range(100 if FULL else 10))
def test_what_buildah_copies_of_single_paths_is_in_the_walk(number, tmp_path, buildah_environment):
    chance = random.Random(f"{SEED} single {number}")
    folder = tmp_path / "context"
    folder.mkdir()
    make_tree(folder, chance)
    ignore = tmp_path / "ignore"
    ignore.write_text(make_patterns(chance) if chance.random() < 0.5 else "")
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_symlink() and " " not in str(path))
    if not names:
        return
    sources = chance.sample(names, min(len(names), 2))
    copied = copied_by_buildah(folder, "".join(f"COPY {source} /{n}/{source}\n" for n, source in enumerate(sources)), ignore, buildah_environment, tmp_path)
    if copied is None:
        return
    assert {path.split("/", 1)[1] for path in copied} <= walked(folder, ignore, *sources)


def test_patterns_that_both_understand_leave_out_the_same(tmp_path, buildah_environment):
    """Not only is nothing missing: what is left out does not count for the key."""
    folder = tmp_path / "context"
    for path in ["src/a.py", "src/deep/b.py", "src/node_modules/x/y", "node_modules/z", "build/out", "docs/keep.md", "docs/drop.txt", "README.md", ".git/HEAD"]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
    ignore = tmp_path / "ignore"
    ignore.write_text("# usual\n.git\n**/node_modules\nbuild/\n*.md\ndocs/*\n!docs/keep.md\n")
    copied = copied_by_buildah(folder, "COPY . /\n", ignore, buildah_environment, tmp_path)
    assert copied == {"src/a.py", "src/deep/b.py", "docs/keep.md"}
    assert {path for path in walked(folder, ignore) if not stat.S_ISDIR((folder / path).stat().st_mode)} == copied
