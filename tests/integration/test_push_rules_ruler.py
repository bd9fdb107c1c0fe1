"""push-rules with a ruler: groups published one by one, proven, refused, taken back, and never half done.

The ruler is the stand-in that test_ruler_server.py holds against a real Cortex.
"""

import json
import re
import signal

import pytest

from ruler_server import EVALUATED
from servers import wait_for
from steps import cancel, run, start

def group(name, expr="up", more=""):
    return f"  - name: {json.dumps(name)}\n{more}    rules:\n      - record: {'r' if not name.isidentifier() else name}:up:sum\n        expr: {expr}\n"


def rules(*groups):
    return "groups:\n" + "".join(groups)


def expressions(ruler, tenant="team"):
    """What the server stores: {"namespace:group": [expressions]}."""
    return {f"{name_space}:{name}": [rule["expr"] for rule in content["rules"]]
            for name_space, groups in ruler.stored(tenant).items() for name, content in groups.items()}


def sent(ruler):
    """What changes something, in the order in which it came."""
    return [f"{request.method} {request.path}" for request in ruler.requests if request.method != "GET" and "/format_query" not in request.path]


class Publication:
    """A repository with a rules folder, and how its pipeline calls the step."""

    def __init__(self, folder, ruler, url=None, target="mimir"):
        self.source = folder / "source"
        self.source.mkdir(exist_ok=True)
        self.ruler = ruler
        self.url = url or ruler.url
        self.target = target
        self.tenant = ("--tenant", "team")

    def write(self, name, *groups):
        (self.source / name).write_text(rules(*groups))

    def arguments(self, *more, source=None):
        paths = () if "--restore" in more else (source or self.source,)
        return ("push-rules", *paths, "--target", self.target, "--ruler-url", self.url, *self.tenant, *more)

    def run(self, *more, source=None, **options):
        return run(*self.arguments(*more, source=source), **options)

    def publish(self, *more):
        done = self.run(*more)
        assert done.code == 0, done.err
        self.ruler.requests.clear()
        return done


@pytest.fixture
def publication(tmp_path, start_ruler):
    return Publication(tmp_path, start_ruler(activate_after=0, evaluate_after=0))


@pytest.fixture
def changed(publication):
    """Published are "old" a and b; waiting to be published is a new a, the same b, and c."""
    publication.write("app.yml", group("a", "old"), group("b", "old"))
    publication.publish()
    publication.write("app.yml", group("a", "new"), group("b", "old"), group("c", "new"))
    return publication


OLD = {"app:a": ["old"], "app:b": ["old"]}
NEW = {"app:a": ["new"], "app:b": ["old"], "app:c": ["new"]}


@pytest.fixture
def through_proxy(changed, start_proxy):
    """The same behind a proxy, `publication.proxy`."""
    changed.proxy = start_proxy(changed.ruler.url)
    changed.url = changed.proxy.url
    return changed


# --- What it is for


@pytest.mark.parametrize("target, path", [("mimir", "/prometheus/config/v1/rules"), ("cortex", "/api/v1/rules"), ("loki", "/loki/api/v1/rules")])
def test_the_first_publication(tmp_path, start_ruler, target, path):
    publication = Publication(tmp_path, start_ruler(), target=target)
    expr = "up" if target != "loki" else "'sum(rate({app=\"x\"} |= \"error\" [5m])) by (job)'"
    publication.write("app.yml", group("a", expr), group("b", expr))
    publication.write("web.v2.yaml", group("a", expr))
    done = publication.run()
    assert (done.code, done.out) == (0, "added app:a\nadded app:b\nadded web.v2:a\n"), done.err
    assert "has loaded 3 groups and evaluates the rules that are new" in done.err
    assert set(expressions(publication.ruler)) == {"app:a", "app:b", "web.v2:a"}
    assert sorted(sent(publication.ruler)) == [f"POST {path}/app"] * 2 + [f"POST {path}/web.v2"]
    publication.ruler.requests.clear()
    assert publication.run().code == 0
    assert sent(publication.ruler) == []


@pytest.mark.parametrize("files", [1, 2])
def test_nothing_to_do_takes_two_requests(publication, files):
    for number in range(files):
        publication.write(f"app{number}.yml", group("a"), group("b"))
    publication.publish()
    done = publication.run("--json")
    assert (done.code, done.json["loaded"], done.json["error"]) == (0, True, None)
    assert done.json["groups"] == {"added": [], "changed": [], "removed": [], "unchanged": [f"app{number}:{name}" for number in range(files) for name in "ab"]}
    assert "nothing to do: Mimir has all groups, and has loaded them" in done.err
    where = "/prometheus/config/v1/rules" + ("/app0" if files == 1 else "")
    assert [f"{request.method} {request.path}" for request in publication.ruler.requests] == [f"GET {where}", f"GET {EVALUATED}"]


def test_another_way_to_write_the_same_is_nothing_to_do(publication):
    publication.write("app.yml", group("a", "sum(rate(x{b='1',a=\"2\"}[28d])) by (job)"))
    publication.publish()
    publication.write("app.yml", "  # a comment\n", group("a", "\"sum by(job) (rate(x{a='2', b='1'}[4w]))  # why\"", more="    interval: 0s\n    limit: 0\n"))
    assert (publication.run().code, sent(publication.ruler)) == (0, [])


def test_one_changed_group_is_one_request(changed):
    changed.write("app.yml", group("a", "old"), group("b", "new"))
    done = changed.run()
    assert (done.code, done.out) == (0, "changed app:b\n"), done.err
    assert sent(changed.ruler) == ["POST /prometheus/config/v1/rules/app"]
    assert expressions(changed.ruler) == {"app:a": ["old"], "app:b": ["new"]}


def test_a_group_that_is_in_no_file_any_more(changed):
    changed.write("app.yml", group("a", "old"))
    done = changed.run()
    assert (done.code, done.out, sent(changed.ruler)) == (0, "", [])
    assert "1 group of these namespaces stands in none of the files and stays: app:b" in done.err
    assert "--prune removes them" in done.err
    planned = changed.run("--dry-run")
    assert "1 group of these namespaces stands in none of the files and stays: app:b" in planned.err
    done = changed.run("--prune")
    assert (done.code, done.out) == (0, "removed app:b\n"), done.err
    assert sent(changed.ruler) == ["DELETE /prometheus/config/v1/rules/app/b"]
    assert expressions(changed.ruler) == {"app:a": ["old"]}


def test_other_namespaces_are_never_touched(changed):
    changed.write("app.yml", group("x"))
    assert changed.run("--namespace", "other", "--prune").code == 0
    assert expressions(changed.ruler) == {**OLD, "other:x": ["up"]}


NAMES = ["two words", "a/b", "..", ".", "übung ☃", "100%", "a+b", "a?b#c", "%2F", 'quo"te', "a\\b", "-", "null", "1.0"]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_groups_and_namespaces(publication, name):
    publication.write("app.yml", group(name))
    call = ("--namespace", name, "--prune")
    done = publication.run(*call)
    assert (done.code, done.out) == (0, f"added {name}:{name}\n"), done.err
    assert expressions(publication.ruler) == {f"{name}:{name}": ["up"]}
    publication.ruler.requests.clear()
    assert publication.run(*call).code == 0
    assert sent(publication.ruler) == []
    publication.write("app.yml", group("x"))
    done = publication.run(*call)
    assert (done.code, done.out) == (0, f"added {name}:x\nremoved {name}:{name}\n"), done.err
    assert expressions(publication.ruler) == {f"{name}:x": ["up"]}


def test_a_group_twice_in_a_namespace(publication):
    publication.write("app.yml", group("a"))
    publication.write("web.yml", group("a"))
    done = publication.run("--namespace", "all")
    assert (done.code, sent(publication.ruler)) == (2, [])
    assert "group 'a' stands twice in namespace 'all'" in done.err


def test_a_tenant_is_missing(publication):
    publication.write("app.yml", group("a"))
    publication.tenant = ()
    done = publication.run("--json")
    assert (done.code, done.json["error"]["hint"]) == (3, "give it with --tenant")
    assert "the server wants to know the tenant: no org id" in done.json["error"]["message"]
    assert sent(publication.ruler) == []


def test_tenants_do_not_see_each_other(publication):
    publication.write("app.yml", group("a", "one"))
    publication.publish()
    publication.write("app.yml", group("b", "two"))
    publication.tenant = ("--tenant", "other")
    done = publication.run("--prune")
    assert (done.code, done.out) == (0, "added app:b\n"), done.err
    assert expressions(publication.ruler) == {"app:a": ["one"]}
    assert expressions(publication.ruler, "other") == {"app:b": ["two"]}


def test_keys_that_mimir_alone_has(publication):
    more = "    source_tenants: [b, a]\n    query_offset: 1m\n    interval: 2m\n"
    publication.write("app.yml", group("a", more=more))
    publication.publish()
    assert publication.ruler.stored("team")["app"]["a"]["source_tenants"] == ["b", "a"]
    publication.write("app.yml", group("a", more=more.replace("b, a", "a, b")))
    assert (publication.run().code, sent(publication.ruler)) == (0, [])
    publication.write("app.yml", group("a", more=more.replace("b, a", "b, c")))
    done = publication.run()
    assert (done.code, done.out) == (0, "changed app:a\n"), done.err
    assert publication.ruler.stored("team")["app"]["a"]["source_tenants"] == ["b", "c"]


def test_logql_that_is_no_promql(tmp_path, start_ruler):
    publication = Publication(tmp_path, start_ruler(activate_after=0, evaluate_after=0), target="loki")
    text = 'sum by (host) (rate({app="web"} | json | status >= 500 | line_format "{{.msg}}" [5m])) > 10'
    publication.ruler.forms[text] = f"({text})"
    publication.write("app.yml", group("a", json.dumps(text)))
    done = publication.run()
    assert (done.code, done.out) == (0, "added app:a\n"), done.err
    assert expressions(publication.ruler) == {"app:a": [text]}
    publication.ruler.requests.clear()
    assert (publication.run().code, sent(publication.ruler)) == (0, [])


def test_objectives_become_rules(publication):
    (publication.source / "slo.yaml").write_text("""version: prometheus/v1
service: web
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(requests_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(requests_total[{{.window}}]))
    alerting: {name: WebDown}
""")
    done = publication.run("--json")
    assert done.code == 0, done.err
    assert len(done.json["groups"]["added"]) >= 1
    assert all(name.startswith("slo:") or ":" in name for name in done.json["groups"]["added"])
    publication.ruler.requests.clear()
    again = publication.run("--json")
    assert (again.code, again.json["groups"]["added"], sent(publication.ruler)) == (0, [], [])


def test_a_dry_run_shows_the_difference_and_asks_only(changed):
    (changed.source / "app.yml").write_text(rules(group("a", "new"), group("c", "new")))
    done = changed.run("--dry-run", "--prune")
    assert done.code == 0
    assert done.out.startswith("would add app:c\nwould change app:a\nwould remove app:b\n")
    assert '-        expr: "old"\n+        expr: "new"\n' in done.out or "-        expr: old\n+        expr: new\n" in done.out
    assert "--- a/app/b\n+++ b/app/b\n" in done.out
    assert {request.method for request in changed.ruler.requests} == {"GET"}
    assert expressions(changed.ruler) == OLD


def test_json_outputs_and_summary(changed, tmp_path):
    output, summary = tmp_path / "output", tmp_path / "summary"
    output.touch()
    summary.touch()
    done = changed.run("--json", env={"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": output, "GITHUB_STEP_SUMMARY": summary})
    assert (done.code, done.json["ok"], done.json["loaded"], done.json["error"]) == (0, True, True, None)
    assert done.json["groups"] == {"added": ["app:c"], "changed": ["app:a"], "removed": [], "unchanged": ["app:b"]}
    assert done.json["rule_changes"] == {"added": 1, "changed": 1, "removed": 0, "unchanged": 1}
    written = {name: value for name, _, value in re.findall(r"^(\w+)<<(\S+)\n(.*)\n\2$", output.read_text(), re.M)}
    assert {name: written[name] for name in ("loaded", "groups_added", "groups_changed", "groups_removed", "groups_unchanged", "rules_changed")} == {
        "loaded": "true", "groups_added": "1", "groups_changed": "1", "groups_removed": "0", "groups_unchanged": "1", "rules_changed": "1"}
    assert "```diff\n--- a/app/c\n" in summary.read_text()
    assert "| 1 | 1 | 0 | 1 |" in summary.read_text()


def test_a_thousand_groups(publication):
    publication.write("app.yml", *(group(f"g{number}") for number in range(1000)))
    done = publication.run()
    assert done.code == 0, done.err
    assert len(sent(publication.ruler)) == len(expressions(publication.ruler)) == 1000
    publication.ruler.requests.clear()
    done = publication.run()
    assert (done.code, len(publication.ruler.requests), sent(publication.ruler)) == (0, 2, [])


# --- Rules that are wrong


def test_a_wrong_expression_is_refused_before_anything_is_asked(publication):
    publication.write("app.yml", group("a"), group("b", "sum(up"))
    done = publication.run()
    assert (done.code, publication.ruler.requests) == (1, [])
    assert "app.yml:9:21: wrong expression of record 'b:up:sum'" in done.err


def test_a_limit_of_the_tenant(changed):
    changed.ruler._groups_limit = 3
    changed.write("app.yml", group("a", "new"), group("b", "new"), group("c", "new"), group("d", "new"))
    done = changed.run("--json")
    assert (done.code, done.json["loaded"], done.json["ok"]) == (1, False, False)
    assert "per-user rule groups limit (limit: 3 actual: 4) exceeded" in done.json["error"]["message"]
    assert "of namespace 'app'" in done.json["error"]["message"]
    assert "Mimir has the groups back that it had before" in done.err
    assert expressions(changed.ruler) == OLD


def test_a_refusal_without_a_word(changed):
    changed.ruler._wrong = lambda expression: expression == "new"
    done = changed.run()
    assert done.code == 1
    assert "' without saying why" in done.err and "mostly one of its expressions or templates is wrong for this server" in done.err
    assert expressions(changed.ruler) == OLD


def test_moved_rules_are_never_missing(changed):
    """What goes is deleted only when all that comes is stored."""
    changed.write("app.yml", group("x", "old"), group("y", "old"))
    changed.ruler._groups_limit = 3
    done = changed.run("--prune")
    assert done.code == 1
    assert not any(request.startswith("DELETE") and request.endswith(("/a", "/b")) for request in sent(changed.ruler))
    assert expressions(changed.ruler) == OLD


# --- What the server says is not believed until it is seen


def with_other_expression(ruler, name, expression):
    """The server evaluates this group with another expression than the stored one."""
    def answer(request):
        if request.path != EVALUATED:
            return None
        with ruler._lock:
            groups = ruler._evaluated(request.tenant, None)
        for one in groups["groups"]:
            if one["name"] == name:
                one["rules"][0]["query"] = expression
        return 200, "application/json", json.dumps({"status": "success", "data": groups}).encode()
    ruler.answer = answer


@pytest.mark.parametrize("lie, words", [
    (lambda ruler: setattr(ruler, "never_activate", True), "group 'a' of namespace 'app': it is not loaded (and 2 other groups)"),
    (lambda ruler: setattr(ruler, "drop_rule", "c"), "group 'c' of namespace 'app': it has 0 rules there"),
    (lambda ruler: with_other_expression(ruler, "c", "other"), "group 'c' of namespace 'app': rule 1, record 'c:up:sum', has other expression there")],
    ids=["nothing", "a rule less", "another expression"])
@pytest.mark.parametrize("prove", ["loaded", "evaluated"])
def test_what_is_not_loaded_is_taken_back(changed, lie, words, prove):
    lie(changed.ruler)
    done = changed.run("--timeout", "1s", "--prove", prove)
    assert (done.code, done.out) == (3, "")
    assert f"error: Mimir has not loaded the rules within 1s: {words}" in done.err
    assert "its log says why" in done.err
    assert "Mimir has the groups back that it had before" in done.err
    assert expressions(changed.ruler) == OLD


def test_a_rule_that_cannot_be_evaluated_is_taken_back(changed):
    changed.ruler.failing["c:up:sum"] = "many-to-many matching not allowed"
    done = changed.run()
    assert (done.code, done.out) == (3, "")
    assert "Mimir has loaded the rules, but cannot evaluate them: record 'c:up:sum' of group 'c' fails: many-to-many matching not allowed" in done.err
    assert expressions(changed.ruler) == OLD


def test_loaded_is_enough_when_so_asked(changed):
    changed.ruler.failing["c:up:sum"] = "many-to-many matching not allowed"
    done = changed.run("--prove", "loaded")
    assert done.code == 0, done.err
    assert "Mimir has loaded 3 groups" in done.err and "evaluates" not in done.err
    assert expressions(changed.ruler) == NEW


def test_a_rule_that_failed_before_keeps_no_other_from_being_published(changed):
    changed.ruler.failing["b:up:sum"] = "many-to-many matching not allowed"
    done = changed.run()
    assert done.code == 0, done.err
    assert "warning: Mimir cannot evaluate what was there before: record 'b:up:sum' of group 'b' fails: many-to-many" in done.err
    assert expressions(changed.ruler) == NEW
    done = changed.run()
    assert done.code == 0
    assert "warning: Mimir cannot evaluate what was there before: record 'b:up:sum'" in done.err


def test_what_is_never_evaluated_is_taken_back(tmp_path, start_ruler):
    publication = Publication(tmp_path, start_ruler(activate_after=0, evaluate_after=1000))
    publication.write("app.yml", group("a", more="    interval: 1s\n"))
    done = publication.run("--timeout", "1s")
    assert done.code == 3
    assert "Mimir has loaded the rules, but not evaluated them within 2s: record 'a:up:sum' of group 'a' has not been evaluated yet" in done.err
    assert expressions(publication.ruler) == {}


# --- A world that is broken


@pytest.mark.parametrize("number", range(1, 9))
def test_one_request_that_fails_is_repeated(changed, number):
    changed.ruler.fail[number] = 500
    done = changed.run("--prune")
    assert done.code == 0, done.err
    assert number > len(changed.ruler.requests) or "again in" in done.err
    assert expressions(changed.ruler) == NEW


@pytest.mark.parametrize("number", range(1, 7))
def test_a_server_that_breaks_for_a_while(changed, number):
    """Each request is sent four times, and several at once: whatever the failures hit, it is all or nothing."""
    changed.write("app.yml", group("a", "new"), group("c", "new"))
    changed.ruler.fail.update({one: 503 for one in range(number, number + 8)})
    done = changed.run("--prune")
    assert (done.code, expressions(changed.ruler)) in ((0, {"app:a": ["new"], "app:c": ["new"]}), (3, OLD)), done.err
    if number > 1 and done.code == 3:
        assert "status 503" in done.err and ("groups back" in done.err or "nothing was changed" in done.err)


def test_a_server_that_breaks_for_good(changed):
    changed.ruler.answer = lambda request: (500, "text/plain", b"boom") if len(sent(changed.ruler)) > 1 else None
    done = changed.run()
    assert done.code == 3
    assert "the old groups are not all back" in done.err
    assert "run it again once the server answers, or --restore a snapshot" in done.err
    changed.ruler.answer = lambda request: None
    assert changed.run().code == 0
    assert expressions(changed.ruler) == NEW


@pytest.mark.parametrize("fault", ["reset", "swallow", "cut"])
def test_connections_that_break(through_proxy, fault):
    getattr(through_proxy.proxy, fault)(path="/rules", times=4, **({"after": 5} if fault == "cut" else {}))
    done = through_proxy.run()
    assert (done.code, expressions(through_proxy.ruler)) in ((0, NEW), (3, OLD)), done.err


@pytest.mark.parametrize("fault", ["reset", "swallow", "cut"])
def test_connections_that_break_while_it_sends(through_proxy, fault):
    """After "swallow" the server has stored the group, and nobody knows: it must be taken back as well."""
    state = {"broken": False}

    def break_at_the_first_post(request):
        if request.method == "POST" and not state["broken"]:
            state["broken"] = True
            getattr(through_proxy.proxy, fault)(path="/rules/app", times=8, **({"after": 5} if fault == "cut" else {}))
        return None

    through_proxy.ruler.answer = break_at_the_first_post
    done = through_proxy.run()
    assert (done.code, expressions(through_proxy.ruler)) in ((0, NEW), (3, OLD)), done.err


def test_too_many_requests(through_proxy):
    through_proxy.proxy.answer(429, "slow down", headers={"Retry-After": "1"}, path="/rules/app", times=2)
    done = through_proxy.run()
    assert done.code == 0, done.err
    assert "again in 1s" in done.err and "status 429" in done.err
    assert expressions(through_proxy.ruler) == NEW


@pytest.mark.parametrize("answer, words, hint", [
    ((404, "404 page not found"), "the ruler API is not there: status 404: 404 page not found", "Mimir has it at /prometheus/config/v1/rules"),
    ((404, "<html><h1>Not Found</h1></html>"), "the ruler API is not there: status 404", "Mimir has it at /prometheus/config/v1/rules"),
    ((200, "<!DOCTYPE html><title>Sign in</title>"), "the answer is not the ruler API's: <!DOCTYPE html><title>Sign in</title>", "a login"),
    ((200, '{"status":"success"}'), 'the answer is not the ruler API\'s: {"status":"success"}', "Mimir has it at"),
    ((401, "who are you"), "the server refuses the credentials (status 401: who are you)", "check the token or password"),
    ((403, ""), "the server refuses the credentials (status 403)", "check the token or password")],
    ids=["404", "404 page", "login", "another API", "401", "403"])
def test_what_is_no_ruler(through_proxy, answer, words, hint):
    through_proxy.proxy.answer(*answer)
    done = through_proxy.run()
    assert (done.code, done.out) == (3, "")
    assert words in done.err
    assert "hint: " in done.err and hint in done.err
    assert not any(request.startswith(("POST", "DELETE")) for request in through_proxy.proxy.requests)


def test_a_login_page_in_place_of_the_answer_to_a_change(through_proxy):
    state = {"posts": 0}

    def answer(request):
        state["posts"] += request.method == "POST"
        return (200, "text/html", b"<html>Sign in</html>") if request.method == "POST" and state["posts"] <= 2 else None

    through_proxy.ruler.answer = answer
    done = through_proxy.run()
    assert done.code == 3
    assert "the answer is not the ruler API's: <html>Sign in</html>" in done.err
    assert expressions(through_proxy.ruler) == OLD


def test_unreachable(publication):
    publication.write("app.yml", group("a"))
    publication.url = "http://127.0.0.1:1"
    done = publication.run()
    assert (done.code, done.out) == (3, "")
    assert "GET http://127.0.0.1:1/prometheus/config/v1/rules/app: " in done.err


# --- A job that is cancelled


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_cancelled_while_it_sends(publication, number, code):
    old = [group(f"g{i}", "old") for i in range(40)]
    publication.write("app.yml", *old)
    publication.publish()
    before = expressions(publication.ruler)
    publication.write("app.yml", *(group(f"g{i}", "new") for i in range(40)), *(group(f"n{i}", "new") for i in range(5)))
    publication.ruler.delay = 0.3
    process = start(*publication.arguments())
    wait_for(lambda: len(sent(publication.ruler)) > 16, "some groups to be sent")
    done = cancel(process, number)
    assert done.code == code
    assert "Mimir has the groups back that it had before" in done.err
    assert expressions(publication.ruler) == before


def test_cancelled_when_much_was_sent_to_a_slow_server(publication):
    """What cannot be taken back in the time that is left is said."""
    publication.write("app.yml", *(group(f"g{i}", "old") for i in range(120)))
    publication.publish()
    publication.write("app.yml", *(group(f"g{i}", "new") for i in range(120)))
    publication.ruler.delay = 0.03
    process = start(*publication.arguments())
    wait_for(lambda: len(sent(publication.ruler)) > 90, "most groups to be sent")
    publication.ruler.delay = 1.2
    done = cancel(process)
    assert done.code == 143
    assert "Mimir has not got all groups back that it had before" in done.err
    assert "may be new; run it again, or --restore a snapshot" in done.err


def test_cancelled_while_it_waits_for_the_proof(changed):
    changed.ruler.never_activate = True
    process = start(*changed.arguments())
    wait_for(lambda: sum(request.path == EVALUATED for request in changed.ruler.requests) >= 2, "the proof")
    assert expressions(changed.ruler) == NEW
    done = cancel(process)
    assert done.code == 143
    assert "Mimir has the groups back that it had before" in done.err
    assert expressions(changed.ruler) == OLD


def test_cancelled_while_the_server_stalls_for_ever(through_proxy):
    through_proxy.proxy.stall(path=EVALUATED)
    through_proxy.ruler.answer = lambda request: through_proxy.proxy.stall() if len(sent(through_proxy.ruler)) == 2 else None
    process = start(*through_proxy.arguments())
    wait_for(lambda: f"GET {EVALUATED}" in through_proxy.proxy.requests, "the proof")
    done = cancel(process)
    assert done.code == 143
    assert "Mimir has not got all groups back that it had before: " in done.err


# --- Snapshots


def test_a_snapshot_brings_everything_back(changed, tmp_path):
    snapshot = tmp_path / "before.json"
    assert changed.run("--snapshot", snapshot).code == 0
    changed.write("app.yml", group("later", "new"))
    assert changed.run("--prune").code == 0
    assert expressions(changed.ruler) == {"app:later": ["new"]}
    planned = changed.run("--restore", snapshot, "--dry-run")
    assert planned.code == 0
    assert planned.out.startswith("would add app:a\nwould add app:b\nwould remove app:later\n")
    done = changed.run("--restore", snapshot)
    assert (done.code, done.out) == (0, "added app:a\nadded app:b\nremoved app:later\n"), done.err
    assert expressions(changed.ruler) == OLD
    changed.ruler.requests.clear()
    assert changed.run("--restore", snapshot).code == 0
    assert sent(changed.ruler) == []


def test_a_snapshot_of_nothing_brings_nothing_back(publication, tmp_path):
    publication.write("app.yml", group("a"))
    assert publication.run("--snapshot", tmp_path / "s.json").code == 0
    done = publication.run("--restore", tmp_path / "s.json")
    assert (done.code, done.out) == (0, "removed app:a\n"), done.err
    assert "Mimir has unloaded 1 group" in done.err
    assert expressions(publication.ruler) == {}


def test_a_dry_run_writes_no_snapshot(changed, tmp_path):
    assert changed.run("--snapshot", tmp_path / "s.json", "--dry-run").code == 0
    assert not (tmp_path / "s.json").exists()


@pytest.mark.parametrize("text, words", [("{}", "it is no snapshot of push-rules"), ("groups: []", "it is no snapshot of push-rules"),
                                         ('{"format": "slipway push-rules snapshot 1", "target": "files", "state": {}}', "it is a snapshot of the target 'files', not of 'mimir'"),
                                         ('{"format": "slipway push-rules snapshot 1", "target": "mimir", "state": {}}', "no snapshot of a ruler"),
                                         ('{"format": "slipway push-rules snapshot 1", "target": "mimir", "state": []}', "no snapshot of a ruler")])
def test_what_is_no_snapshot(publication, tmp_path, text, words):
    (tmp_path / "s.json").write_text(text)
    done = publication.run("--restore", tmp_path / "s.json", "--json")
    assert (done.code, publication.ruler.requests) == (2, [])
    assert words in done.json["error"]["message"]


def test_a_snapshot_that_cannot_be_kept_stops_everything(changed, tmp_path):
    done = changed.run("--snapshot", tmp_path / "missing" / "s.json")
    assert (done.code, sent(changed.ruler)) == (3, [])
    assert expressions(changed.ruler) == OLD


# --- Two at once


def test_two_with_different_groups(publication, tmp_path):
    processes = []
    for number in range(4):
        source = tmp_path / f"team{number}.yml"
        source.write_text(rules(group(f"g{number}")))
        processes.append(start(*publication.arguments("--namespace", "all", source=source)))
    ends = [(process.communicate(timeout=60), process.returncode) for process in processes]
    assert [code for _, code in ends] == [0] * 4, ends
    assert set(expressions(publication.ruler)) == {f"all:g{number}" for number in range(4)}


def test_what_somebody_else_publishes_meanwhile_is_not_taken_back(changed, tmp_path):
    """The first waits in vain for its own group a, and must not bring the old one back over the second's."""
    changed.ruler.drop_rule = "c"
    process = start(*changed.arguments("--timeout", "3s"))
    wait_for(lambda: expressions(changed.ruler) == NEW, "the first to send")
    other = tmp_path / "app.yml"
    other.write_text(rules(group("a", "theirs")))
    done = changed.run(source=other)
    assert done.code == 0, done.err
    _, err = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "warning: somebody else has changed group 'a' of namespace 'app' meanwhile: it stays as it is now" in err
    assert "Mimir has the other groups back that it had before" in err
    assert expressions(changed.ruler) == {"app:a": ["theirs"], "app:b": ["old"]}
