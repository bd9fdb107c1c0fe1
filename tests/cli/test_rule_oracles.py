"""push-rules --check beside others who read the same: promtool of Debian (2.42), and the code of the newest Prometheus."""

import base64
import json
import os
import re
import shutil
import subprocess

import pytest

import alert_template_texts
import exposition_texts
import oracles
import promql_texts
from steps import run

SEED = int(os.environ.get("SLIPWAY_SEED", "1"))
FULL = os.environ.get("SLIPWAY_FULL") == "1"
RULES_A_FILE = 5000

needs_prometheus_code = pytest.mark.skipif(not oracles.has_prometheus_code(), reason="prometheus-oracle is not installed: dev/oracles builds it")


def rule_file(rules):
    """YAML whose texts are JSON, so that any character can stand in them."""
    return "groups:\n- name: g\n  rules:\n" + "".join(f"  - {json.dumps(rule)}\n" for rule in rules)


def chunks(texts):
    texts = list(texts)
    return [texts[start:start + RULES_A_FILE] for start in range(0, len(texts), RULES_A_FILE)]


def ours(folder, rules, *options):
    """Of each rule whether it is refused, and its canonical expression."""
    (folder / "rules.yml").write_text(rule_file(rules))
    done = run("push-rules", "--check", "rules.yml", "--json", *options, cwd=folder, timeout=300)
    answer = json.loads(done.out)
    refused = {problem["line"] for problem in answer["problems"] if problem["id"] in ("promql", "expr", "template")}
    by_line = {rule["line"]: rule["expr"] for rule in answer["rules"]}
    return [(line in refused, by_line[line]) for line in range(4, 4 + len(rules))]


def expressions():
    """Without NUL, which YAML cannot hold, and without blanks around them, which we take off: Prometheus reads "0xEE " and refuses "0xEE"."""
    made = (text.strip(" \t\r\n") for text in promql_texts.texts(100_000 if FULL else 6_000, SEED))
    return [text for text in made if text and "\x00" not in text]


def is_letter_for_colon(text):
    """Before 3.4 any letter in a range's brackets counts as the colon of a subquery: [5m s]. We refuse it."""
    return re.search(r"\[\s*\w+(?:\s|#[^\n]*\n)+[A-Za-z_]", text) is not None


def is_newer_regular_expression(text):
    """2.42 reads a matcher's expression by itself, too, where later ones read only ^(?s:...)$, and its Go knows no (?<name>...)."""
    return "(?<" in text or re.search(r"""~\s*(["'`])[^"'`(]*\)""", text) is not None


def is_range_behind_start_or_end(text):
    """Prometheus 2.42 sees an @ in front of a range only when a number follows it, and takes m @ end()[5m], which later ones refuse as we do."""
    blank = r"(?:\s|#[^\n]*\n)*"
    return re.search(blank.join(["@", "(?i:start|end)", r"\(", r"\)", r"\[[^:\]]*\]"]), text) is not None


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_accepts_and_refuses_the_same_expressions(tmp_path):
    version = subprocess.run(["promtool", "--version"], capture_output=True, text=True).stdout.split("version ")[1].split(".")
    if version[:2] != ["2", "42"]:
        pytest.skip(f"promtool {'.'.join(version[:2])} is not 2.42")
    of_2_42 = (is_letter_for_colon, is_range_behind_start_or_end, is_newer_regular_expression)
    texts = [text for text in expressions() if not any(differs(text) for differs in of_2_42)]
    checked = 0
    for chunk in chunks(texts):
        mine = ours(tmp_path, [{"record": "r", "expr": text} for text in chunk], "--prometheus-version", "2.42")
        theirs = subprocess.run(["promtool", "check", "rules", "--lint=none", "rules.yml"], cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=300)
        refused = {int(number) for number in re.findall(r'group "g", rule (\d+), "r": could not parse expression', theirs.stderr)}
        assert refused, theirs.stderr[:500]
        for number, (text, (is_refused, _)) in enumerate(zip(chunk, mine), 1):
            assert is_refused == (number in refused), text
        checked += len(chunk)
    assert checked == len(texts)


def is_known_difference(text, mine, theirs):
    """Where the newest Prometheus prints what it would not read again."""
    return "info(" in text and "{}" in mine and theirs.replace("()", "") != theirs or theirs.endswith(", )") or ", )" in theirs


@needs_prometheus_code
@pytest.mark.parametrize("features", [[], ["promql-experimental-functions", "promql-binop-fill-modifiers"]], ids=["plain", "features"])
def test_the_newest_prometheus_reads_and_prints_the_same(tmp_path, features):
    texts = expressions()
    options = [option for feature in features for option in ("--enable-feature", feature)]
    for chunk in chunks(texts):
        mine = ours(tmp_path, [{"record": "r", "expr": text} for text in chunk], *options)
        theirs = oracles.prometheus_says([{"expr": text, "features": features} for text in chunk])
        assert len(mine) == len(theirs)
        for text, (is_refused, expr), answer in zip(chunk, mine, theirs):
            assert is_refused == ("error" in answer), (text, answer)
            if not is_refused and not is_known_difference(text, expr, answer["text"]):
                assert expr == answer["text"], text


@needs_prometheus_code
def test_go_refuses_no_template_that_we_take(tmp_path):
    texts = [text for text in alert_template_texts.texts(100_000 if FULL else 6_000, SEED) if "\x00" not in text]
    for chunk in chunks(texts):
        mine = ours(tmp_path, [{"alert": "A", "expr": "up == 0", "annotations": {"summary": text}} for text in chunk])
        theirs = oracles.prometheus_says([{"template": text} for text in chunk])
        assert len(mine) == len(theirs)
        for text, (is_refused, _), answer in zip(chunk, mine, theirs):
            # We refuse more: what parses and then fails at each run.
            assert is_refused or "error" not in answer, (text, answer)


def without_spelling(sample):
    """Prometheus writes bounds of buckets and quantiles anew ("1" becomes "1.0"); push-rules does so when it compares."""
    name, labels, value = sample
    plain = {}
    for label, text in labels.items():
        try:
            plain[label] = float(text) + 0.0 if label in ("le", "quantile") else text
        except ValueError:
            plain[label] = text
    return name, sorted((label, repr(text)) for label, text in plain.items()), repr(float(value))


def families(types):
    """With our names of types. Escapes in names stay in Prometheus' answer; what no series can be called is not in ours."""
    ours = {"unknown": "untyped", "gaugehistogram": "gauge histogram", "stateset": "state set"}
    unescaped = [(re.sub(r'\\(["\\n])', lambda escape: "\n" if escape[1] == "n" else escape[1], family), kind) for family, kind in types]
    return [[family, ours.get(kind, kind)] for family, kind in unescaped if family and "\ufffd" not in family]


@needs_prometheus_code
def test_metrics_are_taken_and_refused_as_by_a_scrape():
    pages = list(exposition_texts.texts(100_000 if FULL else 10_000, SEED))
    mine = oracles.we_say_of_metrics(pages)
    theirs = oracles.prometheus_says([{"exposition": base64.b64encode(page).decode(), "format": kind} for kind, page in pages])
    assert len(mine) == len(theirs) == len(pages)
    taken = 0
    for (kind, page), ours, answer in zip(pages, mine, theirs):
        if b"\0" in page and "error" in ours:
            continue  # where Prometheus ends its reading at a NUL byte and says nothing, we refuse
        assert ("error" in ours) == ("error" in answer), (kind, page, ours, answer)
        if "error" in ours:
            continue
        taken += 1
        assert [without_spelling(sample) for sample in ours["samples"]] == [without_spelling(sample) for sample in answer.get("samples", [])], (kind, page)
        assert ours["types"] == families(answer.get("types", [])), (kind, page)
    assert len(pages) // 4 < taken < len(pages) * 3 // 4
