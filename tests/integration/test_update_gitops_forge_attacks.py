"""update-gitops-values --mode pull-request where a forge, or what is between, is hostile, and where the step is killed: no token elsewhere, never two requests."""

import os
import re
import signal
import ssl
import subprocess

import pytest
from forge import Fault
from git_server import GitServer
from gitea_forge import GiteaForge
from github_forge import TOKEN, App, GitHubForge
from gitlab_forge import GitLabForge
from gitops import FILE, STEP, VALUES, Gitops
from stand_in import StandIn
from steps import run, start

FORGES = {"github": GitHubForge, "gitlab": GitLabForge, "gitea": GiteaForge}
OPENING = r"/(pulls|merge_requests)$"


class Elsewhere(StandIn):
    """Somebody who would like to have the token."""

    def __init__(self):
        self.asked = []
        super().__init__()

    def respond(self, method, path, query, headers, body, peer):
        self.asked.append((method, path, headers))
        return 200, "application/json", b"[]"


@pytest.fixture
def gitops(tmp_path):
    with GitServer(tmp_path / "server") as server:
        yield Gitops(server, {FILE: VALUES})


@pytest.fixture(params=FORGES)
def kind(request):
    return request.param


@pytest.fixture
def forge(kind, gitops):
    with FORGES[kind](gitops.bare) as forge:
        yield forge


def call(gitops, forge, kind, *options, tag="v1", begin=run, **more):
    secret = TOKEN if kind == "github" else forge.token
    return begin(STEP, "--repo", gitops.url, "--branch", "main", "--file", FILE, "--set", f"image.tag={tag}", "--mode", "pull-request", "--forge", kind,
                 "--forge-url", forge.api, *options, env={"SLIPWAY_UPDATE_GITOPS_VALUES_FORGE_TOKEN": secret}, **more)


@pytest.mark.parametrize("status", [301, 307])
def test_the_token_does_not_follow_where_a_question_is_sent(gitops, forge, kind, status):
    """What a renamed repository holds is still read."""
    with Elsewhere() as elsewhere:
        forge.faults.append(Fault("GET", OPENING, status=status, headers={"Location": f"{elsewhere.url}/moved"}))
        done = call(gitops, forge, kind)
        assert done.code == 0, done.err
        [(method, path, headers)] = elsewhere.asked
        assert (method, path) == ("GET", "/moved")
        assert not {"authorization", "private-token"} & headers.keys()
        assert not any((TOKEN if kind == "github" else forge.token) in value for value in headers.values())


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nothing_is_opened_elsewhere(gitops, forge, kind, status):
    with Elsewhere() as elsewhere:
        forge.faults.append(Fault("POST", OPENING, status=status, headers={"Location": f"{elsewhere.url}/stolen"}, body={"message": "Moved"}, times=9))
        done = call(gitops, forge, kind)
        assert done.code == 3, done.err
        assert f"sends this elsewhere, as for a repository that was renamed: Moved, to {elsewhere.url}/stolen" in done.err
        assert "hint: give the new address with --repo" in done.err
        assert elsewhere.asked == [] and not forge.pulls


def test_the_token_does_not_follow_to_the_next_page(gitops, forge, kind):
    with Elsewhere() as elsewhere:
        forge.faults.append(Fault("GET", OPENING, status=200, headers={"Link": f'<{elsewhere.url}/pulls?page=2>; rel="next"'}, body=[]))
        done = call(gitops, forge, kind)
        assert done.code == 3, done.err
        assert "its next page is elsewhere" in done.err
        assert elsewhere.asked == []


@pytest.mark.parametrize("trusted", [False, True])
def test_tls_with_an_authority_of_ones_own(gitops, forge, kind, certificates, trusted):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server.certificate, certificates.server.key)
    forge._server.socket = context.wrap_socket(forge._server.socket, server_side=True)
    forge.url, forge.api = (url.replace("http:", "https:") for url in (forge.url, forge.api))
    done = call(gitops, forge, kind, *(["--ca-file", certificates.authority] if trusted else []))
    if trusted:
        assert done.code == 0, done.err
        assert forge.only().number == 1
    else:
        assert done.code == 3
        assert "certificate" in done.err and "--ca-file" in done.err, done.err
        assert forge.requests == [] and not forge.pulls


@pytest.mark.parametrize("body, words", [
    (b"[" * 100_000, "is not"),
    (b'[{"number": 1e999}]', "is not"),
    (b'[{"number": -1, "iid": "7", "head": 5, "state": ["open"]}]', "is not"),
    (b"\xff\xfe\x00", "is not"),
    (b"[null, 7, \"x\"]", "is not"),
    (b"", "is no list"),
], ids=["deep", "infinite", "other types", "no text", "no requests", "nothing"])
def test_answers_that_are_none(gitops, forge, kind, body, words):
    forge.faults.append(Fault("GET", OPENING, status=200, body=body, times=9))
    done = call(gitops, forge, kind)
    assert done.code == 3, done.err
    assert words in done.err and not forge.pulls
    assert max(map(len, done.err.splitlines())) < 1000


def test_an_answer_without_an_end(gitops, forge, kind):
    forge.faults.append(Fault("GET", OPENING, status=200, body=b"[" + b'"x",' * 10_000_000, times=9))
    done = call(gitops, forge, kind)
    assert done.code == 3, done.err
    assert "MiB" in done.err or "bytes" in done.err, done.err


def test_killed_at_any_request_and_run_again(tmp_path, kind):
    """A runner that goes away: the next run finds what is there, and there is one request in the end."""
    for asked in range(1, 30):
        with GitServer(tmp_path / f"server{asked}") as server:
            gitops = Gitops(server, {FILE: VALUES})
            with FORGES[kind](gitops.bare) as forge:
                left = [asked]

                def kill(request):
                    left[0] -= 1
                    if left[0] == 0:
                        os.kill(job.pid, signal.SIGKILL)

                forge.before = kill
                job = call(gitops, forge, kind, "--label", "deploy", begin=start)
                job.communicate(timeout=60)
                if job.returncode == 0:
                    assert asked > 2
                    return
                assert job.returncode == -signal.SIGKILL
                forge.before = lambda request: None
                done = call(gitops, forge, kind, "--label", "deploy")
                assert done.code == 0, (asked, done.err)
                assert forge.only().number == 1 and len(forge.pulls) == 1 and forge.only().labels == ["deploy"]
                assert re.search(r"tag: (\S+)", gitops.show(FILE, forge.only().head))[1] == "v1"
    raise AssertionError("a single request takes 30 questions")


def test_killed_while_the_branch_is_pushed(gitops, forge, kind, tmp_path):
    number = tmp_path / "pid"
    gitops.hook("pre-receive", f'for i in 1 2 3 4 5 6 7 8 9; do [ -s {number} ] || sleep 0.1; done\nkill -9 "$(cat {number})"\n')
    job = call(gitops, forge, kind, begin=start)
    number.write_text(str(job.pid))
    job.communicate(timeout=60)
    assert job.returncode == -signal.SIGKILL
    gitops.hook("pre-receive", "")
    assert call(gitops, forge, kind).code == 0
    assert forge.only().number == 1 and len(forge.pulls) == 1


def test_a_change_of_many_large_files(gitops, forge, kind, tmp_path):
    """A forge takes a text of 64 KiB, and the list of what changes is cut."""
    arguments = []
    for number in range(300):
        (tmp_path / f"{number}.yaml").write_text(f"key: {'x' * 2000}\n" * 3 if number % 2 else f"a: {number}\n")
        arguments += ["--put", f"generated/{'long-name-' * 8}{number}.yaml={tmp_path / f'{number}.yaml'}"]
    done = call(gitops, forge, kind, *arguments)
    assert done.code == 0, done.err
    assert len(forge.only().body.encode()) < 65536


@pytest.mark.parametrize("kind", ["github"], indirect=True)
def test_nobody_on_the_machine_sees_an_apps_key_or_token(tmp_path, kind):
    """Neither in a command line nor in a file that others may read, at the moment when the step's children run."""
    for part in (["genrsa", "-out", "private.pem", "2048"], ["rsa", "-in", "private.pem", "-pubout", "-out", "public.pem"]):
        subprocess.run(["openssl", *part], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "scratch").mkdir()
    app = App("4711", tmp_path / "public.pem")
    with GitServer(tmp_path / "server", user="x-access-token", password=app.token) as server:
        gitops = Gitops(server, {FILE: VALUES})
        gitops.hook("pre-receive", f"cat /proc/[0-9]*/cmdline >{tmp_path}/lines 2>/dev/null; find {tmp_path}/scratch -type f -perm /077 -exec cat {{}} + >{tmp_path}/files\n"
                                   f"find {tmp_path}/scratch -type f -exec cat {{}} + >{tmp_path}/own\n")
        with GitHubForge(gitops.bare) as forge:
            forge.app, forge.tokens = app, set()
            done = run(STEP, "--repo", gitops.url, "--branch", "main", "--file", FILE, "--set", "image.tag=v1", "--mode", "pull-request", *forge.options(),
                       "--github-app-id", "4711", env={"SLIPWAY_UPDATE_GITOPS_VALUES_GITHUB_APP_KEY": (tmp_path / "private.pem").read_text(), "TMPDIR": tmp_path / "scratch"})
            assert done.code == 0, done.err
            assert forge.only().number == 1
    key = (tmp_path / "private.pem").read_text().splitlines()[3]
    lines = (tmp_path / "lines").read_bytes()
    assert b"push" in lines  # git's, while it ran
    for seen in (lines, (tmp_path / "files").read_bytes(), done.out.encode(), done.err.encode()):
        assert key.encode() not in seen and app.token.encode() not in seen
    assert key.encode() not in (tmp_path / "own").read_bytes()
    assert list((tmp_path / "scratch").iterdir()) == []
