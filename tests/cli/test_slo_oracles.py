"""push-rules --slo-names sloth beside the real Sloth: the same groups, rules and labels, expressions of one meaning."""

import itertools
import math
import os
import re
import shutil
import subprocess

import pytest
import yaml

import oracles
import slo_texts
from steps import run

SEED = int(os.environ.get("SLIPWAY_SEED", "1"))
FULL = os.environ.get("SLIPWAY_FULL") == "1"
FILES_OF_A_CALL = 200 if FULL else 12

# Who made the rules is no part of what they are.
OWN_LABELS = ("sloth_version", "sloth_mode", "sloth_spec")
TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`|\d+(?:ms|[smhdwy])(?:\d+(?:ms|[smhdwy]))*|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[A-Za-z_:][\w:]*|[=!]~|[<>=!]=|.)', re.S)
NEVER = 1 - 1e-12  # no error ratio exceeds 1

needs_sloth = pytest.mark.skipif(not oracles.has_sloth(), reason="sloth is not installed: dev/oracles installs it")


def tokens(expr):
    """Numbers as floats; constants computed; no parentheses around numbers, within parentheses, and around everything."""
    found = [float(token) if re.fullmatch(r"(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", token) else token for token in TOKEN.findall(expr.strip())]
    at = 0
    while at + 4 < len(found):
        before, left, sign, right, behind = found[at:at + 5]
        if before == "(" and behind == ")" and isinstance(left, float) and isinstance(right, float) and sign in ("*", "-"):
            found[at + 1:at + 4] = [left * right if sign == "*" else left - right]
            if at == 0 or found[at - 1] != "vector":
                found[at:at + 3] = [found[at + 1]]
        at += 1
    opened, needless = [], set()
    pairs = {}
    for index, token in enumerate(found):
        if token == "(":
            opened.append(index)
        elif token == ")":
            pairs[opened.pop()] = index
    for begin, end in pairs.items():
        if (begin, end) == (0, len(found) - 1) or pairs.get(begin + 1) == end - 1:
            needless |= {begin, end}
    if needless:
        return tokens_without(found, needless)
    return found


def tokens_without(found, needless):
    kept = [token for index, token in enumerate(found) if index not in needless]
    if kept and kept[0] == "(" and closing(kept, 0) == len(kept) - 1:
        return tokens_without(kept, {0, len(kept) - 1})
    return kept


def closing(found, begin):
    depth = 0
    for index in range(begin, len(found)):
        depth += {"(": 1, ")": -1}.get(found[index], 0)
        if depth == 0:
            return index
    raise AssertionError(f"no parenthesis closes: {found}")


def same(mine, theirs):
    return len(mine) == len(theirs) and all(
        math.isclose(left, right, rel_tol=1e-9) if isinstance(left, float) and isinstance(right, float) else left == right for left, right in zip(mine, theirs))


def conditions(expr):
    """The conditions of an alert, each with its threshold, joined by "or" in the rule."""
    parts = [part if part.startswith("(") else f"({part})" for part in re.split(r"\n\s*or\s*\n", expr.strip())]
    found = []
    for part in parts:
        part = tokens(part)
        thresholds = [part[index + 1] for index, token in enumerate(part) if token == ">"]
        assert len(thresholds) == 2 and thresholds[0] == thresholds[1], part
        found.append((thresholds[0], part))
    return found


def labels(rule):
    found = {name: str(value) for name, value in rule.get("labels", {}).items() if name not in OWN_LABELS}
    # Sloth's multiplication by 100 leaves traces: 99.83000000000001.
    if "sloth_objective" in found:
        found["sloth_objective"] = f"{float(found['sloth_objective']):.9f}"
    return found


def groups_of(text):
    """{name: rules}, of a rule file or of manifests."""
    found = {}
    for document in yaml.load_all(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        for group in (document or {}).get("spec", document or {}).get("groups", []):
            assert group["name"] not in found
            found[group["name"]] = group["rules"]
    return found


def without_impossible(rules):
    """Sloth's rules without conditions that no ratio fulfils: push-rules leaves them out, and warns."""
    kept, dropped = [], 0
    for rule in rules:
        if "alert" not in rule:
            kept.append((rule, tokens(rule["expr"])))
            continue
        possible = [part for threshold, part in conditions(rule["expr"]) if threshold < NEVER]
        dropped += 2 - len(possible)
        if possible:
            kept.append((rule, possible))
    return kept, dropped


def compare(mine, theirs):
    """@return how many rules were compared, and how many objectives have conditions of Sloth's that can never come true"""
    rules = impossible = 0
    expected = {}
    for name, list_of_rules in theirs.items():
        kept, dropped = without_impossible(list_of_rules)
        impossible += dropped > 0
        if kept:
            expected[name] = kept
    assert list(mine) == list(expected)
    for name, kept in expected.items():
        assert [(rule.get("record"), rule.get("alert")) for rule in mine[name]] == [(rule.get("record"), rule.get("alert")) for rule, _ in kept], name
        for ours, (rule, expr) in zip(mine[name], kept):
            assert labels(ours) == labels(rule), (name, ours, rule)
            assert ours.get("annotations") == rule.get("annotations"), (name, ours, rule)
            if "alert" in rule:
                our_conditions = [part for _, part in conditions(ours["expr"])]
                assert len(our_conditions) == len(expr) and all(map(same, our_conditions, expr)), (name, ours["expr"], rule["expr"])
            else:
                assert same(tokens(ours["expr"]), expr), (name, ours["expr"], rule["expr"])
            rules += 1
    return rules, impossible


def both(folder, documents, period, *, alerts=True, extra=None, windows=None):
    """Writes documents, has both make rules of them, and returns both answers and push-rules' words."""
    source, made = folder / "source", folder / "made"
    write_documents(source, documents)
    ours = ["--emit", "rules", "--slo-names", "sloth", "--slo-period", period]
    theirs = ["-i", source, "-o", made, "--default-slo-period", period, "--no-log"]
    if not alerts:
        ours.append("--no-slo-alerts")
        theirs.append("--disable-alerts")
    for name, value in (extra or {}).items():
        ours += ["--slo-labels", f"{name}={value}"]
        theirs += ["-l", f"{name}={value}"]
    if windows:
        (folder / "windows").mkdir()
        (folder / "windows" / "windows.yaml").write_text(yaml.safe_dump(windows, sort_keys=False))
        ours += ["--slo-windows", "windows/windows.yaml"]
        theirs += ["--slo-period-windows-path", folder / "windows"]
    done = run("push-rules", "source", *ours, cwd=folder, timeout=300)
    assert done.code == 0, done.err
    made.mkdir()
    subprocess.run([oracles.SLOTH, "generate", *map(str, theirs)], check=True, capture_output=True, text=True, timeout=300)
    answers = {}
    for path in sorted(made.rglob("*.y*ml")):
        for name, rules in groups_of(path.read_text()).items():
            assert name not in answers
            answers[name] = rules
    return groups_of(done.out), answers, done.err


CASES = {
    "30d": {"period": "30d"},
    "28d": {"period": "28d"},
    "no-alerts": {"period": "30d", "alerts": False},
    "labels": {"period": "28d", "extra": {"cluster": "north-1", "tier": "a b"}},
    "windows": {"period": "30d", "windows": 1},
    "other-windows": {"period": "28d", "windows": 2},
    "short-period": {"period": "7d", "windows": 3},
    "odd-period": {"period": "36h", "windows": 4, "extra": {"team": "web"}},
}


@needs_sloth
@pytest.mark.parametrize("case", CASES)
def test_sloths_own_documents(tmp_path, case):
    settings = dict(CASES[case])
    maker = slo_texts.Maker(SEED * 100 + list(CASES).index(case))
    if "windows" in settings:
        settings["windows"] = maker.alert_windows(settings["period"])
    documents = [maker.sloth(f"service-{number}", manifest=number % 2 == 1) for number in range(FILES_OF_A_CALL)]
    mine, theirs, words = both(tmp_path, documents, **settings)
    rules, impossible = compare(mine, theirs)
    assert rules >= FILES_OF_A_CALL * 14
    assert len(set(re.findall(r"(\S+): objective '[^\n]* can never fire", words))) == impossible


@needs_sloth
@pytest.mark.parametrize("period", ["30d", "28d"])
def test_openslo_documents(tmp_path, period):
    """Of OpenSLO, Sloth reads v1alpha, and makes no alerts of it."""
    maker = slo_texts.Maker(SEED * 100 + 90)
    documents = [maker.openslo_alpha(f"service-{number}", period) for number in range(FILES_OF_A_CALL)]
    mine, theirs, _ = both(tmp_path, documents, "30d", alerts=False)
    rules, _ = compare(mine, theirs)
    assert rules >= FILES_OF_A_CALL * 14


def write_documents(folder, documents):
    """Every document a file of its own."""
    folder.mkdir()
    for number, document in enumerate(documents):
        (folder / f"slo-{number:04}.yml").write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
@pytest.mark.parametrize("options", [
    ("--slo-period", "28d"),
    ("--slo-period", "30d", "--slo-long-windows", "average", "--slo-no-traffic", "good", "--min-events", "100"),
    ("--slo-period", "7d", "--slo-long-windows", "raw", "--slo-no-traffic", "bad"),
    ("--slo-names", "sloth", "--slo-long-windows", "raw", "--slo-runbook", "https://runbooks.example.com/{service}/{slo}"),
], ids=["usual", "average", "raw", "sloth"])
def test_promtool_takes_all_that_is_made(tmp_path, options):
    maker = slo_texts.Maker(SEED * 100 + 95)
    write_documents(tmp_path / "source", [*(maker.sloth(f"service-{number}", manifest=number % 2 == 1) for number in range(FILES_OF_A_CALL)),
                                          *(maker.openslo_alpha(f"other-{number}", "30d") for number in range(FILES_OF_A_CALL))])
    done = run("push-rules", "source", "--emit", "rules", *options, cwd=tmp_path, timeout=300)
    assert done.code == 0, done.err
    (tmp_path / "rules.yml").write_text(done.out)
    theirs = subprocess.run(["promtool", "check", "rules", "--lint=none", "rules.yml"], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert theirs.returncode == 0, theirs.stderr[:2000]
    assert int(re.search(r"(\d+) rules found", theirs.stdout)[1]) >= FILES_OF_A_CALL * 30


def test_the_same_rules_come_of_the_same_in_openslo(tmp_path):
    maker = slo_texts.Maker(SEED * 100 + 96)
    write_documents(tmp_path / "source", [*(maker.sloth(f"service-{number}", manifest=number % 2 == 1) for number in range(FILES_OF_A_CALL)),
                                          *(maker.openslo_alpha(f"other-{number}", "30d") for number in range(FILES_OF_A_CALL))])
    options = ("--slo-period", "28d", "--no-slo-alerts")  # what alerts are called and say, OpenSLO does not know
    first = run("push-rules", "source", "--emit", "rules", *options, cwd=tmp_path, timeout=300)
    rewritten = run("push-rules", "source", "--emit", "openslo", *options, cwd=tmp_path, timeout=300)
    assert (first.code, rewritten.code) == (0, 0), first.err + rewritten.err
    (tmp_path / "openslo.yml").write_text(rewritten.out)
    second = run("push-rules", "openslo.yml", "--emit", "rules", "--no-slo-alerts", cwd=tmp_path, timeout=300)
    assert second.code == 0, second.err
    assert groups_of(second.out) == groups_of(first.out)


def query(text):
    return {"metricSource": {"type": "Prometheus", "spec": {"query": text}}}


INDICATORS = [
    {"ratioMetric": {"counter": True, "good": query("good_total"), "total": query("requests_total")}},
    {"ratioMetric": {"counter": False, "bad": query("bad_jobs"), "total": query("jobs")}},
    {"ratioMetric": {"counter": False, "rawType": "success", "raw": query("share")}},
    {"thresholdMetric": query("max(queue_length)")},
]
WINDOWS = [
    {"duration": "28d", "isRolling": True}, {"duration": "4w", "isRolling": True}, {"duration": "6h", "isRolling": True}, {"duration": "90m", "isRolling": True},
    {"duration": "1M", "isRolling": False},
    {"duration": "1w", "isRolling": False, "calendar": {"startTime": "2026-01-07 00:00:00", "timeZone": "+05:30"}},
    {"duration": "1Q", "isRolling": False, "calendar": {"startTime": "2026-04-01 06:30:00", "timeZone": "UTC"}},
    {"duration": "1d", "isRolling": False, "calendar": {"startTime": "2026-01-04 03:00:00", "timeZone": "-09:30"}},
    {"duration": "1Y", "isRolling": False, "calendar": {"startTime": "2026-01-01 00:00:00", "timeZone": "Etc/GMT+5"}},
]
GOALS = [
    ("Occurrences", {"target": 0.999}),
    ("Timeslices", {"target": 0.99, "timeSliceTarget": 0.95, "timeSliceWindow": "1m"}),
    ("Timeslices", {"targetPercent": 99.5, "timeSliceTarget": 1, "timeSliceWindow": "1h"}),
    ("RatioTimeslices", {"target": 0.9, "timeSliceWindow": "5m"}),
]


def test_openslo_is_written_as_it_was_read(tmp_path):
    documents = []
    for indicator, window, (method, goal) in itertools.product(INDICATORS, WINDOWS, GOALS):
        limit = {"op": "gte", "value": -0.25} if "thresholdMetric" in indicator else {}
        documents.append({"apiVersion": "openslo/v1", "kind": "SLO", "metadata": {"name": f"slo-{len(documents)}", "labels": {"team": "web"}},
                          "spec": {"service": "myapp", "budgetingMethod": method, "timeWindow": [window], "objectives": [{**goal, **limit}], "indicator": {"metadata": {"name": "sli"}, "spec": indicator}}})
    (tmp_path / "first.yml").write_text(yaml.safe_dump_all(documents, sort_keys=False))
    (tmp_path / "second.yml").write_text(run("push-rules", "first.yml", "--emit", "openslo", cwd=tmp_path).out)
    first, second = (run("push-rules", name, "--emit", "rules", cwd=tmp_path) for name in ("first.yml", "second.yml"))
    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert len(groups_of(first.out)) == 2 * len(documents)
    assert groups_of(second.out) == groups_of(first.out)


def test_the_comparison_sees_differences():
    assert same(tokens("(sum(a[5m]))\n/\n(b)"), tokens("( sum( a[5m] ) ) / (b)"))
    assert same(tokens("vector(1-0.9990000000000001)"), tokens("vector(0.001)"))
    assert same(tokens("max(a > (14.4 * 0.0009999999999999432)) without (b)"), tokens("max(a > (14.4 * 0.001)) without (b)"))
    assert same(tokens("( 1 - ( (a) / (b) ) )"), tokens("1 - ((a)/(b))"))
    for left, right in (("a[5m]", "a[6m]"), ("(a)/(b)", "(b)/(a)"), ("1 - (a)", "1 - a - (a)"), ('x{a="b  c"}', 'x{a="b c"}'), ("vector(0.001)", "vector(0.00100001)"), ("a - (b - c)", "a - b - c")):
        assert not same(tokens(left), tokens(right)), (left, right)
