"""render-jobspec and a Nomad server: what it refuses is told by the template's lines; how it is reached; what it would change."""

import json
import socket

import pytest

from nomad_server import NomadServer
from steps import run

JOB = """job "${NAME}" {
  group "g" {
    task "t" {
      driver = "raw_exec"
      config {
        args = [<<EOT
${SCRIPT}
EOT
        ]
      }
    }
  }
}
"""


@pytest.fixture
def job(tmp_path):
    (tmp_path / "job.nomad.hcl.tmpl").write_text(JOB)
    return tmp_path


def render(folder, *options, env=None):
    return run("render-jobspec", "job.nomad.hcl.tmpl", "--set", "NAME=web", "--set", "SCRIPT=one\ntwo\nthree", *options, cwd=folder, env=env)


def test_a_server_is_asked_only_when_told_to(job):
    """NOMAD_ADDR alone, which many shells have set, changes nothing, whatever it says."""
    done = render(job, env={"NOMAD_ADDR": "nonsense", "NOMAD_TOKEN": "x"})
    assert done.code == 0
    assert "one\ntwo\nthree\nEOT" in done.out


def test_valid_job(job):
    with NomadServer() as nomad:
        done = render(job, "--validate", "server", env={"NOMAD_ADDR": nomad.url})
    assert (done.code, done.err) == (0, "")
    assert [request.path for request in nomad.requests] == ["/v1/jobs/parse", "/v1/validate/job"]
    assert nomad.requests[0].body == {"JobHCL": done.out, "Canonicalize": True}
    assert nomad.requests[1].body["Job"]["ID"] == "v"


def test_a_parse_error_is_told_by_the_templates_line(job):
    """The value's further lines moved the rest of the file by two."""
    with NomadServer() as nomad:
        nomad.answers["parse"] = (400, "text/plain", b"Failed to parse job: input.hcl:11,9-10: Unsupported argument; An argument named \"x\" is not expected here.")
        done = render(job, "--validate", "server", "-o", "out.hcl", env={"NOMAD_ADDR": nomad.url, "GITHUB_ACTIONS": "true"})
    assert done.code == 1
    assert "job.nomad.hcl.tmpl:9:9: Nomad refuses the job: Unsupported argument; An argument named \"x\" is not expected here." in done.err
    assert "::error file=job.nomad.hcl.tmpl,line=9,col=9" in done.err
    assert not (job / "out.hcl").exists()
    assert len(nomad.requests) == 1


@pytest.mark.parametrize("answers, code, words", [
    ({"parse": "parse-unclosed"}, 1, "job.nomad.hcl.tmpl:2:13: Nomad refuses the job: Unclosed configuration block;"),
    ({"parse": "parse-unsupported"}, 1, "Nomad refuses the job: Unsupported argument;"),
    ({"parse": "parse-no-variable"}, 1, 'job.nomad.hcl.tmpl: Nomad refuses the job: Unset variable "img";'),
    ({"validate": "validate-errors"}, 1, "job.nomad.hcl.tmpl: Nomad refuses the job: job priority must be between [1, 100]"),
    ({"validate": "register-refused"}, 1, "Nomad refuses the job: Task group"),
    ({"parse": "forbidden"}, 3, "status 403: Permission denied"),
    ({"parse": (200, "text/html", b"<html>")}, 3, "the answer is no JSON object"),
    ({"parse": (404, "text/plain", b"")}, 3, "status 404"),
])
def test_answers(job, answers, code, words):
    with NomadServer() as nomad:
        nomad.answers.update(answers)
        done = render(job, "--validate", "server", env={"NOMAD_ADDR": nomad.url})
    assert done.code == code
    assert words in done.err
    assert done.out == ""
    assert len(nomad.requests) <= 2  # a refusal is not asked for again


def test_unreachable_server(job):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        done = render(job, "--validate", "server", env={"NOMAD_ADDR": f"http://127.0.0.1:{nobody.getsockname()[1]}"})
    assert done.code == 3
    assert "PUT http://127.0.0.1:" in done.err


def test_token_namespace_and_region(job):
    with NomadServer(token="0123456789abcdef") as nomad:
        settings = {"NOMAD_ADDR": nomad.url, "NOMAD_NAMESPACE": "team a", "NOMAD_REGION": "eu"}
        done = render(job, "--validate", "server", env={**settings, "NOMAD_TOKEN": "0123456789abcdef"})
        assert done.code == 0
        assert nomad.requests[0].query == {"namespace": "team a", "region": "eu"}
        wrong = render(job, "--validate", "server", env={**settings, "NOMAD_TOKEN": "wrong-token-here"})
        assert wrong.code == 3
        assert "wrong-token-here" not in wrong.err
        (job / "token").write_text("0123456789abcdef\n")
        by_file = render(job, "--validate", "server", "--nomad-token-file", "token", env=settings)
        assert by_file.code == 0


def test_socket(job):
    with NomadServer(socket=job / "nomad.sock", token="0123456789abcdef") as nomad:
        done = render(job, "--validate", "server", env={"NOMAD_ADDR": nomad.url, "NOMAD_TOKEN": "0123456789abcdef"})
    assert (done.code, done.err) == (0, "")


def test_tls(job, certificates):
    """Nomad's certificates name the server's role and region, not its host."""
    certificate = certificates.nomad
    with NomadServer(certificate=(certificate.certificate, certificate.key)) as nomad:
        def ask(**env):
            return render(job, "--validate", "server", env={"NOMAD_ADDR": nomad.url, **env})

        assert ask().code == 3
        assert ask(NOMAD_CACERT=certificates.authority).code == 3
        assert ask(NOMAD_CACERT=certificates.authority, NOMAD_TLS_SERVER_NAME="server.global.nomad").code == 0
        folder = job / "authorities"
        folder.mkdir()
        (folder / "ours.pem").write_text(certificates.authority.read_text())
        assert ask(NOMAD_CAPATH=folder, NOMAD_TLS_SERVER_NAME="server.global.nomad").code == 0
        assert ask(NOMAD_CAPATH=folder, NOMAD_TLS_SERVER_NAME="server.eu.nomad").code == 3
        assert ask(NOMAD_SKIP_VERIFY="true").code == 0


def test_plan(job):
    with NomadServer() as nomad:
        nomad.answers["plan"] = "plan-edited"
        done = render(job, "--plan", "-o", "out.hcl", "--summary", "summary.md", "--json", env={"NOMAD_ADDR": nomad.url})
        assert done.code == 0
        assert '~ job "web"\n  ~ Meta[v]: "0" => "1"\n    group "web" (2 ignore, 1 canary)\n' in done.err
        assert "### Nomad's plan for job.nomad.hcl.tmpl" in (job / "summary.md").read_text()
        assert done.json["files"][0]["changes"] is True
        assert [request.path for request in nomad.requests] == ["/v1/jobs/parse", "/v1/job/v/plan"]
        assert nomad.requests[1].body["Diff"] is True

        refused = render(job, "--plan", "--fail-on-change", env={"NOMAD_ADDR": nomad.url})
        assert refused.code == 1
        assert "registering the job would change it" in refused.err

        nomad.answers["plan"] = "plan-unchanged"
        same = render(job, "--plan", "--fail-on-change", env={"NOMAD_ADDR": nomad.url})
        assert same.code == 0
        assert 'no change to job "web"' in same.err
        assert same.out.startswith('job "web" {')

        nomad.answers["plan"] = "plan-not-placed"
        failed = render(job, "--plan", env={"NOMAD_ADDR": nomad.url})
        assert failed.code == 0
        assert "warning: job.nomad.hcl.tmpl: Nomad could not place all of it now: group web: 1 node filtered by ${attr.kernel.name} = plan9" in failed.err

        nomad.answers["plan"] = (500, "text/plain", b"No cluster leader")
        nobody = render(job, "--plan", env={"NOMAD_ADDR": nomad.url})
        assert nobody.code == 3
        assert "No cluster leader" in nobody.err


def test_secrets_stay_out_of_everything_but_the_file(job):
    """The rendered job holds the secret, as it must; the plan's difference that Nomad makes of it does not show."""
    with NomadServer() as nomad:
        plan = {"Diff": {"Type": "Edited", "ID": "web", "Fields": [{"Type": "Edited", "Name": "Env[KEY]", "Old": "", "New": "sesame-open-sesame"}]}}
        nomad.answers["plan"] = (200, "application/json", json.dumps(plan).encode())
        (job / "old.hcl").write_text("x\n")
        done = run("render-jobspec", "job.nomad.hcl.tmpl", "--set", "NAME=web", "--secret", "SCRIPT", "--plan", "-o", "out.hcl", "--diff", "old.hcl",
                   "--summary", "summary.md", cwd=job, env={"NOMAD_ADDR": nomad.url, "SCRIPT": "sesame-open-sesame"})
        dry = run("render-jobspec", "job.nomad.hcl.tmpl", "--set", "NAME=web", "--set", "SCRIPT=sesame-open-sesame", "--secret", "SCRIPT", "--dry-run", "--json", cwd=job)
    assert done.code == 0
    assert "sesame-open-sesame" in (job / "out.hcl").read_text()
    assert "+***\n" in done.out
    for shown in (done.out, done.err, (job / "summary.md").read_text(), dry.out, dry.err):
        assert "sesame-open-sesame" not in shown


def test_without_libcurl(job, tmp_path):
    """libcurl is loaded when it is needed: rendering works without it, asking a server says what is missing."""
    broken = tmp_path / "lib"
    broken.mkdir()
    (broken / "libcurl.so.4").write_text("")
    assert render(job, env={"LD_LIBRARY_PATH": broken}).code == 0
    done = render(job, "--validate", "server", env={"LD_LIBRARY_PATH": broken})
    assert done.code == 3
    assert "cannot make requests: " in done.err
    assert "hint: install libcurl" in done.err
