"""What dev/generate makes of the option tables: files in the repository that must not be stale, manual pages, and completions in the
real shells."""

import gzip
import json
import os
import re
import shutil
import subprocess

import pytest

from steps import BIN, ROOT, environment, run

STEPS = sorted(path.name for path in BIN.iterdir() if path.is_file() and (ROOT / "steps" / path.name).is_dir())
GENERATE = ROOT / "dev" / "generate"


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def generate(*arguments, program=GENERATE):
    return subprocess.run([program, *map(str, arguments)], env=environment(SLIPWAY_BIN=BIN), capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def share(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated") / "share"
    done = generate("--share", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def descriptions():
    return {step: json.loads(run(step, "--describe").out) for step in STEPS}


def test_nothing_in_the_repository_is_stale():
    done = generate("--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stale_table_is_found_and_written_anew(tmp_path):
    shutil.copytree(ROOT / "dev", tmp_path / "dev")
    shutil.copytree(ROOT / "steps", tmp_path / "steps")
    page = tmp_path / "steps" / "run-job" / "README.md"
    right = page.read_text()
    page.write_text(right.replace("| `--purge` |", "| `--forget` |"))
    stale = page.read_text()
    assert stale != right
    done = generate("--check", program=tmp_path / "dev" / "generate")
    assert done.returncode == 1
    assert "dev/generate: steps/run-job/README.md is stale: run dev/generate\n" in done.stderr
    assert page.read_text() == stale
    assert generate(program=tmp_path / "dev" / "generate").returncode == 0
    assert page.read_text() == right


def test_executables_that_cannot_be_asked(tmp_path):
    """None, and those of an older build: said in a line, and nothing is written."""
    for step, why in ((None, "No such file or directory"), (STEPS[0], "unknown option '--describe'")):
        if step:
            (tmp_path / step).write_text(f"#!/bin/sh\necho \"{why}\" >&2\nexit 2\n")
            (tmp_path / step).chmod(0o755)
        done = subprocess.run([GENERATE, "--check"], env=environment(SLIPWAY_BIN=tmp_path), capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (1, "")
        said, hint = done.stderr.splitlines()
        assert said == f"dev/generate: cannot run {tmp_path}/{STEPS[0]} --describe: {why}" and "SLIPWAY_BIN" in hint


def test_what_else_is_in_the_folder_stays(tmp_path):
    """Such as in ~/.local/share, where a shell and man look as well."""
    (tmp_path / "man").mkdir()
    (tmp_path / "man" / "other").write_text("of somebody else\n")
    assert generate("--share", tmp_path).returncode == 0
    assert (tmp_path / "man" / "other").exists() and (tmp_path / "man" / "man1" / "run-job.1.gz").exists()


def rendered(page):
    """The page as a terminal of 80 columns shows it, and what man has to say of its source."""
    command = ["man", "--warnings", "--encoding=UTF-8", "--local-file", str(page)]
    done = subprocess.run(command, env=environment(MANWIDTH=80, LANG="C.UTF-8", MANPAGER="cat"), capture_output=True, text=True, timeout=60)
    return done.stdout, done.stderr


@needs("man")
def test_manual_pages(share, descriptions):
    """Each is without a warning, fits the terminal, and has all options and outputs as terms."""
    pages = sorted((share / "man").rglob("*.gz"))
    topics = ["slipway-objectives", "slipway", *(f"update-gitops-values-{topic}" for topic in ("promotion", "pull-requests", "waiting")),
              *(f"wait-for-slo-{topic}" for topic in ("google", "probes", "prometheus", "reports", "thresholds"))]
    assert [page.name for page in pages] == [*(f"{step}.1.gz" for step in STEPS), *(f"{topic}.7.gz" for topic in topics)]
    code = {line.strip() for path in (ROOT / "steps").glob("*/*.md") for line in path.read_text().splitlines()}
    for page in pages:
        text, warnings = rendered(page)
        assert (page.name, warnings) == (page.name, "")
        # What is copied is copied as it is.
        assert [line for line in text.splitlines() if len(line) > 80 and line.strip() not in code] == [], page.name
        assert "<!--" not in text
        assert re.search(r"^SEE ALSO\n", text, re.M)
        step = descriptions.get(page.name.removesuffix(".1.gz"))
        if step is None:
            continue
        assert f"{step['name']} - " in text
        # A term stands in the first column of a paragraph, alone or with others.
        terms = " ".join(re.findall(r"^ {7}\S.*", text, re.M))
        assert [option["flag"] for option in step["options"] if not re.search(rf"(?<![\w-]){option['flag']}(?![\w-])", terms)] == []
        assert [output["name"] for output in step["outputs"] if not re.search(rf"^ {{7}}{output['name']}\b", text, re.M)] == []
        for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "OUTPUTS", "EXIT STATUS", "ENVIRONMENT", "FILES"):
            assert re.search(rf"^{heading}$", text, re.M), (page.name, heading)


@needs("mandoc")
def test_manual_pages_for_the_other_formatter(share):
    for page in (share / "man").rglob("*.gz"):
        done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], capture_output=True, text=True, timeout=60)
        assert done.stdout == ""


def test_text_is_no_markup_of_the_manual(tmp_path):
    """What roff would take for a request, an escape or another character is shown as it stands."""
    code = """import sys; sys.dont_write_bytecode = True; sys.path.insert(0, sys.argv[1])
from generators.roff import Renderer
print('.TH X 1\\n.SH NAME\\nx \\\\- y\\n.SH TEXT\\n' + Renderer(lambda target: target).render(sys.stdin.read()), end='')"""
    markdown = "# x\n\n.B of *emphasis*\n\n    'quote' \\n `tick` ^ ~ -- .\n    .PP\n\n| a | b |\n|---|---|\n| `.x \\| '` | `\\fB` |\n\n[a](https://example.com/-)\n"
    page = tmp_path / "x.1"
    page.write_text(subprocess.run(["/usr/bin/python3", "-c", code, ROOT / "dev"], input=markdown, check=True, capture_output=True, text=True).stdout)
    text, warnings = rendered(page)
    assert warnings == ""
    for expected in (".B of emphasis", "'quote' \\n `tick` ^ ~ -- .\n           .PP", ".x | '", "\\fB", "a <https://example.com/->"):
        assert expected in text


# Completions: what a shell offers for lines, in a folder with the files "web.nomad" and "two words" and the folder "sub".

@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("web.nomad", "two words"):
        (tmp_path / name).touch()
    return tmp_path


def bash(share, lines, folder):
    """Splits a line as readline does, `=` being a word of its own, and calls the function that the step's file registers."""
    script = """source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
compopt() { :; }  # works only while a line is edited
set -u; IFS=:  # as somebody may have set it in his shell
function=$(complete -p "$1" | sed 's/.*-F \\([^ ]*\\).*/\\1/')
"$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}\""""
    for line in lines:
        words = re.findall(r"=|[^\s=]+", line) + ([""] if line.endswith(" ") else [])
        yield called(["bash", "--norc", "-c", script, "bash", share / "bash-completion" / "completions" / words[0], *words], folder)


def zsh(share, lines, folder):
    answers = called([ROOT / "tests" / "support" / "zsh_completions", share / "zsh" / "site-functions", *lines], folder)
    return [answer.replace("\\ ", " ") for answer in re.split(r"\r?\n\r?\n", answers)]


def fish(share, lines, folder):
    """Its answers have a description behind a tab, and for `--option=value` the option in front. Behind those that begin with the word
    come others that only hold its letters."""
    for line in lines:
        script = "source $argv[1]; complete -C $argv[2]"
        answer = called(["fish", "--no-config", "-c", script, share / "fish" / "vendor_completions.d" / f"{line.split()[0]}.fish", line], folder)
        right = [word for word in answer.splitlines() if word.startswith(line.split(" ")[-1])]
        yield re.sub(r"^--[a-z-]+=|/?\t.*$|/$", "", "\n".join(right), flags=re.M)


def called(command, folder):
    done = subprocess.run(list(map(str, command)), cwd=folder, env=environment(HOME=folder, PATH=f"{BIN}:{os.environ['PATH']}", TERM="dumb"),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def offered(shell, share, lines, folder):
    return {line: {word.strip() for word in answer.splitlines() if word.strip()} for line, answer in zip(lines, shell(share, lines, folder))}


SHELLS = [pytest.param(shell, marks=needs(shell.__name__), id=shell.__name__) for shell in (bash, zsh, fish)]
OFFERED = {
    "run-job --on-": {"--on-timeout", "--on-cancel", "--on-inconclusive"},
    "run-job --on-timeout ": {"leave", "revert"},
    "run-job --on-timeout=": {"leave", "revert"},
    "run-job --on-timeout=r": {"revert"},
    "run-job we": {"web.nomad"},
    "run-job --var-file we": {"web.nomad"},
    "run-job --var-file=we": {"web.nomad"},
    "run-job --outputs-dir ": {"sub"},
    "run-job --outputs-dir=": {"sub"},
    "run-job --nomad-namespace ": set(),
    "run-job web.nomad -- wait-for-": {"wait-for-slo"},
    "run-job web.nomad --purge -- ls we": {"web.nomad"},
    "build-image ": {"sub"},
    "build-image -f t": {"two words"},
}


@pytest.mark.parametrize("shell", SHELLS)
def test_completions(shell, share, folder):
    assert offered(shell, share, OFFERED, folder) == OFFERED


@pytest.mark.parametrize("shell", SHELLS)
def test_each_option_is_offered(shell, share, folder, descriptions):
    """A mistake in quoting would lose an option or more."""
    expected = {f"{name} --": {option["flag"] for option in step["options"]} | {"--help", "--version"} for name, step in descriptions.items()}
    assert offered(shell, share, expected, folder) == expected


def test_pages_hold_no_time(share):
    """The same source gives the same bytes, whenever it is built."""
    for page in (share / "man").rglob("*.gz"):
        assert page.read_bytes()[4:8] == bytes(4)
        assert gzip.decompress(page.read_bytes()).startswith(b"'\\\" t\n.TH ")
