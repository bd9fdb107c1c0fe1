"""Metrics pages, right and wrong, in the text format and in OpenMetrics, to compare two readers with.

A page is built of lines that are mostly right, and then, often, one or a few bytes of it are changed: what a reader takes
that it should refuse is mostly one character away from what is right.
"""

from text_maker import TextMaker

NAMES = [b"up", b"http_requests_total", b"latency_seconds", b"a:b", b"_x", b"x9", b"latency_seconds_bucket", b"latency_seconds_sum", b"requests_created", b"x_info", b":"]
WRONG_NAMES = [b"9x", b"a-b", b"", b"\xc3\xa9", b"a.b", b"\xff", b"a\xc3", b"a b", b"{", b"#a", b"a\x00b", b"\xef\xbb\xbfup", b"+Inf"]
LABELS = [b"code", b"le", b"method", b"_", b"a9", b"quantile", b"job", b"instance", b"__x"]
WRONG_LABELS = [b"9a", b"a:b", b"a-b", b"", b"\xc3\xa9", b"__name__", b"a.b", b"\xff", b"a b", b"code\x00"]
VALUES = [b"200", b"+Inf", b"0.5", b"a b", b"\xc3\xa9", b"", b"1", b"1e3", b"\\n", b"\\\\", b'\\"', b"{", b"}", b",", b"a,b=c", b"#", b"\xf0\x9f\x98\x80"]
WRONG_VALUES = [b"\\q", b"x\\", b"\n", b"\r\n", b"\x00", b"a\x00b", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\\\n", b"\\\x00", b"\t", b'"', b"\\\\\\", b"\\x41", b"\\u00e9", b"\xf4\x90\x80\x80", b"\xc0\x80"]
QUOTED = [b"a.b", b"up", b"http.requests", b"\xc3\xa9", b"a b", b"9", b"a\\\\b", b'a\\"b', b"a\\nb", b"{}", b"x_seconds"]
WRONG_QUOTED = [b"", b"\xff", b"a\nb", b"\x00", b"\\", b"\\\n", b"__name__", b"a\\q", b"\xe2\x82", b"a\rb", b"code"]
NUMBERS = [b"0", b"1", b"1.5", b"-3", b"1e3", b"NaN", b"+Inf", b"-Inf", b"12345678901234567890", b"0.1"]
WRONG_NUMBERS = [
    b"Inf", b"nan", b"inf", b"0x1F", b"0x1p4", b"1_000", b"0b1", b"0o7", b"", b"x", b"1e400", b"-1e400", b".5", b"5.", b"+1", b"--1", b"+-1", b"infinity", b"+infinity", b"infin", b"1e", b"1e+",
    b"1e+5", b"1E5", b"nAn", b"-nan", b"+NaN", b"iNf", b"1e-400", b"4.9e-324", b"1e-324", b".", b"-", b"+", b"1.2.3", b"1,5", b"1 ", b"\xd9\xa1", b"1e308", b"1.8e308", b"1.797693134862315808e308", b"1\r", b"1\x00", b"\x001",
    b"00", b"-0", b"1f", b"1d", b"0e999999999", b"1e99999999999", b"0.0000001e-400", b"1" + b"0" * 400, b"0." + b"0" * 400 + b"1", b"1" + b"0" * 400 + b"e-400", b"1p3", b"1P3", b"1#", b"1{", b"1}", b"1\"", b"true"]
TIMES = [b"1395066363000", b"0", b"12", b"1"]
WRONG_TIMES = [b"1.5", b"-5", b"x", b"1e3", b"9223372036854775807", b"9223372036854775808", b"+5", b"007", b"12x", b"NaN", b"Inf", b"-Inf", b"1e400", b"1_0", b"", b"#", b"12 13", b"12\r", b"1395066363.123", b"0x1", b"1\x00"]
TEXT_TYPES = [b"counter", b"gauge", b"histogram", b"summary", b"untyped"]
OPEN_TYPES = [b"counter", b"gauge", b"histogram", b"summary", b"unknown", b"info", b"stateset", b"gaugehistogram"]
WRONG_TYPES = [b"Counter", b"", b"bogus", b"counter ", b" counter", b"counter\r", b"counter\x00", b"cou\x00nter", b"counter x", b"\"counter\"", b"\xff", b"unknown", b"untyped", b"info"]
BLANKS = [b" ", b"  ", b"\t", b"", b" \t ", b"\xc2\xa0", b"\x0b", b"\r", b"\x00", b" \x00"]
ODD_LINES = [
    b"", b" ", b"\t", b"\r", b"#", b"# ", b"##", b"# a comment", b"#comment", b"#\tTYPE up counter", b"# TYPE", b"# HELP", b"# UNIT", b"# TYPE ", b"# HELP ", b"# TYPE up", b"# HELP up", b"# UNIT up", b"# HELP up ", b"# HELP up  \t",
    b"# TYPE up-counter", b"# TYPE upxcounter", b'# TYPE "up"counter', b'# TYPE "up" counter', b'# TYPE "u\xffp" counter', b'# TYPE "u\np" counter', b'# HELP "u\\\np" x', b'# HELP "up', b"# HELP up\xff", b"# HELP up\xc3\xa9", b"# HELP up \xc3", b"# HELP up\x00x",
    b"# HELP up a\x00b", b"# HELP up \x00", b"# HELP\x00 up x", b"# HE\x00LP up x", b"# TY\x00PE up bogus", b"#\x00", b"# \x00", b"# x\x00", b"# HELPx up", b"# help up x", b"#  TYPE up gauge", b"#TYPE up bogus", b"# TYPE\tup\tcounter", b"# TYPE  up counter",
    b"# EOF", b"# EOF ", b"# EOF\r", b"# EOF\x00", b"# EOFx", b"#EOF", b" # EOF", b"#  EOF", b"# E\x00OF", b"# eof", b"\x00", b"\x00up 1", b" \x00", b"up", b"up ", b"up{", b"up{}", b"up{} ", b"{}", b"{} 1", b"{", b"}", b'{"up"} 1', b'{"up",} 1',
    b'{"up","up"} 1', b'up{"up"} 1', b'{code="1"} 1', b'{code="1","up"} 1', b'{"up",,} 1', b"{,} 1", b"up{,} 1", b'up{code="1",,} 1', b'up{code="1" le="2"} 1', b'up{code="1"le="2"} 1', b'up{code="1"}1', b"up+1", b"up-1", b"up.5", b"up{}{} 1",
    b'up{code=""} 1', b'up{code="",code="1"} 1', b'up{code="",code=""} 1', b'up{code="1",code=""} 1', b'up{"code"="1",code="1"} 1', b'up{"c\\\\"="1","c\\"="1"} 1', b'up{""=""} 1', b'up{""="x"} 1', b'up{"\xff"=""} 1', b'up{"\xff"="x","\xff"=""} 1', b'{""} 1',
    b'{"",__name__="up"} 1', b'{__name__="up"} 1', b'up{__name__="up"} 1', b'up{__name__=""} 1', b'{"up","__name__"="up"} 1', b'{"up",__name__=""} 1', b'up{code="1"\x00} 1', b'up{code= \x00"1"} 1', b'up{code="1"\x00\x00,le="2"} 1', b'up{code\x00="1"} 1',
    b"up 1 #", b"up 1 # ", b"up 1 # {", b"up 1 # {}", b"up 1 # {} 1", b"up 1 # {} 1 ", b"up 1 # {} 1 2", b"up 1 # {} 1 2 ", b"up 1 # {} 1 2 3", b"up 1 #{} 1", b"up 1  # {} 1", b"up 1 5 # {} 1", b"up 1 5 6 # {} 1", b"up 1 # {} NaN", b"up 1 # {} 1 NaN",
    b'up 1 # {"a"} 1', b'up 1 # {"a"="b"} 1', b'up 1 # {a="b",} 1', b'up 1 # {a="b",a="b"} 1', b'up 1 # {a="\x00"} 1', b'up 1 # {a="\n"} 1', b'up 1 # {a="\xff"} 1', b'up 1 # {"\xff"="x"} 1', b'up 1 # {a= 1', b'up 1 # {a 1', b'up 1 # {__name__="b"} 1', b'up 1 # {,} 1',
    b'up 1 # {a="b"c="d"} 1', b"up 1 # {} 0x1", b"up 1 # {}1", b"up 1# {} 1", b"up 1 #  {} 1", b"up 1 x# {} 1", b"# UNIT latency_seconds seconds", b"# UNIT latency_seconds econds", b"# UNIT seconds seconds", b"# UNIT _seconds seconds", b"# UNIT up ", b"# UNIT up seconds",
    b"# UNIT latency_seconds seconds ", b"# UNIT latency_seconds \x00seconds", b'# UNIT "latency_seconds" seconds', b'# UNIT "a_\xff" \xff', b"# UNIT a_b_c b_c", b"<html>", b"HTTP/1.1 200 OK", b"\xef\xbb\xbfup 1", b"\xff\xfeu\x00p\x00", b"up = 1", b"up: 1", b"'up' 1"]
# What one byte becomes.
BYTES = [b'"', b"{", b"}", b"\\", b"\n", b"#", b" ", b"\x00", b"=", b",", b"e", b"\t", b"\r", b"\xff", b"\xc3", b"\xa9", b"1", b"_", b":", b".", b"-", b"+", b"\x0b", b"\x7f", b"n"]


class Maker(TextMaker):
    """`odd`: the share of parts that may be wrong; 0 makes pages that are right."""

    def __init__(self, seed):
        super().__init__(seed)
        self.odd = 0
        self.open_metrics = False

    def one_of(self, right, wrong):
        return self.pick(wrong if self.chance(self.odd) else right)

    def blank(self):
        if self.chance(self.odd):
            return self.pick(BLANKS)
        return b" " if self.open_metrics else self.pick([b" ", b" ", b" ", b"  ", b"\t"])

    def inner_blank(self):
        if self.chance(self.odd):
            return self.pick(BLANKS)
        return b"" if self.open_metrics or self.chance(0.9) else self.pick([b" ", b"\t", b"  "])

    def quoted(self):
        return b'"' + self.one_of(QUOTED, WRONG_QUOTED) + b'"'

    def label(self):
        name = self.quoted() if self.chance(0.1) else self.one_of(LABELS, WRONG_LABELS)
        equals = self.pick([b":", b"", b"==", b"=~"]) if self.chance(self.odd / 2) else b"="
        quote = self.pick([b"'", b"", b"`"]) if self.chance(self.odd / 4) else b'"'
        return name + self.inner_blank() + equals + self.inner_blank() + quote + self.one_of(VALUES, WRONG_VALUES) + quote

    def label_set(self, labels):
        separator = self.pick([b"", b" ", b",,", b";"]) if self.chance(self.odd) else b","
        text = (self.inner_blank() + separator + self.inner_blank()).join(labels)
        if labels and self.chance(0.1):
            text += b","
        return b"{" + self.inner_blank() + text + self.inner_blank() + b"}"

    def labels(self, most=3):
        labels = []
        for _ in range(self.random.randint(0, most)):
            label = self.label()
            # Two of one name by chance make most pages wrong, and hide everything else.
            name = label.split(b"=")[0].strip()
            if self.chance(0.05 + self.odd) or name not in [other.split(b"=")[0].strip() for other in labels]:
                labels.append(label)
        return labels

    def series(self):
        labels = self.labels()
        if self.chance(0.1):
            labels.insert(self.random.randint(0, len(labels)) if self.chance(0.3) else 0, self.quoted())
            return (self.one_of(NAMES, WRONG_NAMES) if self.chance(self.odd / 2) else b"") + self.label_set(labels)
        name = self.one_of(NAMES, WRONG_NAMES)
        return name + self.inner_blank() + self.label_set(labels) if labels or self.chance(0.1) else name

    def sample(self):
        text = (self.pick(BLANKS) if self.chance(self.odd / 2) else b"") + self.series() + self.blank() + self.one_of(NUMBERS, WRONG_NUMBERS)
        if self.chance(0.15 + self.odd / 2):
            text += self.blank() + self.one_of(TIMES, WRONG_TIMES)
        if self.chance(0.15 if self.open_metrics else self.odd / 4):
            text += (self.pick([b"#", b" #", b" # ", b"# "]) if self.chance(self.odd) else b" # ") + self.label_set(self.labels(2)) + self.blank() + self.one_of(NUMBERS, WRONG_NUMBERS)
            if self.chance(0.5):
                text += self.blank() + self.one_of(TIMES, WRONG_TIMES)
        if self.chance(0.05 + self.odd / 4 if not self.open_metrics else self.odd / 4):
            text += self.pick([b" ", b"\t", b"\r", b" x", b"\x00"] if self.chance(self.odd) else [b" ", b"\t"])
        return text

    def metadata(self):
        keyword = self.pick([b"TYPE", b"TYPE", b"HELP", b"UNIT"] if self.open_metrics else [b"TYPE", b"TYPE", b"HELP"])
        if self.chance(self.odd / 3):
            keyword = self.pick([b"UNIT", b"type", b"TYPES", b"EOF", b"HEL", b""])
        name = self.quoted() if self.chance(0.1) else self.one_of(NAMES, WRONG_NAMES)
        text = self.one_of(OPEN_TYPES if self.open_metrics else TEXT_TYPES, WRONG_TYPES)
        if keyword == b"HELP":
            text = self.one_of([b"what it is", b"\xc3\xa9", b"a\\nb", b"", b'"', b"\\q"], WRONG_VALUES[:3] + WRONG_VALUES[4:])
        elif keyword == b"UNIT":
            text = self.one_of([name.strip(b'"').split(b"_")[-1] if b"_" in name else b""], [b"seconds", b"", b" ", b"x", b"\xff"])
        return b"#" + self.blank() + keyword + self.blank() + name + (self.blank() if self.chance(self.odd) else b" ") + text

    def line(self):
        if self.chance(self.odd / 2):
            return self.pick(ODD_LINES)
        kind = self.random.random()
        if kind < 0.2:
            return self.metadata()
        if kind < 0.25 and not self.open_metrics:
            return self.pick([b"", b"  ", b"# a comment", b"#", b"#HELP", b"# HELP", b"# EOF"])
        return self.sample()

    def changed(self, page):
        """One byte, or a few, are replaced, put in, taken out, doubled or moved."""
        for _ in range(1 if self.chance(0.7) else self.random.randint(2, 4)):
            begin = self.random.randint(0, len(page))
            end = min(len(page), begin + self.pick([0, 1, 1, 1, 2, 5]))
            what = self.random.random()
            if what < 0.7:
                page = page[:begin] + self.pick(BYTES) + page[end:]
            elif what < 0.8:
                page = page[:begin] + page[end:]
            elif what < 0.9:
                page = page[:end] + page[begin:]
            else:
                page = page[:begin]
        return page

    def page(self):
        self.open_metrics = self.chance(0.45)
        self.odd = self.pick([0, 0, 0.02, 0.1])
        lines = [self.line() for _ in range(self.random.randint(0, 5))]
        if self.chance(0.003):
            lines.insert(self.random.randint(0, len(lines)), self.long_line())
        line_break = self.pick([b"\r\n", b"\r", b"\n\n", b"\n "]) if self.chance(self.odd / 4) else b"\n"
        page = line_break.join(lines)
        if lines and not self.chance(0.05 if self.open_metrics else 0.2):
            page += b"\n"
        if self.open_metrics and not self.chance(0.03 + self.odd / 2):
            page += self.pick([b"# EOF\n", b"# EOF\n", b"# EOF"])
        if self.open_metrics and self.chance(self.odd / 2):
            page += self.pick([b"\n", b" ", b"up 1\n", b"# EOF\n", b"\x00", b"\x00\x00\n", b"\r\n", b"#"])
        if self.chance(0.4):
            page = self.changed(page)
        return page

    def long_line(self):
        count = self.random.randint(17, 3000)
        what = self.random.random()
        if what < 0.4:
            labels = [b'l%d="%d"' % (number, number) for number in range(count)]
            if self.chance(0.5):
                labels.insert(self.random.randint(0, count), b'l%d="x"' % self.random.randint(0, count - 1))
            if self.chance(0.3):
                labels.insert(self.random.randint(0, count), b'l%d=""' % self.random.randint(0, count - 1))
            return b"up{" + b",".join(labels) + b"} 1"
        if what < 0.7:
            return b'up{code="' + b"\\n" * count + b'"} 1'
        return b"u" * count + b" 1" + b"0" * (count % 400)


def texts(count, seed):
    """Yields (content type, page) that often; the same for the same seed."""
    maker = Maker(seed)
    for line in ODD_LINES:  # each of them at the page's begin, once in each format
        if count <= 0:
            return
        yield ("text/plain", b"up 1\n" + line + b"\nup 2\n")
        yield ("application/openmetrics-text", b"up 1\n" + line + b"\n# EOF\n")
        count -= 2
    for _ in range(count):
        page = maker.page()
        yield ("application/openmetrics-text" if maker.open_metrics else "text/plain", page)
