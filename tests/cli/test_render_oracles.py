"""What render-jobspec makes of random templates and values, beside readers that are not ours: bash for the operators, HashiCorp's own HCL
parser (hcl2json) for the files. SLIPWAY_FULL=1 makes many more of them.
"""

import json
import os
import random
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from oracles import has_hcl2json, hcl2json
from steps import BIN, environment, run, sanitized

FULL = os.environ.get("SLIPWAY_FULL") == "1"
SEED = int(os.environ.get("SLIPWAY_SEED") or random.SystemRandom().getrandbits(32))
needs_hcl2json = pytest.mark.skipif(not has_hcl2json(), reason="hcl2json is not installed")


def cases(sampled, full):
    """How many to make; the sanitizers take ten times as long for each."""
    return full if FULL else sampled // 5 if sanitized() else sampled


def in_parallel(work, items):
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(work, items))


# Operators, beside bash

VALUES = {"X": "a/b c", "EMPTY": "", "LONG": "registry:5000/team/app@sha256:0a1b", "UNI": "éàÈß日本x", "STARS": "a*b?[c]", "TWO": "one\ntwo\n", "AMP": "&", "P": "?"}
NAMES = [*VALUES, "MISSING"]
WORDS = ["", "a", "b", "abc", "x y", "*", "?", "a*", "*/", "[a-c]", "[!a]", "[[:alpha:]]", "[[:upper:]]", "[]x]", "[a", "/", "\\/", "\\*", '"*"', '"a b"', '"}"', "\\}",
         "é", "[à-ü]", "&", "\\&", "\\\\", "\\$", "'q'", "$ ", "{", "::", "-1", "日"]


def operator(rng, depth=0):
    # bash takes an ampersand that a value brings into a replacement for the match; we take values as they are.
    name = rng.choice([name for name in NAMES if depth == 0 or name != "AMP"])

    def word():
        # What bash takes for quoted inside of a placeholder stays so outside of it; we know characters only.
        words = [word for word in WORDS if depth == 0 or not set(word) & set('"\\')]
        parts = [rng.choice(words) for _ in range(rng.randrange(3))]
        if depth < 2 and rng.random() < 0.25:
            nested = operator(rng, depth + 1)
            parts.insert(rng.randrange(len(parts) + 1), nested if rng.random() < 0.7 else f'"{nested}"')
        return "".join(parts)

    kind = rng.randrange(9)
    if kind == 0:
        return "${" + name + "}"
    if kind == 1:
        return "${#" + name + "}"
    if kind == 2:
        return "${" + name + rng.choice([":-", "-", ":+", "+"]) + word() + "}"
    if kind == 3:
        return "${" + name + rng.choice(["#", "##", "%", "%%"]) + word() + "}"
    if kind == 4:
        return "${" + name + rng.choice(["/", "//", "/#", "/%"]) + word() + rng.choice(["", "/" + word()]) + "}"
    if kind == 5:
        return "${" + name + rng.choice(["^", "^^", ",", ",,"]) + rng.choice(["", "", word()]) + "}"
    offset = rng.choice(["0", "1", " -1", " -3", "(-2)", "2", "99", " -99", "0x1", "010", ""])
    length = rng.choice(["", ":0", ":1", ":3", ":-1", ":-9", ":99", ": 2"])
    if offset == "" and length == "":
        offset = "1"
    return "${" + name + ":" + offset + length + "}"


def bash(expressions):
    """What bash makes of each, in a here-document; None where it reports an error."""
    script = "".join(f"( set -u\nIFS= read -r -d '' R <<SLIPWAY_END\n<{e}>\nSLIPWAY_END\nprintf '%s' \"$R\" ) 2>/dev/null; printf '\\001%s\\001' $?\n" for e in expressions)
    done = subprocess.run(["bash"], input=script.encode(), env={**environment(**VALUES), "LC_ALL": "C.UTF-8"}, capture_output=True, timeout=600)
    parts = done.stdout.decode("utf-8", "surrogateescape").split("\x01")
    assert len(parts) == 2 * len(expressions) + 1, done.stderr.decode()
    # The heredoc's last line break is not the expression's; read fails at the end of its input, printf does not.
    return [parts[i][:-1] if parts[i] else None for i in range(0, len(parts) - 1, 2)]


def test_operators_as_bash_has_them(tmp_path):
    rng = random.Random(SEED)
    expressions = [operator(rng) for _ in range(cases(400, 20_000))]

    # An empty variable of the environment counts as none, so what is empty comes by --set.
    def render(expression):
        done = run("render-jobspec", "-", "--format", "text", "--set", "EMPTY=", input=f"<{expression}>", env=VALUES, cwd=tmp_path)
        assert done.code in (0, 2), (expression, done.err)
        return done.out if done.code == 0 else None

    results = zip(expressions, bash(expressions), in_parallel(render, expressions))
    assert [(expression, "bash:", theirs, "ours:", mine) for expression, theirs, mine in results if mine != theirs] == [], f"SLIPWAY_SEED={SEED}"


# Values in HCL, beside HashiCorp's parser

PIECES = [*"ab1 .-/:@", "$", "%", "{", "}", "${", "%{", "$${", "%%{", '"', "\\", "\n", "\r\n", "\t", "\x01", "\x7f", "é", "e\u0301", "\u0301", "日本", "😀", "\u00a0", "\u2003",
          "\u2028", "\ufeff", "\u200d", "EOT", "END", "#", "//", "/*", "<<EOT\n", "true", "null", "7", "007", "1.5", "var.x", "~", "  ", "\\n", "\\u0041", "u0041", "{{ x }}"]
NUMBERS = ["0", "1", "-5", "3.25", "true", "false", "null", "123456789012345", "007", ".5", "1.", "1.50", "1e3", "-0", "0x1F", "1234567890123456", "", "a", "5 6", "1,2", "5]"]
TEXT = ["a", " ", "  ", "x y", "%", "$ ", "5%", "é", "{", "}", "$${b}", "%%{", "\\n", '\\"', "\\u0065", "~", "#c", "$"]
HEREDOC_TEXT = ["a", " ", "x y", "%", "$ ", "é", "{", "}", "$${b}", "%%{", "\\", '"', "EO", "T", "EOT", "~", "# c", "//", "\t", "$"]
SEQUENCES = ["${attr.kernel.name}", "${NOMAD_PORT_http}", '${env["X"]}', "${~ var.y ~}", "${var.y}", '${upper("a")}', "%{ if true }t%{ endif }", "%{~ if true ~}t%{~ endif ~}"]


class Template:
    """A random HCL file, and the same with a harmless word in each placeholder's place."""

    def __init__(self, rng):
        self.rng = rng
        self.values = {}
        lines = []
        for number in range(rng.randrange(1, 4)):
            lines += self.attribute(f"a{number}")
        if rng.random() < 0.3:
            lines = [f'block "{self.quoted(labels=True)}" {{', *lines, "}"]
        self.text = "\n".join(lines) + "\n"

    def placeholder(self, values):
        name = "P" + "ABCDEFGHIJ"[len(self.values)] if len(self.values) < 10 else "PA"
        self.values.setdefault(name, self.rng.choice(values) if isinstance(values, list) else values())
        return "${" + name + "}"

    def value(self):
        return "".join(self.rng.choice(PIECES) for _ in range(self.rng.randrange(4)))

    def parts(self, texts, labels=False):
        result = []
        for _ in range(self.rng.randrange(5)):
            kind = self.rng.random()
            if kind < 0.45:
                result.append(self.placeholder(self.value))
            elif kind < 0.8 or labels:
                result.append(self.rng.choice(texts))
            else:
                result.append(self.rng.choice(SEQUENCES))
        return "".join(result)

    def quoted(self, labels=False):
        return self.parts([text for text in TEXT if not labels or "{" not in text], labels)

    def attribute(self, name):
        kind = self.rng.randrange(4)
        if kind == 0:
            return [f'{name} = "{self.quoted()}" # ${{COMMENT}}']
        if kind == 1:
            return [f"{name} = {self.placeholder(NUMBERS)}"]
        if kind == 2:
            return [f'{name} = [1, "{self.quoted()}", {self.placeholder(NUMBERS)}, {{ k = "{self.quoted()}" }}]']
        flush = self.rng.random() < 0.6
        indent = lambda: " " * self.rng.randrange(4)  # noqa: E731
        lines = [(indent() if flush or self.rng.random() < 0.3 else "") + self.parts(HEREDOC_TEXT) for _ in range(self.rng.randrange(1, 4))]
        return [f"{name} = <<{'-' if flush else ''}EOT", *lines, "  EOT" if flush else "EOT"]


def word_of(name):
    return f"zq{name.lower()}qz"


def with_words(template):
    return re.sub(r"(?<!\$)\$\{(P[A-J])\}", lambda found: word_of(found[1]), template.text)


def rendered(template, *options):
    """Exit code and standard output; Python must not touch the line breaks."""
    arguments = [argument for name, value in template.values.items() for argument in ("--set", f"{name}={value}")]
    done = subprocess.run([BIN / "render-jobspec", "-", *arguments, *options], input=template.text.encode(), env=environment(), capture_output=True)
    return done.returncode, done.stdout.decode()


def expected(value, values):
    """What the parser read of the template with words, with the values in the words' places."""
    if isinstance(value, str):
        for name, text in values.items():
            value = value.replace(word_of(name), text)
        return value
    if isinstance(value, list):
        return [expected(entry, values) for entry in value]
    if isinstance(value, dict):
        return {expected(key, values): expected(entry, values) for key, entry in value.items()}
    return value


def plain(value):
    """Without what the parser adds: an expression in a string's clothes, doubled signs of literals."""
    if isinstance(value, str):
        value = value.replace("$${", "${").replace("%%{", "%{")
    if isinstance(value, str) and value.startswith("${") and value.endswith("}"):
        return value[2:-1]
    if isinstance(value, (bool, int, float)) or value is None:
        return json.dumps(value)
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    return value


@needs_hcl2json
@pytest.mark.parametrize("multiline", [False, True])
def test_values_arrive_in_hcl(multiline):
    """Each value is refused, or HashiCorp's parser reads exactly it, and everything around it as before."""
    rng = random.Random(SEED + multiline)
    templates = [Template(rng) for _ in range(cases(600, 30_000))]
    results = in_parallel(lambda template: rendered(template, *(["--multiline"] if multiline else [])), templates)
    with_them = hcl2json([with_words(template) for template in templates])
    after = hcl2json([text for _, text in results])
    wrong = []
    taken = 0
    for template, (code, text), words, theirs in zip(templates, results, with_them, after):
        if code != 0:
            if code not in (1, 2) or text:
                wrong.append((template.text, template.values, code, text))
            continue
        taken += 1
        if "error" in words:
            wrong.append((template.text, words))
            continue
        want = plain(expected(words["value"], template.values))
        if "error" in theirs or plain(theirs["value"]) != want:
            wrong.append((template.text, template.values, text, want, theirs))
    assert wrong[:3] == [], f"SLIPWAY_SEED={SEED}"
    assert taken > len(templates) / 10 # or nothing was looked at


# HCL itself, beside HashiCorp's parser

VALID = [
    "a = 1\n", 'b "x" y {\n  c = [1, 2, {k = "v", "w" : 2}]\n}\n', "d = f(x, y...)\n", "e = x.y[0].*.z[*].w\n", "g = a ? b : c + -d * !e\n",
    'h = "a${b}c%{ if x ~}y%{ else }z%{ endif }"\n', "i = <<EOT\n a ${b}\nEOT\n", "j = <<-EOT\n  a\n  %{ for k, v in m ~}\n ${k}\n  %{ endfor ~}\n  EOT\n",
    "k = [for x in y : x if z]\n", "l = {for k, v in m : k => v... if c}\n", "n { o = 1 }\n", "p {}\n", "q = (1 + \n 2)\n", "r = {\n a = 1 # c\n b : 2, c = 3\n}\n",
    "# comment\n", "/* c */ s = 1 // x\n", "t = a::b::c(1)\n", "u = 1.5e3 >= 2 && true || false\n", "v = a.0.b\n", 'w = "\\u00e9\\n\\t$${x}%%{y}"\n', "x = [\n1,\n2,\n]\n",
    "y = f(\n1,\n)\n", "z = a[\n0\n]\n"]
SNIPPETS = [
    *"ab1[](),.:?=!<>&|+-*/%{}~$;^@`'\"\\", "1.5", "2e3", "1.", '"x"', "${", "%{", "...", "::", "==", "=>", "!=", "<=", ">=", "&&", "||", "~}", "${~", "\n", "#c\n", "//c\n", "/*c*/",
    "/*", "for", "in", "if", "else", "endif", "endfor", "true", "null", "<<EOT\n", "EOT\n", "\nEOT\n", "<<-E\n", "E\n", " ", "$${", "%%{", "\\n", "\\q", "\r\n", "\r", "é", "\u00a0",
    "_a-b", "-x", "\ufeff", "0x1", "a.b", ".5"]


def hcl(rng):
    if rng.random() < 0.35:
        return "".join(rng.choice(SNIPPETS) + rng.choice(["", " "]) for _ in range(rng.randrange(1, 10)))
    text = "".join(rng.choice(VALID) for _ in range(rng.randrange(1, 4)))
    for _ in range(rng.randrange(4)):
        begin = rng.randrange(len(text) + 1)
        text = text[:begin] + rng.choice(["", *SNIPPETS]) + text[begin + rng.randrange(4):]
    return text


@needs_hcl2json
def test_accepts_what_hashicorp_accepts():
    rng = random.Random(SEED)
    texts = [hcl(rng) for _ in range(cases(800, 40_000))]

    def passes(text):
        done = subprocess.run([BIN / "render-jobspec", "-", "--allow", "NOTHING"], input=text.encode(), env=environment(), capture_output=True)
        assert done.returncode in (0, 1), done.stderr
        return done.returncode == 0 and done.stdout == text.encode()

    def is_taken(answer):
        # "convert" is about types, which syntax knows nothing of.
        return "value" in answer or answer["error"].startswith("convert to HCL")

    results = zip(texts, in_parallel(passes, texts), hcl2json(texts))
    assert [(text, ours, theirs) for text, ours, theirs in results if ours != is_taken(theirs)] == [], f"SLIPWAY_SEED={SEED}"


# Values in YAML, beside PyYAML

YAML_PIECES = [*"ab1 .-/:@#,'\"[]{}&*!|>%?=~`\\", ": ", " #", "- ", "\t", "\n", "\x01", "\x85", "\u2028", "\ufeff", "é", "日", "😀", "true", "null", "no", "1e5", "0x1", "1.10", "2024-01-15",
               "---", "...", "{{ x }}", "${y}", "<<", "706798e8"]
YAML_STYLES = ["k{n}: P", "k{n}: a-P # P", "k{n}: 'x P'", 'k{n}: "x P y"', "k{n}: [P, 'P', \"P\", a]", "k{n}: {{a: P, \"b\": x P}}", "k{n}:\n- P\n- - \"P\"\n", "k{n}: |\n  x P\n  y",
               "k{n}: |-\n  P\n", "k{n}: >\n  x P\n  y", '"kP{n}": 1', "k{n}: &a{n} P\nr{n}: *a{n}", "k{n}: first\n  second P\n  third", "k{n}: 'first\n\n  P second'", "k{n}: !!str P"]


def yaml_template(rng):
    values = {}

    def placeholder(_):
        name = "P" + "ABCDEFGH"[min(len(values), 7)]
        values.setdefault(name, "".join(rng.choice(YAML_PIECES) for _ in range(rng.randrange(5))))
        return "${" + name + "}"

    lines = [rng.choice(YAML_STYLES).format(n=number) for number in range(rng.randrange(1, 4))]
    # A comment's placeholder stays as it is, so that it is none of ours.
    text = "\n".join(lines) + "\n"
    return re.sub(r"(?<!# )P", placeholder, text).replace("# P", "# ${COMMENT}"), values


def test_values_arrive_in_yaml():
    """Each value is refused, or PyYAML reads exactly it as a string, and everything around it as before."""
    rng = random.Random(SEED)
    templates = [yaml_template(rng) for _ in range(cases(600, 20_000))]

    def render(template):
        text, values = template
        arguments = [argument for name, value in values.items() for argument in ("--set", f"{name}={value}")]
        done = subprocess.run([BIN / "render-jobspec", "-", "--format", "yaml", *arguments], input=text.encode(), env=environment(), capture_output=True)
        return done.returncode, done.stdout.decode()

    wrong = []
    taken = 0
    for (text, values), (code, out) in zip(templates, in_parallel(render, templates)):
        if code != 0:
            if code != 1 or out:
                wrong.append((text, values, code, out))
            continue
        taken += 1
        words = yaml.safe_load(re.sub(r"\$\{(P[A-H])\}", lambda found: word_of(found[1]), text))
        try:
            found = yaml.safe_load(out)
        except yaml.YAMLError as error:
            found = str(error)
        if found != expected(words, values):
            wrong.append((text, values, out, expected(words, values), found))
    assert wrong[:3] == [], f"SLIPWAY_SEED={SEED}"
    assert taken > len(templates) / 10
