"""push-rules makes Grafana dashboards of objectives: a real Prometheus evaluates their queries, a stand-in for Grafana stores them."""

import json
import urllib.parse

import pytest
import yaml

from grafana_server import GrafanaServer
from steps import run
from test_push_rules import Publication, ask

OBJECTIVES = """version: prometheus/v1
service: shop
slos:
  - name: availability
    objective: 99.9
    description: Requests that are answered
    sli:
      events:
        error_query: sum(rate(requests_total{job="shop",code=~"5.."}[{{.window}}]))
        total_query: sum(rate(requests_total{job="shop"}[{{.window}}]))
  - name: latency
    objective: 99
    sli:
      events:
        error_query: sum(rate(request_seconds_count{job="shop"}[{{.window}}])) - sum(rate(request_seconds_bucket{job="shop",le="0.3"}[{{.window}}]))
        total_query: sum(rate(request_seconds_count{job="shop"}[{{.window}}]))
"""


class Release(Publication):
    def __init__(self, folder, prometheus, grafana):
        super().__init__(folder, prometheus)
        self.grafana = grafana
        self.write("slo.yml", OBJECTIVES)

    def run(self, *more, **options):
        return super().run("--grafana-url", self.grafana.url, *more, env={"GRAFANA_TOKEN": self.grafana.token, **options.pop("env", {})}, **options)

    def saved(self):
        return self.grafana.count("POST", "/api/dashboards/db")


@pytest.fixture
def grafana():
    with GrafanaServer() as server:
        yield server


@pytest.fixture
def release(tmp_path, start_prometheus, grafana):
    return Release(tmp_path, start_prometheus(), grafana)


def expressions(dashboard):
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]


def test_a_release_brings_its_dashboard(release, grafana):
    done = release.run("--grafana-folder", "team", env={"CI_COMMIT_SHA": "0123456789abcdef", "GITLAB_CI": "true", "CI_COMMIT_TAG": "v1.2"})
    assert done.code == 0, done.err
    assert list(grafana.dashboards) == ["slo-shop"]
    stored = grafana.dashboards["slo-shop"]
    assert (stored.folder, stored.version, stored.message) == ("team", 1, "push-rules: v1.2")
    assert [(note["dashboardUID"], note["tags"], note["text"]) for note in grafana.annotations] == [
        ("slo-shop", ["deploy", "shop", "v1.2"], "Deployed shop v1.2 (commit 0123456789abcdef)")]
    assert "created the dashboard of shop" in done.err
    assert grafana.token not in done.err + done.out


@pytest.mark.parametrize("names", ["slipway", "sloth"])
def test_prometheus_evaluates_every_query(release, grafana, names):
    assert release.run("--slo-names", names).code == 0
    queries = expressions(grafana.dashboards["slo-shop"].model)
    assert len(queries) > 30
    for query in queries:
        ask(release.prometheus, "/api/v1/query?query=" + urllib.parse.quote(query, safe=""))


def test_the_second_time_nothing_is_sent(release, grafana):
    assert release.run().code == 0
    done = release.run()
    assert done.code == 0
    assert (release.saved(), len(grafana.annotations)) == (1, 1)
    assert "the dashboard of shop is the same already: nothing to do" in done.err


def test_what_somebody_changed_is_put_right(release, grafana):
    assert release.run().code == 0
    grafana.dashboards["slo-shop"].model["panels"].pop()
    assert release.run().code == 0
    assert (release.saved(), len(grafana.annotations)) == (2, 2)
    assert release.run().code == 0
    assert release.saved() == 2


def test_rules_that_are_not_published_bring_no_dashboard(release, grafana):
    release.write("wrong.yml", "groups: [{name: a, rules: [{record: 'a:b', expr: 'sum('}]}]\n")
    assert release.run().code == 1
    assert grafana.requests == []
    assert release.run("--check").code == 1
    assert grafana.requests == []


@pytest.mark.parametrize("token, code, words", [("wrong", 3, "Grafana refuses the credentials (status 401: Invalid API key)"), (None, 3, "status 401: Unauthorized")])
def test_credentials(release, grafana, token, code, words):
    done = super(Release, release).run("--grafana-url", grafana.url, env={"GRAFANA_TOKEN": token} if token else {})
    assert done.code == code
    assert words in done.err
    assert "hint: give the token of a service account" in done.err


def test_a_user_and_password(release, grafana, tmp_path):
    (tmp_path / "password").write_text("admin\n")
    done = super(Release, release).run("--grafana-url", grafana.url, "--grafana-user", "admin", "--grafana-password-file", tmp_path / "password")
    assert done.code == 0, done.err
    assert "slo-shop" in grafana.dashboards


def test_a_viewer_may_not(release, grafana):
    grafana.role = "Viewer"
    done = release.run()
    assert done.code == 3
    assert "Permissions needed: dashboards:create" in done.err


def test_a_login_page_is_no_answer(release, grafana):
    grafana.answer = lambda request: (200, "text/html", b"<html><title>Log in</title></html>")
    done = release.run()
    assert done.code == 3
    assert "the answer is not Grafana's: <html><title>Log in</title></html>" in done.err


def test_passing_failures(release, grafana):
    grafana.fail = [503, 500]
    assert release.run().code == 0
    assert release.saved() == 1


def test_a_mark_is_never_made_twice(release, grafana):
    grafana.drop_after = "/api/annotations"
    done = release.run()
    assert done.code == 0
    assert len(grafana.annotations) == grafana.count("POST", "/api/annotations") == 1
    assert "warning: no mark of the deployment in Grafana" in done.err


def test_what_is_not_stored_as_sent_is_said(release, grafana):
    grafana.loses = "templating"
    done = release.run()
    assert done.code == 3
    assert "Grafana took the dashboard of 'shop' and shows something else: templating is another one there" in done.err


def test_files(tmp_path):
    (tmp_path / "slo.yaml").write_text(OBJECTIVES)
    out = tmp_path / "out"
    done = run("push-rules", "slo.yaml", "--emit", "rules", "--dashboard", out, cwd=tmp_path)
    assert done.code == 0, done.err
    dashboard = json.loads((out / "shop.json").read_text())
    assert dashboard["uid"] == "slo-shop"
    assert run("push-rules", "slo.yaml", out / "shop.json", "--check", cwd=tmp_path).code == 0
    done = run("push-rules", "slo.yaml", "--emit", "rules", "--dashboard", "board.yaml", "--dashboard-format", "configmap", "--kubernetes-namespace", "mon", cwd=tmp_path)
    assert done.code == 0, done.err
    manifest = yaml.safe_load((tmp_path / "board.yaml").read_text())
    assert manifest["metadata"] == {"name": "dashboard-slo-shop", "namespace": "mon", "labels": {"grafana_dashboard": "1"}}
    assert json.loads(manifest["data"]["shop.json"]) == dashboard
