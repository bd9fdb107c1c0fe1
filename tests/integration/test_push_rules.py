"""push-rules with a real Prometheus: published, refused, cancelled, broken, and never half done."""

import json
import signal
import subprocess
import urllib.request

import pytest

from servers import wait_for
from steps import BIN, ROOT, cancel, run, start, under_strace

SERVICE_RULES = ROOT / "ci-examples" / "shell" / "service" / "monitoring" / "rules"


def rules(group, expr="up", extra=""):
    return f"groups:\n  - name: {group}\n    rules:\n      - record: {group}:up:sum\n        expr: {expr}\n{extra}"


def ask(prometheus, path):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(prometheus.url + path, timeout=10) as answer:
        return json.load(answer)["data"]


def loaded(prometheus):
    """What the server has loaded: {"file:group": [queries]}."""
    return {f"{group['file'].rsplit('/', 1)[1]}:{group['name']}": [rule["query"] for rule in group["rules"]]
            for group in ask(prometheus, "/api/v1/rules")["groups"]}


def files(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


class Publication:
    """A repository with a rules folder, and how its pipeline calls the step."""

    def __init__(self, folder, prometheus, url=None):
        self.source = folder / "source"
        self.source.mkdir()
        self.prometheus = prometheus
        self.url = url or prometheus.url

    def write(self, name, text):
        (self.source / name).write_text(text)

    def arguments(self, *more):
        return ("push-rules", self.source, "--rules-dir", self.prometheus.rules, "--prometheus-url", self.url, *more)

    def run(self, *more, **options):
        return run(*self.arguments(*more), **options)


def with_old_rules(publication, proxy):
    """The publication with "old" published and "new" to come; the proxy is `publication.proxy`."""
    publication.proxy = proxy
    publication.write("a.yml", rules("a", "old"))
    assert publication.run().code == 0
    publication.write("a.yml", rules("a", "new"))
    publication.write("b.yml", rules("b", "new"))
    proxy.requests.clear()
    return publication


@pytest.fixture
def publication(tmp_path, start_prometheus):
    return Publication(tmp_path, start_prometheus())


@pytest.fixture
def through_proxy(tmp_path, start_prometheus, start_proxy):
    """The same behind a proxy, with "old" published; the proxy is `publication.proxy`."""
    prometheus = start_prometheus()
    proxy = start_proxy(prometheus.url)
    return with_old_rules(Publication(tmp_path, prometheus, proxy.url), proxy)


def is_old(publication):
    assert files(publication.prometheus.rules) == {"a.yml": rules("a", "old")}
    return loaded(publication.prometheus) == {"a.yml:a": ["old"]}


# --- What it is for


def test_the_services_rules_are_checked_and_loaded(start_prometheus):
    prometheus = start_prometheus()
    checked = run("push-rules", "--check", SERVICE_RULES)
    assert (checked.code, checked.out) == (0, "")
    assert "checked 1 file with 2 groups and 7 rules" in checked.err
    done = run("push-rules", "monitoring/rules/slo-myapp.yml", "--target", "files", "--rules-dir", prometheus.rules, "--prometheus-url", prometheus.url,
               cwd=SERVICE_RULES.parents[1])
    assert (done.code, done.out) == (0, "added slo-myapp.yml:slo-myapp\nadded slo-myapp.yml:slo-myapp-alerting\n")
    assert set(loaded(prometheus)) == {"slo-myapp.yml:slo-myapp", "slo-myapp.yml:slo-myapp-alerting"}


def test_nothing_to_do_sends_nothing_and_proves_all_the_same(start_prometheus, start_proxy):
    prometheus = start_prometheus()
    proxy = start_proxy(prometheus.url)
    call = ("push-rules", SERVICE_RULES, "--rules-dir", prometheus.rules, "--prometheus-url", proxy.url)
    assert run(*call).code == 0
    before = (prometheus.rules / "slo-myapp.yml").stat()
    proxy.requests.clear()
    done = run(*call, "--json")
    assert (done.code, done.json["loaded"], done.json["groups"]["added"]) == (0, True, [])
    assert done.json["groups"]["unchanged"] == ["slo-myapp.yml:slo-myapp", "slo-myapp.yml:slo-myapp-alerting"]
    assert "POST /-/reload" not in proxy.requests
    assert (prometheus.rules / "slo-myapp.yml").stat().st_ino == before.st_ino


def test_changed_rules_are_loaded_and_other_files_left_alone(publication):
    foreign = publication.prometheus.rules / "foreign.yml"
    foreign.write_text(rules("foreign"))
    publication.write("a.yml", rules("a", "up") + rules("gone")[8:])
    assert publication.run().code == 0
    publication.write("a.yml", rules("a", "'sum(rate(x[28d]))  by ( job ) # weeks'") + rules("fresh")[8:])
    done = publication.run()
    assert (done.code, done.out) == (0, "added a.yml:fresh\nchanged a.yml:a\nremoved a.yml:gone\n")
    assert loaded(publication.prometheus) == {"a.yml:a": ["sum by (job) (rate(x[4w]))"], "a.yml:fresh": ["up"], "foreign.yml:foreign": ["up"]}
    assert foreign.read_text() == rules("foreign")


def test_every_kind_of_rule_is_recognised_again(publication):
    """What Prometheus prints in another form than people write must not look like something else."""
    publication.write("a.yml", """groups:
  - name: forms
    interval: 1m30s
    limit: 10
    rules:
      - record: a:b
        expr: SUM BY (b, a) (rate(x{l='q"x', k=~`a.*`}[1w1d] offset 5m)) # why
        labels: {version: 1, on: yes, empty: "", accent: "caf\\u00e9"}
      - alert: "Everything is slow"
        expr: |
          histogram_quantile(0.99, sum(rate(x_bucket[5m])) by (le))
            > 0x10
              unless on () absent(up)
        for: 1w1d
        keep_firing_for: 90s
        labels: &labels {severity: page}
        annotations:
          summary: >-
            folded
            text of {{ $labels.job }}

            with a gap
          description: |
            two
              lines
      - alert: Other
        expr: -x ^ 2 == bool 1e3 or vector(Inf)
        labels: *labels
  - name: without rules
    rules: []
""")
    done = publication.run("--timeout", "5s", "--prove", "loaded")
    assert done.code == 0, done.err
    assert publication.run("--json").json["loaded"] is True


def test_a_dry_run_changes_nothing(through_proxy):
    done = through_proxy.run("--dry-run")
    assert done.code == 0
    assert done.out.startswith("would add b.yml:b\nwould change a.yml:a\n--- a/a.yml\n+++ b/a.yml\n")
    assert "-        expr: old\n+        expr: new\n" in done.out
    assert all(request.startswith("GET ") for request in through_proxy.proxy.requests)
    assert is_old(through_proxy)


def test_two_at_once(publication, tmp_path):
    """Each of them publishes its file again and again; none may take back or overlook what the other did."""
    processes = []
    for number in range(4):
        source = tmp_path / f"team{number}.yml"
        source.write_text(rules(f"team{number}"))
        processes.append(start("push-rules", source, "--rules-dir", publication.prometheus.rules, "--prometheus-url", publication.url))
    ends = [(process.communicate(timeout=60), process.returncode) for process in processes]
    assert [code for _, code in ends] == [0] * 4, ends
    assert set(loaded(publication.prometheus)) == {f"team{number}.yml:team{number}" for number in range(4)}


# --- Rules that are wrong


def test_wrong_expressions_are_refused_with_their_places(publication):
    publication.write("a.yml", """groups:
  - name: a
    rules:
      - record: job:requests:rate5m
        expr: sum by (job) (rate(http_requests_total[5m])
      - alert: HighErrorRate
        expr: |
          rate(errors_total[5m])
            > reat(requests_total[5m])
      - alert: Template
        expr: up == 0
        annotations:
          summary: "{{ $labels.job "
""")
    done = publication.run("--json", "--code-quality", publication.source / "report.json")
    assert (done.code, done.json["ok"], done.json["loaded"]) == (1, False, False)
    errors = [problem for problem in done.json["problems"] if problem["severity"] == "error"]
    assert [(error["line"], error["id"]) for error in errors] == [(5, "promql"), (9, "promql"), (13, "template")]
    assert "the expression ends too early" in errors[0]["message"]
    assert "unknown function 'reat'" in errors[1]["message"]
    assert errors[1]["column"] == 15
    report = json.loads((publication.source / "report.json").read_text())
    assert [finding["location"]["lines"]["begin"] for finding in report if finding["severity"] == "major"] == [5, 9, 13]
    assert files(publication.prometheus.rules) == {}


def test_rules_for_another_version_are_refused_by_prometheus_and_the_old_ones_stay(publication):
    publication.write("a.yml", rules("a", "old"))
    publication.write("b.yml", rules("b", "old"))
    assert publication.run().code == 0
    publication.write("a.yml", rules("a", "new"))
    publication.write("b.yml", rules("b", "first_over_time(new[5m])"))
    publication.write("c.yml", rules("c", "new"))
    done = publication.run("--json", "--prometheus-version", "3.16")
    assert (done.code, done.json["ok"], done.json["loaded"]) == (1, False, False)
    assert "failed to reload config" in done.json["error"]["message"]
    assert "b.yml:5:15: wrong expression of record 'b:up:sum': unknown function" in done.err
    assert "the folder is as it was before, and Prometheus runs with the rules it had" in done.err
    assert files(publication.prometheus.rules) == {"a.yml": rules("a", "old"), "b.yml": rules("b", "old")}
    assert loaded(publication.prometheus) == {"a.yml:a": ["old"], "b.yml:b": ["old"]}
    assert ask(publication.prometheus, "/api/v1/status/runtimeinfo")["reloadConfigSuccess"] is True


def test_a_mistake_in_somebody_elses_file_is_not_blamed_on_these_rules(publication):
    (publication.prometheus.rules / "foreign.yml").write_text("groups: [{name: x, rules: [{record: r, expr: 'sum('}]}]")
    publication.write("a.yml", rules("a"))
    done = publication.run()
    assert done.code == 3
    assert "it refuses without these changes, too" in done.err
    assert set(files(publication.prometheus.rules)) == {"foreign.yml"}


# --- A world that is broken


def test_a_folder_that_prometheus_does_not_read(tmp_path, start_prometheus):
    prometheus = start_prometheus(rule_files=f"{tmp_path}/elsewhere/*.yml")
    (tmp_path / "elsewhere").mkdir()
    publication = Publication(tmp_path, prometheus)
    publication.write("a.yml", rules("a"))
    done = publication.run("--timeout", "1s")
    assert (done.code, done.out) == (3, "")
    assert "error: Prometheus has not loaded the rules within 1s: it has loaded no file of the name a.yml" in done.err
    assert f"does 'rule_files:' of its configuration match the files in {prometheus.rules}? It has loaded no rule files at all" in done.err
    assert files(prometheus.rules) == {}


def test_unreachable(publication):
    publication.write("a.yml", rules("a"))
    publication.prometheus.stop()
    done = publication.run()
    assert (done.code, done.out) == (3, "")
    assert "error: GET " in done.err and "nothing was changed" in done.err
    assert files(publication.prometheus.rules) == {}


def test_lifecycle_api_off(tmp_path, start_prometheus):
    publication = Publication(tmp_path, start_prometheus(flags=()))
    publication.write("a.yml", rules("a"))
    done = publication.run()
    assert done.code == 3
    assert "error: cannot reload Prometheus: its lifecycle API is off" in done.err
    assert "start it with --web.enable-lifecycle" in done.err
    assert files(publication.prometheus.rules) == {}


@pytest.fixture
def guarded(tmp_path, start_prometheus):
    """A Prometheus that asks for a user and a password."""
    made = subprocess.run(["htpasswd", "-niB", "ci"], input="sesame-open", text=True, check=True, capture_output=True).stdout
    password = made.strip().partition(":")[2]
    publication = Publication(tmp_path, start_prometheus(web=f"basic_auth_users: {{ci: '{password}'}}\n"))
    publication.write("a.yml", rules("a"))
    return publication


@pytest.mark.parametrize("password", [None, "sesame-shut"])
def test_refused_credentials(guarded, tmp_path, password):
    more = ()
    if password:
        (tmp_path / "password").write_text(password)
        more = ("--prometheus-user", "ci", "--prometheus-password-file", tmp_path / "password")
    done = guarded.run(*more)
    assert (done.code, done.out) == (3, "")
    assert "the server refuses the credentials (status 401)" in done.err
    assert "sesame" not in done.err
    assert files(guarded.prometheus.rules) == {}


def test_credentials(guarded):
    done = guarded.run("--prometheus-user", "ci", env={"SLIPWAY_PUSH_RULES_PROMETHEUS_PASSWORD": "sesame-open"})
    assert (done.code, done.out) == (0, "added a.yml:a\n"), done.err
    assert "sesame" not in done.err


@pytest.mark.parametrize("call, error, words", [("fsync", "ENOSPC", "No space left on device"), ("rename", "EROFS", "Read-only file system")])
def test_a_folder_that_takes_no_file(through_proxy, call, error, words):
    """The kernel refuses the first such call, which is the one on a.yml's temporary file."""
    done = push_with_injection(through_proxy, f"{call}:error={error}:when=1")
    assert (done.returncode, done.stdout) == (3, "")
    assert f"a.yml: {words}" in done.stderr
    assert "the folder is as it was before" in done.stderr
    assert is_old(through_proxy)
    assert "POST /-/reload" not in through_proxy.proxy.requests


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.symlink_to("nowhere")], ids=["folder", "link"])
def test_something_else_under_the_files_name_stays(publication, make):
    make(publication.prometheus.rules / "a.yml")
    publication.write("a.yml", rules("a"))
    done = publication.run()
    assert (done.code, done.out) == (3, "")
    assert "a.yml: what has this name is no file, or a link to none" in done.err
    assert not (publication.prometheus.rules / "a.yml").is_file()


def test_a_link_is_followed(publication, tmp_path):
    """The way of mounted volumes: the name in the folder is a link to the file elsewhere."""
    (tmp_path / "elsewhere.yml").write_text(rules("a", "old"))
    (publication.prometheus.rules / "a.yml").symlink_to(tmp_path / "elsewhere.yml")
    publication.write("a.yml", rules("a"))
    done = publication.run()
    assert (done.code, done.out) == (0, "changed a.yml:a\n"), done.err
    assert (publication.prometheus.rules / "a.yml").is_symlink()
    assert (tmp_path / "elsewhere.yml").read_text() == rules("a")


def test_a_folder_that_is_full_after_the_first_file(through_proxy):
    done = push_with_injection(through_proxy, "fsync:error=ENOSPC:when=3")  # the file and the folder of a.yml, then b.yml
    assert done.returncode == 3
    assert "b.yml: No space left on device" in done.stderr
    assert is_old(through_proxy)


def push_with_injection(publication, injection):
    return subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", f"inject={injection}", str(BIN / "push-rules"), *map(str, publication.arguments()[1:])],
                          env=under_strace(), text=True, capture_output=True)


# --- A server that lies, breaks or stalls


@pytest.mark.parametrize("lie", ["login", "cut", "503", "reset"])
def test_a_server_that_gives_no_answer_is_given_no_rules(through_proxy, lie):
    proxy, path = through_proxy.proxy, "/api/v1/rules"
    {"login": lambda: proxy.answer(200, "<html>Sign in</html>", path=path), "cut": lambda: proxy.cut(after=30, path=path),
     "503": lambda: proxy.answer(503, "Service Unavailable", headers={"Retry-After": "0"}, path=path), "reset": lambda: proxy.reset(path=path)}[lie]()
    done = through_proxy.run()
    assert (done.code, done.out) == (3, "")
    assert "nothing was changed" in done.err
    assert "POST /-/reload" not in proxy.requests
    assert is_old(through_proxy)


def test_a_reload_that_is_never_done_is_not_believed(through_proxy):
    through_proxy.proxy.answer(200, path="/-/reload")
    done = through_proxy.run("--timeout", "1s")
    assert (done.code, done.out) == (3, "")
    assert "says in its metrics that it has not read its configuration again since" in done.err
    assert is_old(through_proxy)
    through_proxy.proxy.answer(404, path="/metrics")
    done = through_proxy.run("--timeout", "1s")
    assert (done.code, done.out) == (3, "")
    assert "Prometheus has not loaded the rules within 1s" in done.err
    assert is_old(through_proxy)


@pytest.mark.parametrize("fault", ["reset", "swallow"])
def test_a_reload_without_an_answer(through_proxy, fault):
    """After "swallow" the server has the new rules, and nobody knows: the old ones must be back there as well."""
    # Twice, because libcurl sends a request again when a connection that it had used before breaks without an answer.
    getattr(through_proxy.proxy, fault)(path="/-/reload", times=2)
    done = through_proxy.run()
    assert (done.code, done.out) == (3, "")
    assert "the folder is as it was before, and Prometheus runs with the rules it had" in done.err
    assert is_old(through_proxy)


def test_a_server_that_dies_between_write_and_proof(through_proxy):
    process = stalled(through_proxy)
    through_proxy.prometheus.stop()
    through_proxy.proxy.clear()
    through_proxy.proxy.reset()
    done = cancel(process, signal.SIGTERM)
    assert done.code == 143
    assert "it is not known whether Prometheus runs with the rules it had" in done.err
    assert files(through_proxy.prometheus.rules) == {"a.yml": rules("a", "old")}


# --- Proofs


def test_a_rule_that_fails_is_taken_back_with_the_servers_words(publication):
    """vector() twice with the same labels: many-to-many matching, whatever the server scrapes."""
    twice = 'label_replace(vector(1), "a", "1", "", "") or label_replace(vector(1), "a", "2", "", "")'
    publication.write("a.yml", rules("a", f"'({twice}) * on() ({twice})'"))
    done = publication.run("--json")
    assert done.code == 3
    assert "cannot evaluate them: record 'a:up:sum' of group 'a' fails" in done.json["error"]["message"]
    assert "many-to-many matching not allowed" in done.json["error"]["message"]
    assert files(publication.prometheus.rules) == {}
    assert publication.run("--prove", "loaded").code == 0


def test_a_name_that_no_pattern_matches_is_never_written(publication):
    publication.write("a.yaml", rules("a"))
    done = publication.run()
    assert (done.code, done.out) == (3, "")
    assert "no pattern of its 'rule_files:' matches this name" in done.err
    assert files(publication.prometheus.rules) == {}


def test_objectives_are_published_proven_and_restored(publication, tmp_path):
    publication.write("slo.yml", """version: prometheus/v1
service: prometheus
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(prometheus_http_requests_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(prometheus_http_requests_total[{{.window}}]))
""")
    done = publication.run("--snapshot", tmp_path / "before.json", "--prove", "loaded", "--json")
    assert done.code == 0, done.err
    assert done.json["groups"]["added"] == ["slo.yml:slo-prometheus-availability", "slo.yml:slo-prometheus-availability-budget"]
    assert done.json["rule_changes"]["added"] == 31
    assert publication.run("--json").json["groups"]["added"] == []
    done = run("push-rules", "--restore", tmp_path / "before.json", "--prove", "loaded", "--rules-dir", publication.prometheus.rules, "--prometheus-url", publication.url)
    assert done.code == 0, done.err
    assert done.out == "removed slo.yml:slo-prometheus-availability\nremoved slo.yml:slo-prometheus-availability-budget\n"
    assert files(publication.prometheus.rules) == {}
    assert loaded(publication.prometheus) == {}


# --- A job that is cancelled


def stalled(publication, times=-1):
    """A step that has written its files and waits for the answer to its reload."""
    publication.proxy.stall(path="/-/reload", times=times)
    process = start(*publication.arguments())
    wait_for(lambda: "POST /-/reload" in publication.proxy.requests, "the reload")
    assert set(files(publication.prometheus.rules)) == {"a.yml", "b.yml"}
    return process


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_cancelled_before_the_proof(through_proxy, number, code):
    done = cancel(stalled(through_proxy, times=1), number)
    assert (done.code, done.out) == (code, "")
    assert "the folder is as it was before, and Prometheus runs with the rules it had" in done.err
    assert is_old(through_proxy)


def test_cancelled_while_the_server_stalls_for_ever(through_proxy):
    done = cancel(stalled(through_proxy))
    assert done.code == 143
    assert "the folder is as it was before, but it is not known whether Prometheus runs with the rules it had" in done.err
    assert is_old(through_proxy)


def test_cancelled_while_it_waits_for_the_rules_to_be_loaded(through_proxy):
    through_proxy.proxy.answer(404, path="/metrics")
    through_proxy.proxy.answer(200, path="/-/reload", times=1)
    process = start(*through_proxy.arguments())
    wait_for(lambda: through_proxy.proxy.requests.count("GET /api/v1/rules") >= 3, "the proof")
    assert cancel(process).code == 143
    assert is_old(through_proxy)


def test_killed_outright_leaves_whole_files_and_no_lock(through_proxy):
    process = stalled(through_proxy)
    process.kill()
    process.communicate()
    assert files(through_proxy.prometheus.rules) == {"a.yml": rules("a", "new"), "b.yml": rules("b", "new")}
    through_proxy.proxy.clear()
    done = through_proxy.run("--timeout", "10s")
    assert (done.code, done.out) == (0, ""), done.err
    assert loaded(through_proxy.prometheus) == {"a.yml:a": ["new"], "b.yml:b": ["new"]}
