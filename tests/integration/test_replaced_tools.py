"""What the README says of the tools that people use today, beside the step in their place: the same input, and what each makes of it."""

import json
import subprocess
import urllib.request

from conftest import needs
from counting_service import CountingService
from gitops import ENVIRONMENT, FILE, STEP, Gitops, gitlab
from steps import run

RULE = "groups: [{name: app, rules: [{record: app:requests:rate5m, expr: 'rate(app_request_total[5m])'}]}]\n"


@needs("promtool")
def test_a_rule_on_a_metric_that_nobody_exposes(tmp_path):
    """The service has app_requests_total."""
    (tmp_path / "rules.yml").write_text(RULE)
    (tmp_path / "metrics.txt").write_text(CountingService(good=1).exposition())
    promtool = subprocess.run(["promtool", "check", "rules", "rules.yml"], cwd=tmp_path, capture_output=True, text=True)
    assert (promtool.returncode, promtool.stderr) == (0, "")
    ours = run("push-rules", "--check", "rules.yml", "--metrics", "metrics.txt", cwd=tmp_path)
    assert ours.code == 1
    assert "rules.yml:1:72: record 'app:requests:rate5m': nothing exposes the metric 'app_request_total'" in ours.err
    assert "did you mean app_requests_total?" in ours.err


def test_rules_that_are_sent_to_the_reload(tmp_path, start_prometheus):
    """The body is not read."""
    prometheus = start_prometheus()
    (tmp_path / "rules.yml").write_text(RULE)

    def groups():
        with urllib.request.urlopen(f"{prometheus.url}/api/v1/rules") as answer:
            return [group["name"] for group in json.load(answer)["data"]["groups"]]

    curl = subprocess.run(["curl", "--fail", "--silent", "--show-error", "-X", "POST", "--data-binary", "@rules.yml", f"{prometheus.url}/-/reload"], cwd=tmp_path)
    assert curl.returncode == 0
    assert groups() == []
    ours = run("push-rules", "rules.yml", "--rules-dir", prometheus.rules, "--prometheus-url", prometheus.url, cwd=tmp_path)
    assert ours.code == 0, ours.err
    assert groups() == ["app"]


@needs("envsubst")
def test_a_variable_that_nobody_has_set(tmp_path):
    (tmp_path / "app.nomad.hcl").write_text('image = "${IMAGE}"\n')
    envsubst = subprocess.run(["envsubst"], stdin=(tmp_path / "app.nomad.hcl").open(), env={}, capture_output=True, text=True)
    assert (envsubst.returncode, envsubst.stdout) == (0, 'image = ""\n')
    ours = run("render-jobspec", "app.nomad.hcl", cwd=tmp_path)
    assert (ours.code, ours.out) == (2, "")
    assert "app.nomad.hcl:1:10: no value for ${IMAGE}" in ours.err


def test_an_older_pipeline_that_comes_last(start_git_server, tmp_path):
    """It clones when the newer one has pushed already, so that Git has nothing to complain of."""
    gitops = Gitops(start_git_server(), {FILE: "image:\n  tag: none\n"})
    script = """git clone --quiet --depth 1 "$1" "$2" && cd "$2" && sed -i "s/tag: .*/tag: $2/" "$3" && git commit --quiet --all --message "$2" && git push --quiet"""
    for tag in ("newer", "older"):
        done = subprocess.run(["sh", "-c", script, "sh", gitops.url, tag, FILE], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert "tag: older" in gitops.show()
    for tag, commit, time, pipeline in (("newer", "b", "2024-11-24T12:00:00Z", 2), ("older", "a", "2024-11-24T11:00:00Z", 1)):
        ours = run(STEP, "--repo", gitops.url, "--branch", "main", "--file", FILE, "--set", f"image.tag={tag}", "--json", env=gitlab(commit, time, pipeline))
        assert ours.code == 0, ours.err
    assert ours.json["superseded"] is True
    assert "tag: newer" in gitops.show()
