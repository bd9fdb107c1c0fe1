"""Expressions of PromQL, right and wrong ones, to compare two parsers with: made by a grammar, then mutated."""

from text_maker import TextMaker

METRICS = ["up", "http_requests_total", "a:b", ":x", "job:requests:rate5m", "sum", "by", "and", "or", "unless", "offset", "start", "end", "fill", "fill_left", "range", "step",
           "without", "anchored", "smoothed", "max_of", "bool", "on", "atan2", "group_left", "ignoring", "inf", "nan", "topk", "limitk", "_", "x9"]
LABELS = ["job", "instance", "le", "status_code", "by", "on", "without", "bool", "sum", "__name__", "a:b", "_x", "offset", "inf", "fill", "range"]
NUMBERS = ["0", "1", "5.", ".5", "1e3", "1e-3", "0x1F", "0755", "08", "inf", "NaN", "Inf", "1_000", "0x1e5", "0xEEE", "0_7", "0_8", "1e400", "1e-400", "100000000000000000000", "1.5e300",
           "0.1", "1_", "1__0", "0x", "1e", "0x_1F", "0x1.8", "9223372036854775807", "9223372036854775808", "1e5_0", "1_0.5", "1._5", "00", "5m", "1h30m", "1w1d", "28d", "30d", "1y", "1ms",
           "1m1h", "5.5m", "0s", "1d1h1y", "300y", "1s500ms", "10x", "1hs", "365d", "52w", "1y1w1d", "90s", "3600", "1000ms"]
DURATIONS = ["5m", "1h", "1w1d", "28d", "90s", "0s", "0", "5", "1.5", "1h30m", "1m1h", "500ms", "1y", "step()", "range()", "5m+1m", "2*5m", "-5m", "+5m", "(5m)", "-(5m)", "min_of(5m,1h)",
             "max_of(step(), 1m)", "STEP()", "1e3", "0.0001", "2^3", "-2^2", "5m/0", "5m%2", "- -5m", "5m - -1m", "(5m+1m)*2", "1_0", "- step()", "1h-(5m)", "300y", "((5m))", "inf", "step ( )"]
STRINGS = ['"x"', "'x'", "`x`", '""', '"5.."', '".*"', '".+"', '"a|b"', '"\\n"', '"\\x41"', '"\\u00e9"', '"\\U0001F600"', '"\\101"', '"\\400"', '"\\ud800"', '"\\q"', "'\\''", "'\\\"'", '"\\\\d+"',
           '"("', '"a{2}"', '"**"', '"é"', '"\x07"', '"a\nb"', '"\\d"', "`a\\d`", "`a\nb`", '"unclosed', '"[a"', '"(?i)x"', '"\\\\p{L}"', '"\\xff"', '"(?P<n>x)"', '"a{1001}"', '"$"', '"^a$"', '"x\ufffd"', '"_:"', '"a b"', '"a.b"', '"a:b"', '"__name__"']
AGGREGATIONS = ["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "SUM", "Sum"]
PARAMETER = ["topk", "bottomk", "quantile", "limitk", "limit_ratio", "count_values"]
ARITHMETIC = ["+", "-", "*", "/", "%", "^", "atan2"]
COMPARISONS = ["==", "!=", "<", "<=", ">", ">=", "</", ">/"]
SETS = ["and", "or", "unless", "AND", "Or"]
RANGE_FUNCTIONS = ["rate", "increase", "delta", "deriv", "irate", "avg_over_time", "last_over_time", "first_over_time", "absent_over_time", "mad_over_time", "ts_of_last_over_time", "changes", "resets"]
VECTOR_FUNCTIONS = ["abs", "ceil", "absent", "ln", "scalar", "sort", "sort_desc", "timestamp", "histogram_avg", "day_of_week", "hour", "sgn", "histogram_stddev", "start_timestamp", "acosh", "RATE", "nosuch"]
OTHER_FUNCTIONS = ["time()", "pi()", "vector(1)", "clamp(up, 0, 1)", "clamp_max(up, 5)", "round(up, 0.1)", "round(up)", "hour()", "label_replace(up, \"a\", \"$1\", \"b\", \"(.*)\")", "label_join(up, \"a\", \",\")",
                   "label_join(up, \"a\", \",\", \"b\", \"c\")", "histogram_quantile(0.9, up)", "quantile_over_time(0.5, up[5m])", "predict_linear(up[1h], 3600)", "holt_winters(up[1h], 0.5, 0.5)",
                   "double_exponential_smoothing(up[1h], 0.5, 0.5)", "info(up)", "info(up, {a=\"b\"})", "info(up, x)", "info(up, {})", "info(up, {__name__=~\".+\"})", "sort_by_label(up, \"a\")", "sort_by_label(up)", "histogram_fraction(0, 1, up)",
                   "start()", "end()", "step()", "range()", "min_of(1, 2)", "max_of(1,2)", "integral(up[5m])", "integral(up[5m], 5)", "histogram_quantiles(up, \"q\", 0.5, 0.9)", "START()", "absent(up, up)", "rate()", "time(1)", "day_of_month(up, up)"]


class Maker(TextMaker):
    def labels(self):
        count = self.random.randint(0, 3)
        names = [self.pick(LABELS) if self.chance(0.93) else self.pick(STRINGS) for _ in range(count)]
        return "(" + ", ".join(names) + ("," if self.chance(0.05) and names else "") + ")"

    def matcher(self):
        if self.chance(0.05):
            return self.pick(STRINGS)
        name = self.pick(LABELS) if self.chance(0.94) else self.pick(STRINGS)
        return name + self.pick(["=", "=", "!=", "=~", "!~"]) + self.pick(STRINGS[:20] if self.chance(0.8) else STRINGS)

    def selector(self):
        name = self.pick(METRICS[:5] if self.chance(0.8) else METRICS) if self.chance(0.9) else ""
        braces = ""
        if not name or self.chance(0.5):
            matchers = [self.matcher() for _ in range(self.random.randint(0, 3))]
            braces = "{" + self.pick([",", ", "]).join(matchers) + ("," if self.chance(0.1) else "") + "}"
        return name + braces

    def duration(self):
        return self.pick(DURATIONS[:5] if self.chance(0.7) else DURATIONS)

    def shifts(self):
        text = ""
        if self.chance(0.12):
            text += " offset " + self.pick(["", "", "-", "- ", "+"]) + self.duration()
        if self.chance(0.08):
            text += " @ " + self.pick(["start()", "end()", "1609746000", "-5", "+7", "1.5", "inf", "5m", "1e30", "start", "end ( )", "0"])
        if self.chance(0.03):
            text += " offset " + self.duration()
        if self.chance(0.04):
            text += self.pick([" anchored", " smoothed", " ANCHORED"])
        return text

    def range(self, depth):
        if self.chance(0.2):
            step = self.duration() if self.chance(0.6) else ""
            return self.expression(depth - 1) + "[" + self.duration() + self.pick([":", " : "]) + step + "]" + self.shifts()
        return self.selector() + "[" + self.pick(["", "", "", " "]) + self.duration() + "]" + self.shifts()

    def aggregation(self, depth):
        name = self.pick(AGGREGATIONS)
        arguments = self.expression(depth - 1)
        if self.chance(0.25):
            name = self.pick(PARAMETER)
            first = self.pick(STRINGS[:3]) if name == "count_values" else self.pick(["1", "5", "0.9", "scalar(up)"])
            arguments = (first if self.chance(0.95) else self.expression(0)) + ", " + arguments
        modifier = self.pick(["by", "without", "BY"]) + " " + self.labels() if self.chance(0.5) else ""
        front = self.chance(0.5)
        text = name + (" " + modifier + " " if front and modifier else "") + "(" + arguments + ")" + (" " + modifier if modifier and not front else "")
        return text

    def binary(self, depth):
        kind = self.random.random()
        op = self.pick(ARITHMETIC) if kind < 0.5 else self.pick(COMPARISONS) if kind < 0.8 else self.pick(SETS)
        modifiers = ""
        if self.chance(0.2 if op in COMPARISONS else 0.02):
            modifiers += " bool"
        if self.chance(0.25):
            modifiers += " " + self.pick(["on", "ignoring", "ON"]) + self.labels()
            if self.chance(0.4):
                modifiers += " " + self.pick(["group_left", "group_right"]) + (self.labels() if self.chance(0.7) else "")
        if self.chance(0.03):
            modifiers += " " + self.pick(["fill(1)", "fill_left(-1)", "fill_right (0.5)", "fill_left(1) fill_right(2)", "fill_right(2) fill_left(2)", "fill", "fill(1e30)"])
        return self.expression(depth - 1) + self.pick([" ", " ", ""]) + op + modifiers + " " + self.expression(depth - 1)

    def expression(self, depth):
        kind = self.random.random()
        if depth <= 0:
            return self.selector() + self.shifts() if kind < 0.7 else self.pick(NUMBERS) if kind < 0.9 else self.pick(STRINGS)
        if kind < 0.22:
            return self.selector() + self.shifts()
        if kind < 0.42:
            return self.pick(RANGE_FUNCTIONS) + "(" + self.range(depth) + ")"
        if kind < 0.5:
            return self.pick(VECTOR_FUNCTIONS) + "(" + self.expression(depth - 1) + ")"
        if kind < 0.56:
            return self.pick(OTHER_FUNCTIONS)
        if kind < 0.7:
            return self.aggregation(depth)
        if kind < 0.86:
            return self.binary(depth)
        if kind < 0.9:
            return self.pick(["-", "+", "- "]) + self.expression(depth - 1)
        if kind < 0.95:
            return "(" + self.expression(depth - 1) + ")"
        if kind < 0.97:
            return self.pick(NUMBERS)
        return self.range(depth)

    def mutated(self, text):
        pieces = ["(", ")", "[", "]", "{", "}", ",", " ", "\n", "#c\n", "# c", "-", "+", "^", "=", "=~", "!", "~", ":", "@", "$", "é", "\u00a0", "5m", "by", "on(a)", " offset 5m", '"', "'", "`", "\\", "bool ", "0", "_", ".", "[5m]", "[5m:1m]", "\x00", ";", "&&", "e", "x"]
        for _ in range(self.random.randint(1, 3)):
            at = self.random.randint(0, len(text))
            kind = self.random.random()
            if kind < 0.4:
                text = text[:at] + self.pick(pieces) + text[at:]
            elif kind < 0.7:
                text = text[:at] + text[at + self.random.randint(1, 3):]
            elif kind < 0.85:
                end = min(len(text), at + self.random.randint(1, 8))
                text = text[:at] + text[at:end] + text[at:]
            else:
                other = self.random.randint(0, len(text))
                text = text[:at] + text[other:other + self.random.randint(1, 6)] + text[at:]
        return text


def texts(count, seed):
    """Yields that many expressions; the same for the same seed."""
    maker = Maker(seed)
    for _ in range(count):
        text = maker.expression(maker.random.randint(0, 4))
        if maker.chance(0.45):
            text = maker.mutated(text)
        yield text
