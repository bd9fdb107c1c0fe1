"""update-gitops-values --mode pull-request: one open request for each target, whatever happens meanwhile; the same on all forges."""

import re
import time

import pytest
from forge import Fault
from git_server import GitServer
from gitops import FILE, STEP, VALUES, Gitops, git, gitlab
from proposals import FORGES, OPENING, REQUEST, start_forge
from proposals import propose as propose_to
from servers import wait_for
from steps import run, start

OTHER = "apps/other/values.yaml"


def at(minute):
    return f"2024-11-24T12:{minute:02}:00Z"


@pytest.fixture
def gitops(tmp_path):
    with GitServer(tmp_path / "server") as server:
        yield Gitops(server, {FILE: VALUES, OTHER: VALUES, "README.md": "ours\n"})


@pytest.fixture(params=FORGES)
def forge(request, gitops):
    with start_forge(request.param, gitops.bare) as forge:
        yield forge


@pytest.fixture
def propose(gitops, forge):
    def call(*options, minute=None, pipeline=1, json=True, env=None, **more):
        origin = gitlab(f"{pipeline:x}"[-1], at(minute), pipeline) if minute is not None else {}
        return propose_to(gitops, forge, *(["--json"] if json else []), *options, env={**origin, **(env or {})}, **more)
    return call


def proposed(gitops, request, path=FILE):
    """The tag that a request would bring."""
    return re.search(r"tag: \"?([^\s\"]+)", gitops.show(path, request.head))[1]


def ahead(gitops, request):
    """How many commits it has that the base does not have."""
    return int(git(gitops.bare, "rev-list", "--count", f"main..{request.head}"))


# One request.

def test_all_outputs_tell_of_the_request(gitops, forge, propose, tmp_path):
    before = gitops.tip()
    files = {name: tmp_path / name for name in ("github", "dotenv", "summary")}
    done = propose("--dotenv", files["dotenv"], "--outputs-dir", tmp_path / "outputs",
                   env={"GITHUB_OUTPUT": str(files["github"]), "GITHUB_STEP_SUMMARY": str(files["summary"])})
    assert done.code == 0, done.err
    request = forge.only()
    commit = gitops.tip(request.head)
    assert gitops.tip() == before and git(gitops.bare, "rev-parse", f"{commit}^") == before
    assert {key: value for key, value in done.json.items() if key not in ("request_url", "changes")} == {
        "changed": True, "superseded": False, "commit": commit, "branch": request.head, "request_number": request.number, "merged": False, "applied": None,
        "from_environment": None, "exit_code": 0, "error": None}
    assert done.json["changes"] == [{"file": FILE, "path": "image.tag", "old": "old", "new": "v1"}]
    url = done.json["request_url"]
    assert url.startswith(forge.url) and url.endswith("/1")
    outputs = {path.name: path.read_text() for path in (tmp_path / "outputs").iterdir()}
    assert outputs == {"changed": "true", "superseded": "false", "commit": commit, "branch": request.head, "request_url": url, "request_number": "1", "merged": "false",
                       "applied": "", "from_environment": "", "old": "old", "new": "v1"}
    lines = files["github"].read_text().splitlines()
    assert {lines[at].partition("<<")[0]: lines[at + 1] for at in range(0, len(lines), 3)} == outputs
    assert [line.partition("=")[2] for line in files["dotenv"].read_text().splitlines() if "REQUEST_URL" in line.upper()] == [url]
    assert f"Request 1 is open: <{url}>" in files["summary"].read_text()
    assert forge.token not in done.out + done.err + "".join(path.read_text() for path in files.values())


def test_the_request_says_what_it_changes(gitops, forge, propose):
    assert propose("--message", "Deploy {new}\n\nBecause of @grace and /close", minute=5, pipeline=77).code == 0
    request = forge.only()
    assert request.title == "Deploy v1"
    assert f"| `{FILE}` | `image.tag` | `old` | `v1` |" in request.body
    assert "https://git.example/team/app/-/pipelines/77" in request.body and "```" in request.body
    # The trailers, for a squash that takes this text as its message.
    assert "Slipway-Change:" in request.body


def test_the_plan_names_the_request_and_changes_nothing(gitops, forge, propose):
    refs = git(gitops.bare, "for-each-ref")
    done = propose("--dry-run")
    assert done.code == 0 and "no pull request" in done.err.replace("merge request", "pull request")
    assert git(gitops.bare, "for-each-ref") == refs and not forge.pulls
    assert {one.method for one in forge.requests} == {"GET"}
    assert propose().code == 0
    done = propose("--dry-run", tag="v2")
    assert done.code == 0 and "1 is open" in done.err and done.json["request_number"] == 1
    assert proposed(gitops, forge.only()) == "v1"


def test_a_newer_version_updates_the_open_request(gitops, forge, propose):
    assert propose(minute=1, pipeline=1).code == 0
    request = forge.only()
    done = propose(tag="v2", minute=2, pipeline=2)
    assert done.code == 0, done.err
    assert forge.only() is request and len(forge.pulls) == 1
    assert (proposed(gitops, request), ahead(gitops, request)) == ("v2", 1)
    assert "v2" in request.title and "`v2`" in request.body and "`v1`" not in request.body
    assert done.json["commit"] == gitops.tip(request.head) and done.json["changes"][0] == {"file": FILE, "path": "image.tag", "old": "old", "new": "v2"}


def test_an_older_version_loses(gitops, forge, propose):
    assert propose(tag="v2", minute=2, pipeline=2).code == 0
    request, tip = forge.only(), gitops.tip(forge.only().head)
    text = (request.title, request.body)
    done = propose(tag="v1", minute=1, pipeline=1)
    assert (done.code, done.json["superseded"], done.json["changed"], done.json["commit"]) == (0, True, False, None), done.err
    assert done.json["request_number"] == 1 and done.json["branch"] == request.head
    assert gitops.tip(request.head) == tip and (request.title, request.body) == text
    assert "pipeline 2" in done.err
    assert propose("--allow-older", tag="v1", minute=1, pipeline=1).code == 0
    assert proposed(gitops, forge.only()) == "v1" and len(forge.pulls) == 1


def test_the_same_again_changes_nothing(gitops, forge, propose):
    first = propose(minute=1)
    tip = gitops.tip(forge.only().head)
    again = propose(minute=1)
    assert (again.code, again.json["changed"], again.json["commit"], again.json["request_url"]) == (0, False, None, first.json["request_url"]), again.err
    assert gitops.tip(forge.only().head) == tip and len(forge.pulls) == 1
    assert forge.count("POST", OPENING) == 1


def test_what_the_base_holds_needs_no_request(gitops, forge, propose):
    done = propose(tag="old")
    assert (done.code, done.json["changed"], done.json["request_url"], done.json["branch"]) == (0, False, None, "main")
    assert not forge.pulls and git(gitops.bare, "for-each-ref", "refs/heads/slipway") == ""


def test_targets_have_requests_of_their_own(gitops, forge, propose):
    assert propose().code == 0 and propose(file=OTHER, tag="v9").code == 0
    assert propose("--create", "--set", "extra=1").code == 0
    heads = {request.head: proposed(gitops, request, OTHER if "other" in request.head else FILE) for request in forge.open_requests()}
    assert sorted(heads.values()) == ["v1", "v1", "v9"] and len(heads) == 3
    assert sum(head.startswith("slipway/myapp-values-") for head in heads) == 2


def test_twenty_pipelines_at_once_end_in_one_open_request_with_the_newest(gitops, forge, propose):
    most_open = []
    forge.before = lambda request: most_open.append(sum(pull.state == "open" for pull in forge.pulls.values()))
    jobs = {number: propose(tag=f"v{number}", minute=number, pipeline=100 + number, begin=start)
            for number in (7, 13, 2, 19, 0, 11, 5, 17, 3, 9, 15, 1, 18, 6, 12, 4, 16, 8, 14, 10)}
    ends = {number: (*job.communicate(timeout=300), job.returncode) for number, job in jobs.items()}
    assert {number: code for number, (out, err, code) in ends.items() if code != 0} == {}, next(err for out, err, code in ends.values() if code)
    request = forge.only()
    assert (proposed(gitops, request), ahead(gitops, request)) == ("v19", 1)
    assert "v19" in request.title and "`v19`" in request.body
    assert [pull.number for pull in forge.pulls.values() if pull.state == "open"] == [request.number]
    # GitHub refuses a second one; where a forge does not, the later one is closed at once.
    if forge.kind == "github":
        assert len(forge.pulls) == 1 and max(most_open) == 1


# What people do meanwhile.

def test_closed_without_a_merge_is_respected(gitops, forge, propose):
    assert propose().code == 0
    forge.close(1, by="grace")
    done = propose()
    assert (done.code, done.json["changed"], done.json["merged"], done.json["request_number"]) == (0, False, False, 1), done.err
    assert "was closed without a merge by grace" in done.err and "--reopen" in done.err
    assert forge.open_requests() == [] and len(forge.pulls) == 1
    assert propose("--reopen").code == 0
    assert forge.only().number == 2 and proposed(gitops, forge.only()) == "v1"


def test_another_version_than_the_closed_one_is_asked_for(gitops, forge, propose):
    assert propose(minute=5, pipeline=5).code == 0
    forge.close(1)
    done = propose(tag="v2", minute=6, pipeline=6)
    assert done.code == 0 and forge.only().number == 2, done.err
    assert proposed(gitops, forge.only()) == "v2"


def test_commits_of_others_on_the_branch_stay(gitops, forge, propose):
    assert propose(minute=1).code == 0
    request = forge.only()
    gitops.work({"README.md": "theirs\n"}, message="a word of mine", branch=request.head)
    done = propose(tag="v2", minute=2, pipeline=2)
    assert done.code == 0, done.err
    assert forge.only() is request and proposed(gitops, request) == "v2"
    assert gitops.show("README.md", request.head) == "theirs\n" and ahead(gitops, request) == 3
    assert "somebody else added to" in done.err


def test_others_commits_are_not_merged_without_people(gitops, forge, propose):
    forge.checks = "pending"
    assert propose(minute=1).code == 0
    gitops.work({"README.md": "theirs\n"}, message="a word of mine", branch=forge.only().head)
    done = propose("--auto-merge", "merge", minute=1)
    assert done.code == 0, done.err
    forge.pass_checks()
    assert gitops.show("README.md") == "ours\n" and forge.only().auto_merge == ""
    assert "has commits of somebody else" in done.err
    # Nor where the change goes on top of them.
    done = propose("--auto-merge", "merge", tag="v2", minute=2, pipeline=2)
    assert done.code == 0 and forge.only().auto_merge == "", done.err


def test_a_base_that_moved_elsewhere_changes_nothing(gitops, forge, propose):
    assert propose().code == 0
    tip = gitops.tip(forge.only().head)
    gitops.work({"README.md": "moved\n"})
    done = propose()
    assert (done.code, done.json["changed"]) == (0, False), done.err
    assert gitops.tip(forge.only().head) == tip


@pytest.mark.parametrize("tag", ["v1", "v2"])
def test_a_conflict_is_gone_after_the_next_run(gitops, forge, propose, tag):
    assert propose(minute=1).code == 0
    request = forge.only()
    gitops.work({FILE: VALUES.replace("tag: old", "tag: hotfix")})
    assert forge.conflicts(request)
    done = propose(minute=2, tag=tag, pipeline=2)
    assert done.code == 0, done.err
    assert not forge.conflicts(request) and forge.only() is request and ahead(gitops, request) == 1
    assert git(gitops.bare, "rev-parse", f"{request.head}^") == gitops.tip()
    assert "`hotfix`" in request.body and done.json["changes"][0]["old"] == "hotfix"


def test_a_branch_that_somebody_deleted_is_made_again(gitops, forge, propose):
    assert propose().code == 0
    head = forge.only().head
    git(gitops.bare, "update-ref", "-d", f"refs/heads/{head}")
    done = propose(tag="v2")
    assert done.code == 0, done.err
    request = forge.only()
    assert (request.head, proposed(gitops, request)) == (head, "v2")


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_merged_is_done(gitops, forge, propose, method):
    if forge.kind == "gitlab" and method == "rebase":
        forge.project_settings.update({"merge_method": "ff"})
    assert propose(minute=1).code == 0
    forge.merge(1, method=method)
    done = propose(minute=1)
    assert (done.code, done.json["changed"], done.json["branch"]) == (0, False, "main"), done.err
    assert forge.open_requests() == []
    # The next version gets a request of its own, with a branch that begins at the base again.
    done = propose(tag="v2", minute=2, pipeline=2)
    assert done.code == 0, done.err
    assert forge.only().number == 2 and proposed(gitops, forge.only()) == "v2"
    assert ahead(gitops, forge.only()) == 1
    # And an older one is late by what was merged.
    done = propose(tag="v0", minute=0, pipeline=3)
    assert (done.code, done.json["superseded"]) == (0, True), done.err


def test_merged_between_pushing_and_asking(gitops, forge, propose):
    assert propose(minute=1).code == 0

    def merge_what_was_pushed(request):
        if forge.pulls[1].state == "open" and proposed(gitops, forge.pulls[1]) == "v2":
            forge.merge(1)

    forge.before = merge_what_was_pushed
    done = propose(tag="v2", minute=2, pipeline=2)
    assert done.code == 0, done.err
    assert "tag: v2" in gitops.show() and forge.open_requests() == []


def test_what_was_proposed_is_merged_by_somebody_else_s_commit(gitops, forge, propose):
    assert propose().code == 0
    gitops.work({FILE: VALUES.replace("tag: old", "tag: v1")})
    done = propose()
    assert (done.code, done.json["changed"]) == (0, False)
    assert forge.only().number == 1 and "is open still" in done.err and "close it" in done.err


# Waiting for the merge.

def test_waiting_ends_when_it_is_merged(gitops, forge, propose):
    forge.needs_approval = True
    job = propose("--wait-merged", "--merge-timeout", "2m", begin=start)
    wait_for(lambda: forge.pulls and forge.count("GET", REQUEST) > 0, "the wait for the merge")
    forge.approve(1)
    forge.merge(1, by="ada")
    out, err = job.communicate(timeout=60)
    assert job.returncode == 0, err
    assert gitops.tip() in out and '"merged":true' in out.replace(" ", "")
    assert "is merged" in err


def test_waiting_ends_when_it_is_closed(gitops, forge, propose):
    forge.needs_approval = True
    job = propose("--wait-merged", begin=start)
    wait_for(lambda: forge.pulls and forge.count("GET", REQUEST) > 0, "the wait for the merge")
    forge.close(1, by="grace")
    out, err = job.communicate(timeout=60)
    assert job.returncode == 1 and "was closed without a merge by grace" in err
    assert f'"commit":"{forge.pulls[1].head_commit}"' in out.replace(" ", "") and '"changed":true' in out.replace(" ", "")


def test_waiting_ends_in_time(gitops, forge, propose):
    forge.needs_approval = True
    done = propose("--wait-merged", "--merge-timeout", "3s")
    assert done.code == 4 and "is not merged after 3s" in done.err and "--merge-timeout" in done.err
    assert done.json["changed"] is True and done.json["merged"] is False and forge.only()


def test_a_newer_version_ends_the_waiting(gitops, forge, propose):
    forge.needs_approval = True
    job = propose("--wait-merged", minute=1, begin=start)
    wait_for(lambda: forge.pulls and forge.count("GET", REQUEST) > 0, "the wait for the merge")
    assert propose(tag="v2", minute=2, pipeline=2).code == 0
    out, err = job.communicate(timeout=60)
    assert job.returncode == 0 and '"superseded":true' in out.replace(" ", ""), err
    assert proposed(gitops, forge.only()) == "v2"


def test_a_conflict_while_waiting_is_made_again(gitops, forge, propose):
    forge.needs_approval = True
    job = propose("--wait-merged", minute=1, begin=start)
    wait_for(lambda: forge.pulls and forge.count("GET", REQUEST) > 0, "the wait for the merge")
    gitops.work({FILE: VALUES.replace("tag: old", "tag: hotfix")})
    wait_for(lambda: git(gitops.bare, "rev-parse", f"{forge.pulls[1].head}^") == gitops.tip(), "a commit on the new base")
    assert not forge.conflicts(forge.only())
    forge.approve(1)
    forge.merge(1)
    out, err = job.communicate(timeout=60)
    assert job.returncode == 0, err
    assert "tag: v1" in gitops.show() and "making it again" in err


def test_the_cluster_is_waited_for_after_the_merge_only(gitops, forge, propose):
    done = propose("--wait", "flux/apps/myapp")
    assert done.code == 2 and "--wait-merged" in done.err
    assert not forge.pulls


# Faults of the forge.

def test_an_opening_whose_answer_is_lost_opens_no_second_one(gitops, forge, propose):
    forge.faults.append(Fault("POST", OPENING, drop="after"))
    done = propose()
    assert done.code == 0, done.err
    assert len(forge.pulls) == 1 and done.json["request_number"] == 1


def test_an_opening_that_did_not_arrive_is_sent_again(gitops, forge, propose):
    forge.faults.append(Fault("POST", OPENING, drop="before"))
    assert propose().code == 0
    assert len(forge.pulls) == 1


def test_a_forge_that_fails_while_opening_leaves_the_branch(gitops, forge, propose):
    forge.faults.append(Fault("POST", OPENING, status=500, body={"message": "oops"}, times=99))
    done = propose()
    assert done.code == 3 and "oops" in done.err and not forge.pulls
    assert git(gitops.bare, "for-each-ref", "--format=%(refname:short)", "refs/heads/slipway") != ""
    forge.faults.clear()
    assert propose().code == 0
    assert proposed(gitops, forge.only()) == "v1" and len(forge.pulls) == 1


@pytest.mark.parametrize("status, body, code, words", [
    (401, {"message": "Bad credentials"}, 3, "refuses the token"),
    (403, {"message": "forbidden for you"}, 3, "does not permit it: forbidden for you"),
    (404, {"message": "Not Found"}, 3, "no access looks like absence"),
    (418, {"message": "teapot"}, 3, "does not do it: teapot"),
    (503, b"<html><title>Maintenance</title></html>", 3, "Maintenance"),
    (200, b"<html><title>Sign in</title></html>", 3, "Sign in"),
    (200, {"message": "no list"}, 3, "it is no list"),
])
def test_faults_before_anything_is_pushed(gitops, forge, propose, status, body, code, words):
    forge.faults.append(Fault("GET", OPENING, status=status, body=body, times=99))
    done = propose()
    assert (done.code, forge.pulls) == (code, {}), done.err
    assert words in done.err and forge.token not in done.err
    assert git(gitops.bare, "for-each-ref", "refs/heads/slipway") == ""


def test_a_limit_of_requests_is_waited_for(gitops, forge, propose):
    forge.faults.append(Fault("POST", OPENING, status=429, headers={"Retry-After": "1"}, body={"message": "slow down"}))
    done = propose()
    assert done.code == 0 and "limits requests" in done.err and len(forge.pulls) == 1


def test_a_limit_that_lasts_too_long_ends_it(gitops, forge, propose):
    forge.faults.append(Fault("GET", OPENING, status=429, headers={"Retry-After": "3600"}, body={"message": "slow down"}, times=9))
    done = propose()
    assert done.code == 3 and "asks to wait for another 1h" in done.err


@pytest.mark.parametrize("where", ["opening", "waiting"])
def test_cancelled(gitops, forge, propose, where, tmp_path):
    forge.needs_approval = True
    reached = []

    def hold(request):
        if request.method == "POST" and re.search(OPENING, request.path) and where == "opening":
            reached.append(request)
            time.sleep(3)

    forge.before = hold
    job = propose("--wait-merged", "--outputs-dir", tmp_path / "outputs", begin=start)
    wait_for(lambda: reached or (where == "waiting" and forge.pulls and forge.count("GET", REQUEST) > 0), where)
    begun = time.monotonic()
    job.terminate()
    out, err = job.communicate(timeout=30)
    assert job.returncode == 143 and time.monotonic() - begun < 5, err
    if where == "waiting":
        assert (tmp_path / "outputs" / "request_number").read_text() == "1" and (tmp_path / "outputs" / "changed").read_text() == "true"
    forge.before = lambda request: None
    time.sleep(3 if where == "opening" else 0)
    assert propose().code == 0
    assert forge.only().number == 1 and len(forge.pulls) == 1 and proposed(gitops, forge.only()) == "v1"


def test_a_rollback_is_put_to_people_as_well(gitops, forge, propose):
    assert propose(minute=1).code == 0
    forge.merge(1, method="squash")
    # A squash with the request's text as its message keeps the trailers; this forge's has the title alone, so a commit of the step is made.
    gitops.work({FILE: VALUES})
    assert run(STEP, "--repo", gitops.url, "--branch", "main", "--file", FILE, "--set", "image.tag=v2").code == 0
    done = propose("--rollback", tag=None)
    assert done.code == 0, done.err
    assert proposed(gitops, forge.only()) == "old" and "rollback" in forge.only().head
