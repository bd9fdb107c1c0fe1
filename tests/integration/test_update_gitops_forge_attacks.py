"""update-gitops-values --mode pull-request where a forge, or what is between, is hostile, and where the step is killed: no token elsewhere, never two requests."""

import os
import re
import signal

import pytest
from forge import Fault
from git_server import GitServer
from gitops import FILE, VALUES, Gitops
from proposals import FORGES, OPENING, propose, start_forge
from stand_in import StandIn
from steps import start


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
    with start_forge(kind, gitops.bare) as forge:
        yield forge


@pytest.mark.parametrize("status", [301, 307])
def test_the_token_does_not_follow_where_a_question_is_sent(gitops, forge, status):
    """What a renamed repository holds is still read."""
    with Elsewhere() as elsewhere:
        forge.faults.append(Fault("GET", OPENING, status=status, headers={"Location": f"{elsewhere.url}/moved"}))
        done = propose(gitops, forge)
        assert done.code == 0, done.err
        [(method, path, headers)] = elsewhere.asked
        assert (method, path) == ("GET", "/moved")
        assert not {"authorization", "private-token"} & headers.keys()
        assert not any(forge.token in value for value in headers.values())


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nothing_is_opened_elsewhere(gitops, forge, status):
    with Elsewhere() as elsewhere:
        forge.faults.append(Fault("POST", OPENING, status=status, headers={"Location": f"{elsewhere.url}/stolen"}, body={"message": "Moved"}, times=9))
        done = propose(gitops, forge)
        assert done.code == 3, done.err
        assert f"sends this elsewhere, as for a repository that was renamed: Moved, to {elsewhere.url}/stolen" in done.err
        assert "hint: give the new address with --repo" in done.err
        assert elsewhere.asked == [] and not forge.pulls


def test_the_token_does_not_follow_to_the_next_page(gitops, forge):
    with Elsewhere() as elsewhere:
        forge.faults.append(Fault("GET", OPENING, status=200, headers={"Link": f'<{elsewhere.url}/pulls?page=2>; rel="next"'}, body=[]))
        done = propose(gitops, forge)
        assert done.code == 3, done.err
        assert "its next page is elsewhere" in done.err
        assert elsewhere.asked == []


@pytest.mark.parametrize("trusted", [False, True])
def test_tls_with_an_authority_of_ones_own(gitops, kind, certificates, trusted):
    with start_forge(kind, gitops.bare, certificate=(certificates.server.certificate, certificates.server.key)) as forge:
        done = propose(gitops, forge, *(["--ca-file", certificates.authority] if trusted else []))
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
def test_answers_that_are_none(gitops, forge, body, words):
    forge.faults.append(Fault("GET", OPENING, status=200, body=body, times=9))
    done = propose(gitops, forge)
    assert done.code == 3, done.err
    assert words in done.err and not forge.pulls
    assert max(map(len, done.err.splitlines())) < 1000


def test_an_answer_without_an_end(gitops, forge):
    forge.faults.append(Fault("GET", OPENING, status=200, body=b"[" + b'"x",' * 10_000_000, times=9))
    done = propose(gitops, forge)
    assert done.code == 3, done.err
    assert "MiB" in done.err or "bytes" in done.err, done.err


def test_killed_at_any_request_and_run_again(tmp_path, kind):
    """A runner that goes away: the next run finds what is there, and there is one request in the end."""
    for asked in range(1, 30):
        with GitServer(tmp_path / f"server{asked}") as server:
            gitops = Gitops(server, {FILE: VALUES})
            with start_forge(kind, gitops.bare) as forge:
                left = [asked]

                def kill(request):
                    left[0] -= 1
                    if left[0] == 0:
                        os.kill(job.pid, signal.SIGKILL)

                forge.before = kill
                job = propose(gitops, forge, "--label", "deploy", begin=start)
                job.communicate(timeout=60)
                if job.returncode == 0:
                    assert asked > 2
                    return
                assert job.returncode == -signal.SIGKILL
                forge.before = lambda request: None
                done = propose(gitops, forge, "--label", "deploy")
                assert done.code == 0, (asked, done.err)
                assert forge.only().number == 1 and len(forge.pulls) == 1 and forge.only().labels == ["deploy"]
                assert re.search(r"tag: (\S+)", gitops.show(FILE, forge.only().head))[1] == "v1"
    raise AssertionError("a single request takes 30 questions")


def test_killed_while_the_branch_is_pushed(gitops, forge, tmp_path):
    number = tmp_path / "pid"
    gitops.hook("pre-receive", f'for i in 1 2 3 4 5 6 7 8 9; do [ -s {number} ] || sleep 0.1; done\nkill -9 "$(cat {number})"\n')
    job = propose(gitops, forge, begin=start)
    number.write_text(str(job.pid))
    job.communicate(timeout=60)
    assert job.returncode == -signal.SIGKILL
    gitops.hook("pre-receive", "")
    assert propose(gitops, forge).code == 0
    assert forge.only().number == 1 and len(forge.pulls) == 1


def test_a_change_of_many_large_files(gitops, forge, tmp_path):
    """A forge takes a text of 64 KiB, and the list of what changes is cut."""
    arguments = []
    for number in range(300):
        (tmp_path / f"{number}.yaml").write_text(f"key: {'x' * 2000}\n" * 3 if number % 2 else f"a: {number}\n")
        arguments += ["--put", f"generated/{'long-name-' * 8}{number}.yaml={tmp_path / f'{number}.yaml'}"]
    done = propose(gitops, forge, *arguments)
    assert done.code == 0, done.err
    assert len(forge.only().body.encode()) < 65536
