"""The stand-in for rulers gives the answers that a real Cortex gave to the same requests, and misbehaves when it is told to."""

import json
import pathlib
import urllib.error
import urllib.request

import pytest
import yaml

import ruler_server
from ruler_server import RulerServer

RECORDING = pathlib.Path(ruler_server.__file__).parent / "recordings" / "ruler.jsonl"
GROUP = "name: {}\nrules:\n- record: x\n  expr: up\n"


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def ask(url, method="GET", body=None, tenant="team"):
    headers = {} if tenant is None else {"X-Scope-OrgID": tenant}
    request = urllib.request.Request(url, method=method, data=None if body is None else body.encode(), headers=headers)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()


def without_times(value):
    """Whether something was evaluated counts, when and how long does not."""
    if isinstance(value, list):
        return [without_times(item) for item in value]
    if isinstance(value, dict):
        return {key: item == ruler_server.NEVER if key == "lastEvaluation" else without_times(item) for key, item in value.items() if key != "evaluationTime"}
    return value


def group_number(request):
    body = request["body"] or ""
    return int(body[len("name: g"):].split("\n")[0]) if request["path"].endswith("/many") and body.startswith("name: g") else None


def replay(prefix):
    """Sends each recorded request at its time, those that the recording leaves out included, and yields both answers."""
    clock = Clock()
    with RulerServer(activate_after=3, evaluate_after=20, groups_limit=70, rules_limit=20, clock=clock) as ruler:
        last_group = None
        for line in RECORDING.read_text().splitlines():
            recorded = json.loads(line)
            if "note" in recorded:
                continue
            request = recorded["request"]
            clock.now = recorded["t"]
            path, tenant, body = request["path"], request["headers"].get("X-Scope-OrgID"), request["body"]
            if path.startswith("/api/v1/rules"):
                path = prefix + path[len("/api/v1/rules"):]
            if body and body.endswith("..."):  # thirty rules, of which the recording shows some
                body = "name: n\nrules:\n" + "".join(f"- record: a{i}\n  expr: up\n" for i in range(30))
            number = group_number(request)
            if last_group is not None and number is not None:
                for i in range(last_group + 1, number):
                    assert ask(ruler.url + path, "POST", GROUP.format(f"g{i}"), tenant)[0] == 202
            last_group = number
            yield request, recorded["response"], ask(ruler.url + path, request["method"], body, tenant)


@pytest.mark.parametrize("prefix", ["/api/v1/rules", "/prometheus/config/v1/rules"])
def test_the_stand_in_answers_as_recorded(prefix):
    replayed = 0
    for request, expected, (status, content_type, text) in replay(prefix):
        what = f"{request['method']} {request['path']} {request['body']}"
        assert (status, content_type) == (expected["status"], expected["headers"]["Content-Type"]), what
        if "json" in expected:
            assert without_times(json.loads(text)) == without_times(expected["json"]), what
        else:
            assert text == expected["text"], what
        replayed += 1
    assert replayed == 39


def evaluated(ruler):
    return json.loads(ask(ruler.url + "/prometheus/api/v1/rules")[2])["data"]["groups"]


def test_a_changed_group_is_evaluated_later_and_a_deleted_one_no_more():
    clock = Clock()
    with RulerServer(activate_after=2, evaluate_after=1, clock=clock) as ruler:
        rules = ruler.url + "/prometheus/config/v1/rules/app"
        assert ask(rules, "POST", GROUP.format("g"))[0] == 202
        clock.now = 2
        assert evaluated(ruler)[0]["rules"][0]["health"] == "unknown"
        clock.now = 3
        assert evaluated(ruler)[0]["rules"][0]["health"] == "ok"
        assert ask(rules, "POST", GROUP.format("g").replace("up", "down"))[0] == 202
        assert ask(rules, "POST", GROUP.format("h"))[0] == 202
        assert [group["rules"][0]["query"] for group in evaluated(ruler)] == ["up"]
        clock.now = 5
        assert [(group["name"], group["rules"][0]["query"], group["rules"][0]["health"]) for group in evaluated(ruler)] == [("g", "down", "unknown"), ("h", "up", "unknown")]
        assert ask(rules + "/g", "DELETE")[0] == 202
        clock.now = 7
        assert [(group["name"], group["rules"][0]["health"]) for group in evaluated(ruler)] == [("h", "ok")]
        assert list(ruler.stored("team")["app"]) == ["h"]


def test_it_lies_when_told_to():
    with RulerServer(activate_after=0, evaluate_after=0) as ruler:
        rules = ruler.url + "/loki/api/v1/rules/app"
        assert ask(rules, "POST", GROUP.format("g").replace("up", "sum(rate({app=\"x\"} |~ `(` [5m]))"))[0] == 202
        ruler.drop_rule = "g"
        assert evaluated(ruler)[0]["rules"] == []
        ruler.drop_rule = None
        ruler.never_activate = True
        assert evaluated(ruler) == []
        ruler.fail[len(ruler.requests) + 2] = 503
        ruler.fail_posts[2] = 500
        assert [ask(rules)[0] for _ in range(3)] == [200, 503, 200]
        assert [ask(rules, "POST", GROUP.format("h"))[0] for _ in range(2)] == [500, 202]
        ruler.answer = lambda request: (200, "text/html", b"<html>") if request.method == "GET" else None
        assert ask(rules) == (200, "text/html", "<html>")
        assert ask(ruler.url + "/nowhere", "DELETE")[::2] == (404, "404 page not found\n")
        assert ask(rules, "PUT", "")[0] == 405
    with RulerServer(single_tenant=True) as ruler:
        assert ask(ruler.url + "/api/v1/rules", tenant=None)[0] == 404


def test_what_it_writes_reads_back():
    group = {"name": "a: 'b' #", "interval": "1m30s", "limit": 3, "rules": [
        {"alert": "n", "expr": "up{a=\"b\"}\n  == 0\n", "for": "4w", "labels": {"y": "no", "x": "1", "z": "- a", "w": "~"},
         "annotations": {"a": "one\ntwo", "b": "three\n\n", "c": " blank ", "d": "\u00fc\u2028", "e": "{{ $value }}", "f": "tab\there", "g": "2024-01-15", "h": "'", "i": "\n x"}}]}
    body = json.dumps({**group, "interval": "90s", "rules": [{**group["rules"][0], "for": "28d"}]})
    with RulerServer() as ruler:
        assert ask(ruler.url + "/api/v1/rules/n", "POST", body)[0] == 202
        assert yaml.safe_load(ask(ruler.url + "/api/v1/rules")[2]) == {"n": [group]}
