"""What services expose, right and wrong, in the text format and in OpenMetrics, to compare two readers with."""

from text_maker import TextMaker

NAMES = ["up", "http_requests_total", "latency_seconds", "a:b", "_x", "x9", "latency_seconds_bucket", "9x", "a-b", "", "\u00e9", "requests_created", "x_info"]
LABELS = ["code", "le", "method", "_", "a9", "9a", "a:b", "a-b", "", "\u00e9", "__name__"]
VALUES = ["200", "+Inf", "0.5", "a b", "", "\u00e9", "\\n", "\\\\", '\\"', "\\q", "{", "}", ",", "a,b=c", "x\\"]
NUMBERS = ["0", "1", "1.5", "-3", "1e3", "NaN", "+Inf", "-Inf", "Inf", "nan", "inf", "0x1F", "1_000", "", "x", "1e400", ".5", "5.", "+1", "--1", "infinity", "1e"]
TIMES = ["", "", "", " 1395066363000", " 1.5", " -5", " x", "  12", " 1e3", " 9223372036854775808"]
TYPES = ["counter", "gauge", "histogram", "summary", "untyped", "unknown", "info", "stateset", "gaugehistogram", "Counter", "", "bogus"]


class Maker(TextMaker):
    def name(self):
        return self.pick(NAMES[:7] if self.chance(0.95) else NAMES)

    def label(self):
        name = self.pick(LABELS[:5] if self.chance(0.95) else LABELS)
        if self.chance(0.04):
            name = '"' + self.pick(LABELS + ["a.b"]) + '"'
        return name + self.pick(["=", "=", "=", " = ", "= ", ":"] if self.chance(0.2) else ["="]) + '"' + self.pick(VALUES[:6] if self.chance(0.85) else VALUES) + '"'

    def sample(self, open_metrics):
        labels = ",".join(self.label() for _ in range(self.random.randint(0, 3)))
        if self.chance(0.1):
            labels += ","
        braces = "{" + labels + "}" if labels or self.chance(0.05) else ""
        name = self.name()
        if self.chance(0.03):
            braces = '{"' + self.pick(NAMES[:7] + ["a.b"]) + '"' + ("," + labels if labels else "") + "}"
            name = self.pick(["", "", name])
        number = self.pick(NUMBERS[:9] if self.chance(0.93) else NUMBERS)
        exemplar = ' # {trace_id="x"} 1 2' if open_metrics and self.chance(0.08) else ""
        return name + braces + self.pick([" ", " ", " ", "  ", "\t", ""] if self.chance(0.2) else [" "]) + number + self.pick(TIMES if self.chance(0.3) else [""]) + exemplar + self.pick(["", " "] if self.chance(0.1) else [""])

    def line(self, open_metrics):
        kind = self.random.random()
        if kind < 0.2:
            return self.pick(["# TYPE ", "# TYPE ", "#TYPE ", "#  TYPE ", "# TYPE\t"] if self.chance(0.2) else ["# TYPE "]) + self.name() + " " + self.pick(TYPES[:5] if self.chance(0.9) else TYPES)
        if kind < 0.3:
            return "# HELP " + self.name() + self.pick([" what it is", " ", "", " a\\nb", " \u00e9"])
        if kind < 0.35:
            return self.pick(["# a comment", "#", "# UNIT latency_seconds seconds", "", " ", "# EOF", "#comment", "# TYPE", "# HELP"])
        return self.sample(open_metrics)


def texts(count, seed):
    """Yields (content type, text) that often; the same for the same seed."""
    maker = Maker(seed)
    for _ in range(count):
        open_metrics = maker.chance(0.4)
        lines = [maker.line(open_metrics) for _ in range(maker.random.randint(0, 5))]
        text = maker.pick(["\n", "\n", "\n", "\r\n"] if maker.chance(0.05) else ["\n"]).join(lines)
        if lines and maker.chance(0.95):
            text += "\n"
        if open_metrics and maker.chance(0.95):
            text += maker.pick(["# EOF\n", "# EOF"])
        if maker.chance(0.2):
            at = maker.random.randint(0, len(text))
            text = text[:at] + maker.pick(['"', "{", "}", "\\", "\n", "#", " ", "\x00", "=", ",", "e"]) + text[at + maker.random.randint(0, 2):]
        yield ("application/openmetrics-text" if open_metrics else "text/plain", text)
