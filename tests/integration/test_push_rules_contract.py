"""push-rules --check beside a real Prometheus and a real image: targets, retention, the service's own metrics."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from images import add_python
from servers import answers, free_port, wait_for
from steps import cancel, run, start

SERVICE = """import http.server
seen = set()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        if self.path != "/metrics":
            seen.add(self.path)
            self.end_headers()
            return
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        lines = ["# TYPE app_requests_total counter"] + ['app_requests_total{path="%s"} 1' % path for path in sorted(seen)]
        self.wfile.write(("\\n".join(lines) + "\\n").encode())
    def log_message(self, *words):
        pass
http.server.HTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
"""


def rules(*expressions):
    return "groups:\n- name: g\n  rules:\n" + "".join(f"  - {json.dumps({'record': f'r{number}', 'expr': text})}\n" for number, text in enumerate(expressions))


@pytest.fixture
def service(tmp_path):
    """The port of a service that shows a path's series after its first request."""
    port = free_port()
    (tmp_path / "serve.py").write_text(SERVICE.replace("PORT", str(port)))
    process = subprocess.Popen([sys.executable, tmp_path / "serve.py"])
    wait_for(lambda: answers(f"http://127.0.0.1:{port}/metrics"), "the service")
    yield port
    process.terminate()
    process.wait()


def findings(done):
    return [(problem["id"], problem["message"]) for problem in done.json["problems"]]


def test_a_running_service_is_asked_and_warmed_up(tmp_path, service):
    (tmp_path / "rules.yml").write_text(rules('app_requests_total{path="/a"}', 'app_requests_total{pth="/a"}'))
    url = f"http://127.0.0.1:{service}/metrics"
    cold = run("push-rules", "--check", "rules.yml", "--metrics", url, "--json", cwd=tmp_path)
    assert cold.code == 0
    assert [check for check, _ in findings(cold)] == ["not-created-yet", "not-created-yet"]
    warm = run("push-rules", "--check", "rules.yml", "--metrics", url, "--warm-up", "GET /a", "--json", cwd=tmp_path)
    assert warm.code == 1
    assert findings(warm) == [("unknown-label", "record 'r1': the metric 'app_requests_total' has no label 'pth'")]
    away = run("push-rules", "--check", "rules.yml", "--metrics", f"http://127.0.0.1:{free_port()}/metrics", cwd=tmp_path)
    assert away.code == 3


def test_the_server_tells_its_version_targets_and_retention(tmp_path, service, start_prometheus):
    prometheus = start_prometheus(targets=[f"127.0.0.1:{service}"])
    targets = f"{prometheus.url}/api/v1/targets"
    wait_for(lambda: b'"instance"' in subprocess.run(["curl", "-fs", targets], capture_output=True).stdout, "the target")
    (tmp_path / "rules.yml").write_text(rules('up{job="no-such-job"}', "rate(x_total[28d])", f'up{{instance="127.0.0.1:{service}"}}', "first_over_time(up[5m])"))
    done = run("push-rules", "--check", "rules.yml", "--prometheus-url", prometheus.url, "--json", cwd=tmp_path)
    assert done.code == 1
    found = dict(findings(done))
    assert found["unknown-target"] == "record 'r0': no target has job=\"no-such-job\""
    assert found["beyond-retention"] == "record 'r1' looks back 28d, and the server keeps its data for 15d"
    assert "exists since Prometheus 3.7" in found["promql"]  # the server is 2.42
    assert not any("r2" in message for message in found.values())


def test_a_server_that_is_away_is_said(tmp_path):
    (tmp_path / "rules.yml").write_text(rules("up"))
    done = run("push-rules", "--check", "rules.yml", "--prometheus-url", f"http://127.0.0.1:{free_port()}", cwd=tmp_path)
    assert done.code == 3
    assert "buildinfo" in done.err


@pytest.fixture
def image(tmp_path, buildah_environment):
    """An image with this machine's Python and the service; its port, and the variables and PATH that have buildah but no podman."""
    port = free_port()
    folder = tmp_path / "image"
    folder.mkdir()
    inside = add_python(folder)
    (folder / "root" / "serve.py").write_text(SERVICE.replace("PORT", str(port)))
    (folder / "Containerfile").write_text(f'FROM scratch\nCOPY root /\nENV PYTHONHOME=/usr\nENTRYPOINT ["{inside}", "-S"]\nCMD ["/serve.py"]\n')
    environment = {**os.environ, **buildah_environment}
    subprocess.run(["buildah", "build", "--isolation", "chroot", "--tag", "localhost/app:new", "."], cwd=folder, env=environment, check=True, capture_output=True)
    only = tmp_path / "bin"
    only.mkdir()
    (only / "buildah").symlink_to(shutil.which("buildah"))
    return port, {**buildah_environment, "PATH": str(only)}


def test_an_image_is_started_asked_and_ended(tmp_path, image):
    port, environment = image
    (tmp_path / "rules.yml").write_text(rules('app_requests_total{path="/a"}', "app_request_total"))
    done = run("push-rules", "--check", "rules.yml", "--metrics-from-image", "localhost/app:new", "--port", port, "--warm-up", "GET /a", "--json", cwd=tmp_path, env=environment)
    assert (done.code, findings(done)) == (1, [("unknown-metric", "record 'r1': nothing exposes the metric 'app_request_total'")]), done.err
    assert not answers(f"http://127.0.0.1:{port}/metrics")
    left = subprocess.run(["buildah", "containers", "--quiet"], env={**os.environ, **environment, "PATH": os.environ["PATH"]}, capture_output=True, text=True)
    assert left.stdout == ""


def test_an_image_that_shows_no_metrics_and_one_that_is_not_there(tmp_path, image):
    port, environment = image
    (tmp_path / "rules.yml").write_text(rules("up"))
    silent = run("push-rules", "--check", "rules.yml", "--metrics-from-image", "localhost/app:new", "--port", free_port(), "--timeout", "2s", cwd=tmp_path, env=environment)
    assert silent.code == 3
    assert "shows no metrics on port" in silent.err
    missing = run("push-rules", "--check", "rules.yml", "--metrics-from-image", "localhost/no-such:image", cwd=tmp_path, env=environment)
    assert missing.code == 3
    assert "cannot start the image localhost/no-such:image" in missing.err


def test_cancelling_ends_the_image(tmp_path, image):
    port, environment = image
    (tmp_path / "rules.yml").write_text(rules("up"))
    process = start("push-rules", "--check", "rules.yml", "--metrics-from-image", "localhost/app:new", "--port", free_port(), cwd=tmp_path, env=environment)
    wait_for(lambda: answers(f"http://127.0.0.1:{port}/metrics"), "the image")
    assert cancel(process).code == 143
    assert not answers(f"http://127.0.0.1:{port}/metrics")


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_tests_of_rules_are_run_by_promtool(tmp_path):
    (tmp_path / "rules.yml").write_text(rules("sum(x)"))
    (tmp_path / "tests.yml").write_text("""rule_files: [rules.yml]
tests:
  - interval: 1m
    input_series: [{series: 'x{a="1"}', values: '1 1'}, {series: 'x{a="2"}', values: '2 2'}]
    promql_expr_test:
      - {expr: r0, eval_time: 1m, exp_samples: [{labels: 'r0', value: 3}]}
""")
    assert run("push-rules", "--check", "rules.yml", "tests.yml", cwd=tmp_path).code == 0
    (tmp_path / "tests.yml").write_text((tmp_path / "tests.yml").read_text().replace("value: 3", "value: 4"))
    done = run("push-rules", "--check", "rules.yml", "tests.yml", cwd=tmp_path)
    assert done.code == 1
    assert "tests.yml: the rules do not do what the tests expect" in done.err
