"""How run-job reaches Nomad, what it does with servers of other versions, and what it gives to the CI."""

import json
import re
import xml.etree.ElementTree

import pytest

from nomad_cluster import Crash, NomadCluster
from run_job import Release, batch, check_golden, service

TOKEN = "3f1c9c1e-0000-4242-8888-5e5a4e09e001"
ALL = {"submit-job", "read-job", "read-logs", "dispatch-job", "list-jobs"}


def to(folder, **cluster):
    nomad = NomadCluster(**cluster)
    release = Release(folder, nomad)
    release.write("web.nomad", service(v=1, canary=1))
    return nomad, release


def test_socket(tmp_path):
    nomad, release = to(tmp_path, socket=tmp_path / "nomad.sock")
    with nomad:
        release.deploy(service())
        done = release.run("web.nomad", "--promote")
    assert (done.code, done.json["promoted"]) == (0, True)


def test_tls(tmp_path, certificates):
    """Nomad's certificates name the server's role and region, not its host."""
    certificate = certificates.nomad
    nomad, release = to(tmp_path, certificate=(certificate.certificate, certificate.key))
    with nomad:
        release.deploy(service())
        settings = {"NOMAD_CACERT": certificates.authority, "NOMAD_TLS_SERVER_NAME": "server.global.nomad"}
        refused = release.run("web.nomad", "--promote", env={"NOMAD_CACERT": certificates.authority})
        assert (refused.code, release.writes()) == (3, [])
        # The guard beside the gate has a connection of its own.
        done = release.run("web.nomad", "--", "sh", "-c", "sleep 1", env=settings)
    assert (done.code, done.json["promoted"]) == (0, True)
    assert "cannot watch" not in done.err


@pytest.mark.parametrize("name, allowed, code", [
    ("all", ALL, 0), ("management", "management", 0), ("no-submit", {"read-job", "list-jobs"}, 3), ("no-read", {"submit-job"}, 3),
    ("no-logs", {"submit-job", "read-job"}, 1),
])
def test_capabilities(tmp_path, name, allowed, code):
    nomad, release = to(tmp_path, tokens={TOKEN: allowed})
    with nomad:
        release.deploy(service())
        if name == "no-logs":
            nomad.behave("web", Crash(stderr="boom\n"), version=1)
        done = release.run("web.nomad", "--promote", env={"NOMAD_TOKEN": TOKEN})
        assert done.code == code
        assert TOKEN not in done.err + done.out
        check_golden(f"token-{name}", release, done)


@pytest.mark.parametrize("token", [None, "wrong-token-here"])
def test_token_needed(tmp_path, token):
    nomad, release = to(tmp_path, tokens={TOKEN: ALL})
    with nomad:
        done = release.run("web.nomad", env={"NOMAD_TOKEN": token} if token else None)
        assert (done.code, release.writes()) == (3, [])
        assert token is None or token not in done.err + done.out
        check_golden("token-missing" if token is None else "token-wrong", release, done)


def test_token_file(tmp_path):
    nomad, release = to(tmp_path, tokens={TOKEN: ALL})
    with nomad:
        release.deploy(service())
        release.write("token", TOKEN + "\n")
        done = release.run("web.nomad", "--promote", "--nomad-token-file", "token")
        assert done.code == 0
        assert all(request.headers.get("x-nomad-token") == TOKEN for request in nomad.requests)


def test_dispatch_needs_its_capability(tmp_path):
    nomad, release = to(tmp_path, tokens={TOKEN: {"submit-job", "read-job"}})
    with nomad:
        release.write("report.nomad", batch("report", top="parameterized {\n  }"))
        done = release.run("report.nomad", "--dispatch", env={"NOMAD_TOKEN": TOKEN})
        assert done.code == 3
        assert "dispatch-job" in done.err


def test_namespace_and_region(release):
    release.nomad.state.namespaces.add("team")
    release.write("web.nomad", service(top='namespace = "team"'))
    done = release.run("web.nomad", env={"NOMAD_REGION": "global"})
    assert (done.code, release.nomad.job("web", "team")["Version"], release.nomad.job("web")) == (0, 0, None)
    assert done.json["namespace"] == "team"
    asked = [request for request in release.nomad.requests if request.method == "GET" and "/agent" not in request.path]
    assert all((request.query["namespace"], request.query["region"]) == ("team", "global") for request in asked)
    release.write("web.nomad", service(v=1, top='namespace = "team"', canary=1))
    held = release.run("web.nomad")
    assert held.code == 4
    check_golden("namespace", release, held)
    release.write("other.nomad", service("other"))
    assert release.run("other.nomad", env={"NOMAD_NAMESPACE": "team"}).code == 0
    assert release.nomad.job("other", "team") is not None
    nowhere = release.run("web.nomad", "--nomad-region", "moon", "--timeout", "2s")
    assert nowhere.code == 3
    check_golden("wrong-region", release, nowhere)


def test_no_server(tmp_path):
    nomad, release = to(tmp_path)
    with nomad:
        pass
    done = release.run("web.nomad")
    assert done.code == 3
    check_golden("no-server", release, done)


def test_restarting_server(release):
    """Refused for a while, then without a leader, in the middle of a deployment."""
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    release.nomad.fault(lambda method, path: method == "GET" and release.writes().count("register") and "leader" not in path, "500 leader", times=2)
    with release.running("web.nomad", "--", "sleep", "1") as running:
        running.wait_for("Gate: ")
        release.nomad.outage(1.5)
        done = running.finish()
    assert (done.code, release.state()) == (0, ([1, 0], "successful"))
    assert "No cluster leader" in done.err
    assert "Nomad answers again" in done.err


# --- versions of Nomad


HCL2 = 'variable "v" {\n  type = string\n}\nvariable "count" {\n  type = number\n}\n' + service(v="${var.v}").replace("count = 1", "count = var.count")


def test_hcl2_variables(release):
    release.write("web.nomad", HCL2)
    release.write("values.hcl", 'v = "from a file"\ncount = 2\n')
    done = release.run("web.nomad", "--var-file", "values.hcl", "--var", "v=sesame-open-sesame", "--secret", "v")
    assert done.code == 0
    assert release.nomad.job("web")["TaskGroups"][0]["Count"] == 2
    assert release.nomad.job("web")["TaskGroups"][0]["Tasks"][0]["Env"]["V"] == "sesame-open-sesame"
    assert "sesame" not in done.out + done.err
    submission = release.nomad.writes()[0].body["Submission"]
    assert "sesame" not in json.dumps(submission)
    assert submission["Source"].startswith('variable "v"')


@pytest.mark.parametrize("version", ["1.4.3", "1.5.17", "1.6.0"])
def test_old_versions(tmp_path, version):
    nomad, release = to(tmp_path, version=version)
    with nomad:
        release.deploy(service())
        done = release.run("web.nomad", "--promote")
        assert (done.code, done.json["promoted"]) == (0, True)
        assert ("Submission" in nomad.writes()[0].body) is (version == "1.6.0")
        release.write("variables.nomad", HCL2)
        refused = release.run("variables.nomad", "--var", "v=2", "--var", "count=1")
        if version == "1.6.0":
            assert refused.code == 0
        else:
            assert refused.code == 2
            done.err, done.out, done.code = refused.err.replace(version, "VERSION"), refused.out.replace(version, "VERSION"), refused.code
            check_golden("variables-need-1.6", release, done)


def test_template(release):
    release.write("web.nomad", service(v="${IMAGE}"))
    done = release.run("web.nomad", "--set", "IMAGE=app@sha256:0123", "--secret", "IMAGE")
    assert done.code == 0
    assert release.nomad.job("web")["TaskGroups"][0]["Tasks"][0]["Env"]["V"] == "app@sha256:0123"
    assert "sha256:0123" not in json.dumps(release.nomad.writes()[0].body["Submission"])
    unset = release.run("web.nomad", "--set", "OTHER=1")
    assert unset.code == 2
    check_golden("template-unset", release, unset)
    plain = release.run("web.nomad", "--dry-run")
    assert plain.code == 0
    assert "${IMAGE}" in plain.err


def test_json_job(release):
    release.write("web.nomad", service())
    assert release.run("web.nomad").code == 0
    text = json.dumps({"Job": {"ID": "api", "Name": "api", "Type": "service", "TaskGroups": [
        {"Name": "api", "Count": 1, "Tasks": [{"Name": "app", "Driver": "raw_exec", "Config": {"command": "/bin/app"}}]}]}})
    from_input = release.run("-", timeout=40, as_text=False)
    assert from_input.code == 2
    release.write("api.json", text)
    done = release.run("api.json")
    assert (done.code, done.json["job"]) == (0, "api")
    assert release.nomad.writes()[-1].body["Submission"]["Format"] == "json"


# --- what the CI gets


def outputs(text):
    """What GitHub reads of its file."""
    found = {}
    for name, delimiter, value in re.findall(r"^(\w+)<<(ghadelimiter_\S+)\n(.*?)\n\2$", text, re.M | re.S):
        found[name] = value
    return found


def test_outputs(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    env = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": release.folder / "output", "GITHUB_STEP_SUMMARY": release.folder / "step.md"}
    done = release.run("web.nomad", "--promote", "--dotenv", "dotenv", "--outputs-dir", "outputs", "--summary", "summary.md", "--junit", "junit.xml", env=env)
    assert done.code == 0
    deployment = release.nomad.deployment("web")["ID"]
    found = outputs((release.folder / "output").read_text())
    assert {**found, "allocations": None} == {"job": "web", "version": "1", "deployment": deployment, "status": "successful", "changed": "true", "promoted": "true",
                                              "reverted_to": "", "superseded": "false", "allocations": None}
    assert [one["status"] for one in json.loads(found["allocations"])] == ["running"]
    dotenv = (release.folder / "dotenv").read_text()
    assert all(re.fullmatch(r"[A-Za-z0-9_]+=[^\n]*", line) for line in dotenv.splitlines())
    assert dict(line.split("=", 1) for line in dotenv.splitlines()) == found
    assert (release.folder / "outputs" / "status").read_text() == "successful"
    summary = (release.folder / "summary.md").read_text()
    assert summary == (release.folder / "step.md").read_text()
    assert [line.split(" :")[0].strip() for line in summary.splitlines() if " :done," in line] == ["evaluated", "canaries healthy", "promoted", "successful"]
    suites = xml.etree.ElementTree.parse(release.folder / "junit.xml").getroot()
    assert [(case.get("name"), len(case)) for case in suites.iter("testcase")] == [("web", 0)]
    assert "::error" not in done.err


def test_outputs_of_a_failure(release):
    release.deploy(service())
    release.nomad.behave("web", Crash(exit_code=3, stderr="::error::forged\npanic: \x1b[31mno 100 %\n"), version=1)
    release.write("web.nomad", service(v=1, canary=1))
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": release.folder / "summary.md"}
    done = release.run("web.nomad", "--promote", "--dotenv", "dotenv", "--junit", "junit.xml", env=env, as_text=True)
    assert done.code == 1
    annotations = [line for line in (done.err + done.out).splitlines() if line.startswith("::error")]
    assert annotations != [] and all("forged" not in line.partition("::")[0] for line in annotations)
    assert not any(line == "::error::forged" for line in (done.err + done.out).splitlines())
    summary = (release.folder / "summary.md").read_text()
    assert "panic:" in summary and "\x1b" not in summary
    assert "reverted_to=0\n" in (release.folder / "dotenv").read_text()
    suites = xml.etree.ElementTree.parse(release.folder / "junit.xml").getroot()
    assert [case.find("failure") is not None for case in suites.iter("testcase")] == [True]
    check_golden("github-failure", release, done)


def test_gitlab(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    done = release.run("web.nomad", "--", "echo", "section_start:1:forged", env={"GITLAB_CI": "true"}, as_text=True)
    assert done.code == 0
    assert re.findall(r"^\x1b\[0Ksection_(start|end):\d+:(\w+)$", done.err, re.M) == [("start", "gate"), ("end", "gate")]


def test_summary_of_a_dry_run(release):
    release.deploy(service())
    release.write("web.nomad", service(v=1, canary=1))
    done = release.run("web.nomad", "--dry-run", "--summary", "summary.md")
    assert (done.code, done.json["dry_run"], done.json["jobs"][0]["changed"]) == (0, True, True)
    summary = (release.folder / "summary.md").read_text()
    assert '"0" => "1"' in summary


def test_secrets_stay_out(release):
    """What a task prints, and what Nomad repeats, are hidden as everything else."""
    release.nomad.behave("web", Crash(stderr="cannot log in with sesame-open-sesame\n"))
    release.write("web.nomad", service(v="${KEY}"))
    done = release.run("web.nomad", "--set", "KEY=sesame-open-sesame", "--secret", "KEY", "--summary", "summary.md", "--junit", "junit.xml")
    assert done.code == 1
    for shown in (done.out, done.err, (release.folder / "summary.md").read_text(), (release.folder / "junit.xml").read_text()):
        assert "sesame" not in shown
    assert "cannot log in with ***" in done.err
