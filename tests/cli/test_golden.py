"""Runs each file of tests/cli/cases/<step>/*.txt and compares what the step says, to the letter.

A case is a list of parts, each under a line of its own that begins with "== ":

    == command               one line, split as a shell splits words; the first word is the step
    == env                   optional: NAME=value lines
    == stdin                 optional
    == file app.tmpl         optional, repeatable: a file that is there before (final line break included);
                             "== file app.tmpl mode=000" gives it these permissions
    == exit 2                what must come out ...
    == stdout
    == stderr
    == result app.txt        optional, repeatable: a file's content afterwards; "== result app.txt missing": it does not exist

Each case runs in an empty folder that is its own Git checkout's root (an empty ".git" folder). No file may appear in it that the
case does not name, so that nothing half-written stays unnoticed. Parts of the output that differ from run to run are replaced: times of
the log by HH:MM:SS, the folder by $DIR, the version's commit and date.

`SLIPWAY_ACCEPT=1 tests/run cli` writes what came out into the case.
"""

import os
import pathlib
import re
import shlex

import pytest

from steps import run

CASES = pathlib.Path(__file__).parent / "cases"


def parse(text):
    """The parts of a case, in their order: [header, body]."""
    parts = []
    for line in text.splitlines(keepends=True):
        if line.startswith("== "):
            parts.append([line[3:].strip(), ""])
        elif parts:
            parts[-1][1] += line
    return parts


def normalise(text, folder):
    text = text.replace(str(folder), "$DIR")
    text = re.sub(r"^\d\d:\d\d:\d\d ", "HH:MM:SS ", text, flags=re.M)
    text = re.sub(r'"time":"[^"]+Z"', '"time":"TIME"', text)
    return re.sub(r"\(commit \w+, [\w-]+\)", "(commit COMMIT, DATE)", text)


def prepare(parts, folder):
    (folder / ".git").mkdir()
    allowed = set()
    for header, body in parts:
        kind, _, rest = header.partition(" ")
        if kind not in ("file", "result"):
            continue
        name, *settings = rest.split()
        allowed.add(name)
        if kind == "file":
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body)
            for setting in settings:
                path.chmod(int(setting.removeprefix("mode="), 8))
    return allowed


def only(parts, header):
    found = [body for name, body in parts if name == header]
    assert len(found) <= 1, f"two parts '{header}'"
    return found[0] if found else None


def outcome(parts, folder):
    """Runs the case; the parts as they should read."""
    step, *arguments = shlex.split(only(parts, "command"))
    env = dict(line.split("=", 1) for line in (only(parts, "env") or "").splitlines())
    done = run(step, *arguments, env=env, cwd=folder, input=only(parts, "stdin") or "")
    actual = []
    for header, body in parts:
        kind, _, rest = header.partition(" ")
        if kind == "exit":
            header, body = f"exit {done.code}", ""
        elif kind == "stdout":
            body = normalise(done.out, folder)
        elif kind == "stderr":
            body = normalise(done.err, folder)
        elif kind == "result":
            name = rest.split()[0]
            there = (folder / name).exists()
            header, body = f"result {name}" + ("" if there else " missing"), (folder / name).read_text() if there else ""
        actual.append([header, body])
    return actual


def written(parts):
    """What cannot end in a line break of its own gets one, so that a case stays a text file."""
    return "".join(f"== {header}\n{body}" + ("\n" if body and not body.endswith("\n") else "") for header, body in parts)


@pytest.mark.parametrize("case", sorted(CASES.glob("*/*.txt")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case(case, tmp_path):
    folder = tmp_path / "case"
    folder.mkdir()
    parts = parse(case.read_text())
    kinds = [header.split()[0] for header, _ in parts]
    assert {"exit", "stdout", "stderr"} <= set(kinds), "a case says what comes out: exit, stdout and stderr"
    allowed = prepare(parts, folder)
    actual = outcome(parts, folder)
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there <= allowed, "files that the case does not name"
    if os.environ.get("SLIPWAY_ACCEPT") == "1":
        case.write_text(written(actual))
    assert written(actual) == case.read_text()
