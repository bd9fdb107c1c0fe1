"""GitHub's `${{ expressions }}`, as far as workflows here use them; what is not known is refused, and so is a name that does not exist.

The language: docs.github.com, "Evaluate expressions in workflows and actions"; its details are those of the runner's
src/Sdk/DTExpressions2. GitHub takes a step or an output that does not exist for an empty text, silently: here that is a mistake.
"""

import json
import math
import re

TOKEN = re.compile(r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)(?![\w.])|(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][\w-]*)|"
                   r"(?P<sign>==|!=|<=|>=|&&|\|\||[!<>().,\[\]*]))")
STATUS = ("success", "failure", "always", "cancelled")


class Refused(Exception):
    """The workflow or action is wrong, or uses what this reader does not know."""


class Optional(dict):
    """A context in which a name that is missing is an empty text, such as the variables and secrets of a repository."""


def is_true(value):
    return not (value is None or value is False or value == "" or value == 0 or (isinstance(value, float) and math.isnan(value)))


def as_text(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (dict, list)):
        return "Array" if isinstance(value, list) else "Object"
    return str(value)


def _as_number(value):
    if value is None or value == "":
        return 0.0
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _equal(left, right):
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if type(left) is type(right):
        return left == right
    return _as_number(left) == _as_number(right)


def _format(text, *values):
    return re.sub(r"\{\{|\}\}|\{(\d+)\}", lambda part: part[0][0] if part[1] is None else as_text(values[int(part[1])]), text)


FUNCTIONS = {
    "contains": lambda where, what: any(_equal(item, what) for item in where) if isinstance(where, list) else as_text(what).lower() in as_text(where).lower(),
    "startswith": lambda text, start: as_text(text).lower().startswith(as_text(start).lower()),
    "endswith": lambda text, end: as_text(text).lower().endswith(as_text(end).lower()),
    "format": _format,
    "tojson": lambda value: json.dumps(value, indent=2),
}


class _Reader:
    def __init__(self, text, contexts, status):
        self._text, self._contexts, self._status = text, contexts, status
        self._tokens, position, end = [], 0, len(text.rstrip())
        while position < end:
            match = TOKEN.match(text, position)
            if not match:
                raise Refused(f"cannot read the expression '{text}' at '{text[position:]}'")
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        self._tokens.append(("end", ""))
        self.asks_status = any(kind == "name" and word.lower() in STATUS and self._tokens[i + 1] == ("sign", "(") for i, (kind, word) in enumerate(self._tokens))

    def value(self):
        value = self._either()
        if self._tokens[0][0] != "end":
            raise Refused(f"cannot read the expression '{self._text}': '{self._tokens[0][1]}' is too much")
        return value

    def _next(self, *signs):
        """Takes the next token when it is one of these signs."""
        if self._tokens[0][0] == "sign" and self._tokens[0][1] in signs:
            return self._tokens.pop(0)[1]
        return None

    def _expect(self, sign):
        if not self._next(sign):
            raise Refused(f"cannot read the expression '{self._text}': '{sign}' is missing")

    def _either(self):
        value = self._both()
        while self._next("||"):
            right = self._both()
            value = value if is_true(value) else right
        return value

    def _both(self):
        value = self._compared()
        while self._next("&&"):
            right = self._compared()
            value = right if is_true(value) else value
        return value

    def _compared(self):
        value = self._single()
        while sign := self._next("==", "!=", "<", "<=", ">", ">="):
            right = self._single()
            if sign in ("==", "!="):
                value = _equal(value, right) == (sign == "==")
            else:
                left, right = _as_number(value), _as_number(right)
                value = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign]
        return value

    def _single(self):
        if self._next("!"):
            return not is_true(self._single())
        if self._next("("):
            value = self._either()
            self._expect(")")
            return value
        kind, word = self._tokens.pop(0)
        if kind == "number":
            return float(word)
        if kind == "text":
            return word[1:-1].replace("''", "'")
        if kind != "name":
            raise Refused(f"cannot read the expression '{self._text}': '{word}' stands where a value should be")
        if word in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[word]
        if self._next("("):
            return self._call(word)
        return self._looked_up(word)

    def _call(self, name):
        arguments = []
        while not self._next(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._either())
        if name.lower() in STATUS:
            return self._status(name.lower())
        if name.lower() not in FUNCTIONS:
            raise Refused(f"the expression '{self._text}' calls {name}, which is not known here")
        return FUNCTIONS[name.lower()](*arguments)

    def _looked_up(self, name):
        if name not in self._contexts:
            raise Refused(f"the expression '{self._text}' names {name}, which is none of {', '.join(sorted(self._contexts))}")
        value, path = self._contexts[name], name
        while sign := self._next(".", "["):
            if sign == ".":
                kind, part = self._tokens.pop(0)
                if kind != "name":
                    raise Refused(f"cannot read the expression '{self._text}' after '{path}.'")
            else:
                part = as_text(self._either())
                self._expect("]")
            path += "." + part
            if isinstance(value, Optional):
                value = value.get(part, "")
            elif isinstance(value, dict) and part in value:
                value = value[part]
            else:
                raise Refused(f"the expression '{self._text}' names {path}, which does not exist")
        return value


def _no_status(name):
    raise Refused(f"{name}() means something in 'if' only")


def evaluate(text, contexts, status=_no_status):
    return _Reader(text, contexts, status).value()


def condition(text, contexts, status):
    """Whether an `if` is fulfilled. Without a function that asks for the status, success() is meant besides."""
    text = as_text(text).strip()
    whole = re.fullmatch(r"\$\{\{(.*)\}\}", text, re.S)
    reader = _Reader(whole[1] if whole else text, contexts, status)
    asks = reader.asks_status
    return is_true(reader.value()) and (asks or is_true(status("success")))


def interpolate(text, contexts):
    """A text of a workflow with its expressions replaced."""
    if not isinstance(text, str):
        return as_text(text)
    result, position = "", 0
    for match in re.finditer(r"\$\{\{((?:'[^']*'|[^'])*?)\}\}", text):
        result += text[position:match.start()] + as_text(evaluate(match[1], contexts))
        position = match.end()
    if "${{" in text[position:]:
        raise Refused(f"an expression does not end: {text[position:]}")
    return result + text[position:]
