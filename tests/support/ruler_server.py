"""A stand-in for the rulers of Mimir, Cortex and Loki, which do not run from Debian packages: it gives the answers that Cortex gave.

    with RulerServer() as ruler:
        run("push-rules", ..., "--target", "mimir", "--ruler-url", ruler.url, "--tenant", "team")
        ruler.stored("team")                     # {"app": {"g": {"name": "g", "rules": [...]}}}
        ruler.requests                           # [Request(method, path, tenant, body)]

One server has the paths of all three; those of Loki take any expression. What is stored is evaluated `activate_after` seconds later and
its health known `evaluate_after` seconds after that. `groups_limit` and `rules_limit` are a tenant's. It can misbehave, from the next
request on:

    ruler.never_activate = True         # what is stored is not evaluated
    ruler.drop_rule = "g"               # the last rule of this group is not
    ruler.failing["job:up:sum"] = "many-to-many matching not allowed"   # the evaluation of rules of this name fails
    ruler.fail[3] = 500                 # the third request from the start; ruler.fail_posts[3] the third that stores a group
    ruler.delay = 0.5                   # seconds before each answer
    ruler.answer = lambda request: (404, "text/html", b"<html>") or None
    ruler.forms["rate(x[28d])"] = "rate(x[4w])"   # how it shows an expression; others stay as they are

recordings/ruler.jsonl holds the conversation with a real Cortex; tests/integration/test_ruler_server.py replays it.
"""

import datetime
import json
import re
import threading
import time
import urllib.parse
from dataclasses import dataclass

import yaml

from stand_in import StandIn

# Fields that come back, in the order in which they do; all others are dropped without a word.
GROUP_FIELDS = ("name", "interval", "query_offset", "limit", "labels", "rules")
MIMIR_FIELDS = (*GROUP_FIELDS, "source_tenants", "evaluation_delay", "align_evaluation_time_on_interval")
RULE_FIELDS = ("record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations")
DURATIONS = ("interval", "query_offset", "evaluation_delay", "for", "keep_firing_for")

RULES = {"/prometheus/config/v1/rules": "mimir", "/api/v1/rules": "cortex", "/loki/api/v1/rules": "loki"}
EVALUATED = "/prometheus/api/v1/rules"
FORMS = ("/prometheus/api/v1/format_query", "/loki/api/v1/format_query")
NEVER = "0001-01-01T00:00:00Z"

UNITS = (("y", 365 * 86400_000), ("w", 7 * 86400_000), ("d", 86400_000), ("h", 3600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


@dataclass
class Request:
    method: str
    path: str     # as it came, without the query
    query: dict
    tenant: str   # None without
    headers: dict
    body: str


class Refused(Exception):
    """The text of a 400."""


def unbalanced(expression):
    """Whether an expression cannot be right: brackets that do not fit, or nothing at all. Strings are left out."""
    text = re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'|`[^`]*`', "", expression)
    open_brackets = []
    for character in text:
        if character in "([{":
            open_brackets.append(character)
        elif character in ")]}" and (not open_brackets or open_brackets.pop() + character not in ("()", "[]", "{}")):
            return True
    return bool(open_brackets) or not expression.strip()


def milliseconds(text):
    found = re.fullmatch("".join(rf"(?:(\d+){unit})?" for unit, _ in UNITS), text)
    if text == "0":
        return 0
    if not text or not found:
        raise Refused("unable to decoded rule group")
    return sum(int(number or 0) * factor for number, (_, factor) in zip(found.groups(), UNITS))


def duration(total):
    """As Prometheus writes it: years and weeks only where nothing is left over."""
    text = ""
    for unit, factor in UNITS:
        if total >= factor and (unit not in "yw" or total % factor == 0):
            text += f"{total // factor}{unit}"
            total %= factor
    return text or "0s"


def scalar(value, indent):
    """As Go's yaml.v3 writes a text."""
    if not isinstance(value, str):
        return json.dumps(value)
    kept = len(value) - len(value.rstrip("\n"))
    if "\n" in value and value == value.strip() + "\n" * kept and not re.search(r"[^\x20-\x7e\n]| \n", value):
        mark = "|-" if kept == 0 else "|" if kept == 1 else "|+"
        return mark + "".join("\n" + (" " * indent + line if line else "") for line in value.split("\n")[: -1 if kept else None])
    if value.lower() in ("y", "n"):  # truth values for older readers
        return json.dumps(value)
    try:
        bare = yaml.safe_load(f"a: {value}")["a"]
    except (yaml.YAMLError, TypeError):
        bare = {}
    if bare == value:
        return value
    if not isinstance(bare, (str, dict, list)) or re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]", value):
        return json.dumps(value)
    return "'" + value.replace("'", "''") + "'"


def write_yaml(value, indent=0):
    """A map in the layout of Go's yaml.v3: each level stands at the next multiple of four, lists are moved to the right, too."""
    text = ""
    inner = (indent // 4 + 1) * 4
    for key, item in value.items():
        text += " " * indent + scalar(key, 0) + ":"
        if isinstance(item, dict):
            text += "\n" + write_yaml(item, inner)
        elif isinstance(item, list):
            text += "\n"
            for entry in item:
                text += " " * inner + "- " + (write_yaml(entry, inner + 2).lstrip(" ") if isinstance(entry, dict) else scalar(entry, inner + 2) + "\n")
        else:
            text += f" {scalar(item, inner)}\n"
    return text


class RulerServer(StandIn):
    def __init__(self, activate_after=0.3, evaluate_after=0.2, groups_limit=None, rules_limit=None, wrong=unbalanced, single_tenant=False, clock=time.monotonic):
        self.never_activate = False
        self.drop_rule = None
        self.failing = {}
        self.fail = {}
        self.fail_posts = {}
        self.delay = 0
        self.answer = lambda request: None
        self.forms = {}
        self.requests = []
        self._activate_after = activate_after
        self._evaluate_after = evaluate_after
        self._groups_limit = groups_limit
        self._rules_limit = rules_limit
        self._wrong = wrong
        self._single_tenant = single_tenant
        self._clock = clock
        self._lock = threading.Lock()
        self._history = {}  # tenant: [(time, {namespace: {name: group}})], never changed in place
        super().__init__()

    def respond(self, method, path, query, headers, body, peer):
        return self.reply(Request(method, path, query, headers.get("x-scope-orgid"), headers, body.decode()))

    def stored(self, tenant):
        history = self._history.get(tenant)
        return history[-1][1] if history else {}

    def reply(self, request):
        """Status, content type and body."""
        with self._lock:
            self.requests.append(request)
            posts = sum(one.method == "POST" and not one.path.endswith("/format_query") for one in self.requests)
            status = self.fail.get(len(self.requests)) or (self.fail_posts.get(posts) if request.method == "POST" else None)
        if self.delay:
            time.sleep(self.delay)
        if status:
            return _text("internal error", status)
        own = self.answer(request)
        if own:
            return own
        base = next((base for base in RULES if (request.path + "/").startswith(base + "/")), None)
        if base is None and request.path not in (EVALUATED, *FORMS):
            return _text("404 page not found", 404)
        tenant = "anonymous" if self._single_tenant else request.tenant
        if not tenant:
            return _text("no org id", 401)
        with self._lock:
            if request.path == EVALUATED:
                return _success(self._evaluated(tenant, request.query.get("type")))
            if request.path in FORMS:
                query = request.query.get("query") or dict(urllib.parse.parse_qsl(request.body)).get("query", "")
                return _success(self._form(query))
            parts = [urllib.parse.unquote(part) for part in request.path[len(base):].split("/")[1:]]
            return self._rules(request, tenant, RULES[base], parts)

    def _rules(self, request, tenant, kind, parts):
        state = self.stored(tenant)
        if request.method == "GET" and len(parts) < 2:
            found = {name: groups for name, groups in sorted(state.items()) if not parts or name == parts[0]}
            if not found:
                return _text("no rule groups found", 404)
            return 200, "application/yaml", write_yaml({name: [group for _, group in sorted(groups.items())] for name, groups in found.items()}).encode()
        if request.method == "GET" and len(parts) == 2:
            group = state.get(parts[0], {}).get(parts[1])
            return (200, "application/yaml", write_yaml(group).encode()) if group else _text("group does not exist", 404)
        if request.method == "POST" and len(parts) == 1:
            try:
                group = self._read(request.body, kind)
                self._check_limits(state, parts[0], group)
            except Refused as why:
                return _text(str(why), 400)
            self._store(tenant, {**state, parts[0]: {**state.get(parts[0], {}), group["name"]: group}})
            return _success(status=202)
        if request.method == "DELETE" and len(parts) == 2:
            groups = {name: group for name, group in state.get(parts[0], {}).items() if name != parts[1]}
            self._store(tenant, {name: value for name, value in {**state, parts[0]: groups}.items() if value})
            return _success(status=202)
        if request.method == "DELETE" and len(parts) == 1:
            if parts[0] not in state:
                return _text("group namespace does not exist", 404)
            self._store(tenant, {name: groups for name, groups in state.items() if name != parts[0]})
            return _success(status=202)
        return 405, "text/plain; charset=utf-8", b""

    def _read(self, text, kind):
        try:
            document = yaml.load(text, yaml.BaseLoader)
            given = {key: value for key, value in dict(document or {}).items() if value not in ("", [], {})}
            rules = [{key: rule[key] for key in RULE_FIELDS if rule.get(key)} for rule in given.get("rules", [])]
            group = {key: given[key] for key in (MIMIR_FIELDS if kind == "mimir" else GROUP_FIELDS) if key in given}
        except (yaml.YAMLError, ValueError, TypeError, AttributeError):
            raise Refused("unable to decoded rule group") from None
        for part in (group, *rules):
            for key in DURATIONS:
                if key in part:
                    part[key] = duration(milliseconds(part[key]))
                    if part[key] == "0s" and key != "query_offset":
                        del part[key]
        if "limit" in group:
            if not re.fullmatch(r"\d+", group["limit"]):
                raise Refused("unable to decoded rule group")
            group["limit"] = int(group["limit"])
        name = group.get("name")
        if not name:
            raise Refused("invalid rules config: rule group name must not be empty")
        if not rules:
            raise Refused(f"invalid rules config: rule group '{name}' has no rules")
        for i, rule in enumerate(rules):
            if "record" in rule and not re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", rule["record"]):
                raise Refused(f'0:0: group "{name}", rule {i}, "{rule["record"]}": invalid recording rule name: {rule["record"]}')
            if kind != "loki" and self._wrong(rule.get("expr", "")):
                raise Refused("")  # the real one does not say why
        return {**group, "rules": rules}

    def _check_limits(self, state, namespace, group):
        if self._rules_limit and len(group["rules"]) > self._rules_limit:
            raise Refused(f"per-user rules per rule group limit (limit: {self._rules_limit} actual: {len(group['rules'])}) exceeded")
        count = sum(map(len, state.values())) + (group["name"] not in state.get(namespace, {}))
        if self._groups_limit and count > self._groups_limit:
            raise Refused(f"per-user rule groups limit (limit: {self._groups_limit} actual: {count}) exceeded")

    def _store(self, tenant, state):
        self._history.setdefault(tenant, []).append((self._clock(), state))

    def _form(self, expression):
        return self.forms.get(expression.strip(), expression.strip())

    def _evaluated(self, tenant, only):
        now = self._clock()
        shown = {}
        since = {}  # when a group became what is shown
        for when, state in self._history.get(tenant, []):
            if self.never_activate or when + self._activate_after > now:
                break
            groups = {(namespace, name): group for namespace, groups in state.items() for name, group in groups.items()}
            since = {key: since[key] if shown.get(key) == group else when + self._activate_after for key, group in groups.items()}
            shown = groups
        result = []
        for (namespace, name), group in sorted(shown.items()):
            known = since[namespace, name] + self._evaluate_after <= now
            last = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if known else NEVER
            rules = group["rules"][:-1] if name == self.drop_rule else group["rules"]
            rules = [self._rule(rule, {**group.get("labels", {}), **rule.get("labels", {})}, known, last) for rule in rules]
            rules = [rule for rule in rules if not only or rule["type"] == {"alert": "alerting", "record": "recording"}[only]]
            result.append({"name": name, "file": namespace, "rules": rules, "interval": milliseconds(group.get("interval", "1m")) / 1000,
                           "lastEvaluation": last, "evaluationTime": 0.001 if known else 0, "limit": group.get("limit", 0)})
        return {"groups": result}

    def _rule(self, rule, labels, known, last):
        health = {"health": "ok" if known else "unknown", "lastError": "", "lastEvaluation": last, "evaluationTime": 0.001 if known else 0}
        why = self.failing.get(rule.get("record") or rule.get("alert"))
        if known and why:
            health.update(health="err", lastError=why)
        query = self._form(rule.get("expr", ""))
        if "record" in rule:
            return {"name": rule["record"], "query": query, "labels": labels, **health, "type": "recording"}
        seconds = {field: milliseconds(rule.get(key, "0")) / 1000 for field, key in (("duration", "for"), ("keepFiringFor", "keep_firing_for"))}
        return {"state": "inactive" if known else "unknown", "name": rule.get("alert", ""), "query": query, **seconds, "labels": labels,
                "annotations": rule.get("annotations", {}), "alerts": [], **health, "type": "alerting"}


def _text(text, status):
    return status, "text/plain; charset=utf-8", text.encode() + b"\n"


def _success(data=None, status=200):
    answer = {"status": "success"} if data is None else {"status": "success", "data": data}
    return status, "application/json", json.dumps(answer).encode()
