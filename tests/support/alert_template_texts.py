"""Texts of alerts with templates in them, right and wrong ones, to compare two readers with: made by a grammar, then mutated."""

from text_maker import TextMaker

CONSTANTS = ['"x"', '"a\\nb"', "`raw`", "'c'", "'\\n'", "1", "-1", "1.5", "0x1F", "1e3", "true", "false", "nil", '"up"', '"\\x41"', "1i", "0b11", "1_000", '"\\d"', "'ab'", "0x", "1.2.3", "+5", ".5", "08", "1e", "0o17", '"%s"', "5m"]
VALUES = ["$labels.job", "$labels.instance", "$value", ".Value", ".Labels.job", "$", ".", "$.Labels", "$labels", "$externalLabels.cluster", "$externalURL", ".ExternalURL", ".Labels", "($labels).job",
          "(index $labels \"job\")", "$labels.foo_bar", "$x", "$y", ".Foo", ".labels", "$label.job", "$labels.foo-bar", "$labels.1a", "$labels.é", "$value.x", "$labels.job.x", ".Labels.a.b"]
CALLS = ["humanize $value", "humanizePercentage .Value", "humanizeDuration 5", "printf \"%s\" $labels.job", "printf \"%.2f\" $value", "query \"up\"", "first (query \"up\")", "query \"up\" | first | value",
         "index $labels \"job\"", "toUpper \"x\"", "reReplaceAll \"a\" \"b\" \"c\"", "match \"a\" \"b\"", "stripPort $labels.instance", "eq 1 1", "eq 1", "and true false", "or", "not true", "len $labels", "title \"x\"",
         "humanize", "humanize 1 2", "label \"a\"", "Service.Name", "service", "value", "externalURL", "pathPrefix", "parseDuration \"5m\"", "toTime $value", "now", "args 1 2", "sortByLabel \"a\" (query \"up\")", "print", "lt 1 2", "slice \"abc\" 1",
         "query \"up\" | sortByLabel \"job\" | first | label \"job\"", "humanize (len $labels)", "tmpl \"x\" .", "safeHtml \"x\"", "urlquery \"x\"", "html \"x\"", "strvalue (first (query \"up\"))", "call 1", "define", "end"]
PLAIN = ["", "text ", " on ", "{", "}", "}}", "{ {", "\n", "é", "100% of ", "$labels", "{{"]


class Maker(TextMaker):
    def operand(self, depth):
        kind = self.random.random()
        if kind < 0.5 or depth <= 0:
            return self.pick(VALUES[:12] if self.chance(0.85) else VALUES)
        if kind < 0.8:
            return self.pick(CONSTANTS[:8] if self.chance(0.8) else CONSTANTS)
        return "(" + self.pipeline(depth - 1) + ")"

    def command(self, depth):
        kind = self.random.random()
        if kind < 0.4:
            return self.pick(CALLS[:14] if self.chance(0.7) else CALLS)
        if kind < 0.8:
            return self.operand(depth)
        return self.pick(["printf", "print", "eq", "and", "or", "index", "humanize", "len", "not"]) + " " + " ".join(self.operand(depth - 1) for _ in range(self.random.randint(0, 3)))

    def pipeline(self, depth):
        text = self.command(depth)
        while self.chance(0.2):
            text += self.pick([" | ", "|", " |"]) + self.pick(["humanize", "toUpper", "printf \"%v\"", "first", "len", "print", "value", "title"] if self.chance(0.9) else VALUES + CONSTANTS)
        return text

    def action(self, depth):
        left, right = self.pick(["{{ ", "{{", "{{- "]), self.pick([" }}", "}}", " -}}"])
        kind = self.random.random()
        if kind < 0.6 or depth <= 0:
            if self.chance(0.12):
                return left + self.pick(["$x := ", "$x = ", "$y:=", "$labels := ", "$x, $y := "]) + self.pipeline(depth) + right
            if self.chance(0.05):
                return self.pick(["{{/* why */}}", "{{- /* why */ -}}", "{{/* why }}", "{{/* why */ }}", "{{}}", "{{ }}", "{{ /* why */ }}"])
            return left + self.pipeline(depth) + right
        if kind < 0.72:
            middle = left + self.pick(["else", "else", "else if " + self.pipeline(0), "else with " + self.pipeline(0)]) + right + self.body(depth - 1) if self.chance(0.4) else ""
            return left + self.pick(["if ", "with ", "if "]) + self.pipeline(depth - 1) + right + self.body(depth - 1) + middle + left + "end" + right
        if kind < 0.88:
            inner = left + self.pick(["break", "continue"]) + right if self.chance(0.1) else ""
            return left + "range " + self.pick(["", "", "$i, $e := ", "$e := ", "$e, ", "$a, $b, $c := "]) + self.pick(["query \"up\"", "$labels", "$labels", self.pipeline(0)]) + right + self.body(depth - 1) + inner + self.pick(["", "", left + "else" + right + "x"]) + left + "end" + right
        if kind < 0.93:
            return left + "define \"t\"" + right + self.body(depth - 1) + left + "end" + right + left + "template \"t\" ." + right
        if kind < 0.96:
            return left + "block \"b\" " + self.pipeline(0) + right + self.body(depth - 1) + left + "end" + right
        return left + self.pick(["template \"t\"", "end", "else", "break", "continue", "template t", "define x", "with", "if", "range", "range $x"]) + right

    def body(self, depth):
        return "".join(self.pick(PLAIN[:6] if self.chance(0.95) else PLAIN) + self.action(depth) for _ in range(self.random.randint(0, 2))) + self.pick(PLAIN[:3])

    def mutated(self, text):
        pieces = ["{{", "}}", "(", ")", "|", ".", "$", " ", "-", "{{ end }}", "{{ else }}", '"', "'", "`", ":=", "=", ",", "\n", "\u00a0", "é", "1", "x", "/*", "*/", "\x00", "{{-", "-}}", "end", "\\"]
        for _ in range(self.random.randint(1, 2)):
            at = self.random.randint(0, len(text))
            if self.chance(0.5):
                text = text[:at] + self.pick(pieces) + text[at:]
            else:
                text = text[:at] + text[at + self.random.randint(1, 4):]
        return text


def texts(count, seed):
    """Yields that many texts; the same for the same seed."""
    maker = Maker(seed)
    for _ in range(count):
        text = maker.body(maker.random.randint(0, 3)) + maker.action(2)
        if maker.chance(0.4):
            text = maker.mutated(text)
        yield text
