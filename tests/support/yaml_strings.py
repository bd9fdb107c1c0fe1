"""Strings with a taste for trouble: what some reader of YAML takes for something else, and what files cannot hold as it is."""

PIECES = [
    *"abcxyz0123456789", *"-_.:/@+,#'\"\\[]{}&*!|>%?=~`$^()<>; ", "  ", ": ", " #", "- ", "\t", "\n", "\r", "\x01", "\x1b", "\x7f", "\x85", "\xa0",
    "\u2028", "\u2029", "\ufeff", "\ufffd", "\ufffe", "é", "ß", "日本", "😀", "true", "null", "no", "0x", "0o", "1e", "e5", "inf", ".nan", "<<",
    "---", "...", "{{ .x }}", "sha256:", "v1.2.3"]
TYPICAL = [
    "1e5", "08", "1_000", "12:30:45", "2024-01-15", "1.10", "706798e8", "706798e8c", "1.2.3", "v1.2.3-rc.1", "0x1F", "0b1", "0o7", "1E3", "+1", "-1",
    ".5", "1.", "e5", "y", "N", "yes", "Off", "TRUE", "Null", "nil", "None", "~", "", " ", "=", "<<", ".inf", "-.INF", ".NaN", "190:20:30",
    "2001-12-14t21:59:43.10-05:00", "deadbeef", "1f", "12e03", "0", "1", "registry:5000/a/b@sha256:0a1b", "685_230.15", "0.1", "1:2", "a:b", "0777",
    "0b1010_0111", "!!int 3", "&a", "*a", "@x", "`x`", "%x", "- a", "? a", "a: b", "a #b", "#a", "'", '"', "\\"]
_WORDS = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nil", "none", "inf", "nan", "infinity", "undefined", "e", "x", "o", "__proto__", "constructor"]
_NUMBERS = ["0", "1", "7", "08", "12", "059", "60", "100", "_", "_0", ".", ":", "-", "+", "e", "E", "e+", "e-", "x", "o", "b", "f", "a", "T", "t", "Z", " ", "-01", ":30", "1_000"]


def string(random):
    """One of them, of `random.Random`."""
    kind = random.random()
    if kind < 0.15:
        return random.choice(TYPICAL)
    if kind < 0.25:  # what looks like a number or a date in some language
        return random.choice(["", "", "", "-", "+", "v", "0x", "0o", "0b", "."]) + "".join(random.choice(_NUMBERS) for _ in range(random.randrange(1, 6)))
    if kind < 0.3:
        word = random.choice(["", "", ".", "-.", "+"]) + random.choice(_WORDS)
        return "".join(random.choice([letter.lower(), letter.upper()]) for letter in word) if random.random() < 0.5 else word.title()
    if kind < 0.4:  # a commit
        return f"{random.getrandbits(160):040x}"[:random.choice([1, 2, 4, 7, 7, 8, 8, 9, 10, 12, 40])]
    if kind < 0.45:
        return random.choice(["", "v", "V", "release-"]) + ".".join(str(random.randrange(random.choice([3, 100, 3000]))) for _ in range(random.randrange(1, 5))) + random.choice(["", "", "-rc.1", "+5", "-e5", "-1", ".x"])
    if kind < 0.5:
        return random.choice(TYPICAL) + random.choice(PIECES) + random.choice(TYPICAL)
    if kind < 0.53:  # any character but NUL, which no argument can hold
        return "".join(chr(random.choice([random.randrange(1, 0x20), random.randrange(1, 0x100), random.randrange(1, 0xD800), random.randrange(0xE000, 0x110000)])) for _ in range(random.randrange(1, 5)))
    return "".join(random.choice(PIECES) for _ in range(random.randrange(12)))
