"""What README, manual pages and examples tell people to type must exist: people copy it as it stands."""

import re
import shlex

import pytest

from steps import BIN, ROOT, run

STEPS = sorted(path.name for path in BIN.iterdir() if path.is_file() and (ROOT / "steps" / path.name).is_dir())
DOCUMENTS = [*(ROOT / folder / "README.md" for folder in ("", "steps", "images", "templates", "ci-examples")), *sorted((ROOT / "steps").glob("*/README.md")), *sorted((ROOT / "ci-examples").glob("*/README.md")), *sorted((ROOT / "ci-examples").glob("g*/**/*.y*ml")),
             *sorted((ROOT / "steps").glob("*/[a-z]*.md")), *sorted((ROOT / "ci-examples").glob("g*/**/.*.y*ml")), ROOT / "ci-examples" / "shell" / "demo"]


def calls(text):
    """Each call of a step in a text: (step, its options). A call ends with its line, lines continued by a backslash or by
    deeper indentation included; behind -- stands another."""
    lines = re.sub(r"\s--\s+", "\n    ", text.replace("\\\n", " ")).splitlines()
    for number, line in enumerate(lines):
        match = re.search(r"(?:^|[\s|(-])(" + "|".join(STEPS) + r")\s+(?=[-\w./\"'$])(.*)", line)
        if not match or line.lstrip().startswith("#"):
            continue
        command = match[2]
        indent = len(line) - len(line.lstrip())
        for following in lines[number + 1:]:
            if not following.strip() or len(following) - len(following.lstrip()) < indent or not following.lstrip().startswith("--"):
                break
            command += " " + following.strip()
        own = re.sub(r"'[^']*'", "", command.split(" # ")[0])  # what is quoted may be another command: build-image --scan '...'
        yield match[1], re.findall(r"(?:^|\s)(--[a-z][a-z-]*)", own)


@pytest.fixture(scope="module")
def known_options():
    return {step: set(re.findall(r"(?:^|\s)(--[a-z][a-z-]*)", run(step, "--help").out)) for step in STEPS}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_options_in_documents_exist(document, known_options):
    wrong = [f"{step} {option}" for step, options in calls(document.read_text()) for option in options
             if option not in known_options[step]]
    assert not wrong


def test_the_examples_are_seen_at_all():
    """The test above would pass on documents whose calls it does not recognise."""
    seen = {step for document in DOCUMENTS for step, options in calls(document.read_text()) if options}
    assert seen == set(STEPS)


def test_no_wrong_shell_quoting_in_examples():
    """A line that no shell can split was copied wrong."""
    for document in (ROOT / "steps").glob("*/README.md"):
        for line in document.read_text().splitlines():
            if line.startswith("    ") and line.strip().split(" ")[0] in STEPS and not line.rstrip().endswith("\\"):
                shlex.split(line)


@pytest.mark.parametrize("example", sorted((ROOT / "ci-examples" / "objectives").iterdir()), ids=lambda path: path.name)
def test_the_examples_of_objectives_are_right(example):
    done = run("push-rules", "--check", example, "--slo-period", "28d")
    assert done.code == 0, done.err
    assert "warning" not in done.err


def test_the_comparison_says_what_was_measured():
    """Each number stands in the section of the results that its row names; each test that is named exists."""
    rows = re.findall(r"^\| (.*) \|$", (ROOT / "README.md").read_text().partition("\n## Compared")[2], re.M)[1:]
    results = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", (ROOT / "tests" / "bench" / "RESULTS.md").read_text(), re.M | re.S))
    assert len(rows) > 10
    for row in rows:
        _, theirs, ours, held_by = row.split(" | ")
        name, path = re.match(r"\[(\w+)\]\(([^)]+)\)", held_by).groups()
        if name != "bench":
            assert f"def {name}(" in (ROOT / path).read_text(), row
            continue
        section = results[path.partition("#")[2]]
        missing = [number for number in re.findall(r"\d[\d.,]* (?:%|ms|s|KB|MB)(?!\w)", theirs + "; " + ours) if not re.search(rf"(?<![\d.,]){re.escape(number)}", section)]
        assert missing == [], row


@pytest.mark.parametrize("page", [path for path in DOCUMENTS if path.suffix == ".md"], ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_page_links_to_is_there(page):
    """Files, pictures, and the headings that are named behind a #, as GitHub makes anchors of them."""
    def anchors(path):
        return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", path.read_text(), re.M)}

    text = page.read_text()
    for target in re.findall(r"\]\((?!https?:)([^)]+)", text) + re.findall(r' src(?:set)?="([^"]+)"', text):
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target
