"""GitHub's APIs in update-gitops-values: tokens of an app, and commits that GitHub makes."""

import pytest

from forge import Fault
from github_forge import TOKEN, App, GitHubForge, make_app_keys, secondary_limit
from gitops import FILE, STEP, VALUES, Gitops, git
from steps import run

SCRIPT = "deploy/run.sh"
NO_LOOKUP = {"SLIPWAY_UPDATE_GITOPS_VALUES_NO_VERIFY_IMAGE": "true"}


@pytest.fixture
def gitops(start_git_server):
    return Gitops(start_git_server(), {FILE: VALUES, SCRIPT: ("100755", "image=old\n"), "rules.yaml": "a: 1\n"})


@pytest.fixture
def forge(gitops):
    with GitHubForge(gitops.bare) as server:
        yield server


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    make_app_keys(folder)
    return folder


def change(gitops, forge, *more, value="new", env=None):
    return run(STEP, "--repo", gitops.url, "--branch", "main", "--file", FILE, "--set", f"image.tag={value}", *forge.options(), "--commit-by", "github", "--json", *more,
               env={**forge.env(), **NO_LOOKUP, **(env or {})})


def test_a_commit_of_github(gitops, forge):
    before = gitops.tip()
    done = change(gitops, forge)
    assert done.code == 0, done.err
    assert done.json["commit"] == gitops.tip() != before
    assert git(gitops.bare, "rev-parse", "main^") == before
    assert gitops.read() == VALUES.replace("tag: old", "tag: new").encode()
    assert gitops.changed() == [f"M\t{FILE}"]
    assert git(gitops.bare, "log", "-1", "--format=%an|%cn", "main") == "slipway[bot]|GitHub"
    # What this tool reads of a commit is in its last paragraph.
    trailers = git(gitops.bare, "log", "-1", "--format=%(trailers:only)", "main")
    assert "Slipway-" in trailers
    assert gitops.message().startswith(f"{FILE}: image.tag old -> new")
    assert TOKEN not in done.out + done.err
    assert change(gitops, forge).json["changed"] is False


def test_such_a_commit_is_taken_back_like_another(gitops, forge):
    assert change(gitops, forge).code == 0
    done = run(STEP, "--repo", gitops.url, "--branch", "main", "--file", FILE, "--rollback", *forge.options(), "--commit-by", "github", env={**forge.env(), **NO_LOOKUP})
    assert done.code == 0, done.err
    assert gitops.read() == VALUES.encode()


def test_files_come_and_go(gitops, forge, tmp_path):
    (tmp_path / "new").write_bytes(bytes(range(256)))
    done = change(gitops, forge, "--put", f"data/new.bin={tmp_path / 'new'}", "--delete", "rules.yaml")
    assert done.code == 0, done.err
    assert sorted(gitops.changed()) == sorted([f"M\t{FILE}", "A\tdata/new.bin", "D\trules.yaml"])
    assert gitops.read("data/new.bin") == bytes(range(256))


def test_nobody_s_commit_is_lost(gitops, forge):
    others = iter(range(3))

    def meanwhile(request):
        if request.path == "/api/graphql" and (number := next(others, None)) is not None:
            gitops.work({f"other{number}": "x\n"}, message=f"work {number}")

    forge.before = meanwhile
    done = change(gitops, forge)
    assert done.code == 0, done.err
    assert gitops.commits() == 5
    assert b"tag: new" in gitops.read()
    assert {"other0", "other1", "other2"} <= set(gitops.tree())
    assert "somebody was faster" in done.err


def test_a_lost_answer_makes_no_second_commit(gitops, forge):
    forge.faults.append(Fault("POST", r"/graphql$", drop="after"))
    done = change(gitops, forge)
    assert done.code == 0, done.err
    assert gitops.commits() == 2
    assert done.json["commit"] == gitops.tip()
    assert forge.count("POST", r"/graphql$") == 1


def test_a_lost_answer_below_somebody_s_commit(gitops, forge):
    forge.faults.append(Fault("POST", r"/graphql$", drop="after"))
    respond = forge._answer

    def answer(request):
        done = respond(request)
        if request.path == "/api/graphql":
            gitops.work({"other": "x\n"})
        return done

    forge._answer = answer
    done = change(gitops, forge)
    assert done.code == 0, done.err
    assert gitops.commits() == 3
    assert done.json["commit"] == git(gitops.bare, "rev-parse", "main^")


def test_a_request_that_never_arrived_is_sent_again(gitops, forge):
    forge.faults.append(Fault("POST", r"/graphql$", drop="before"))
    done = change(gitops, forge)
    assert done.code == 0, done.err
    assert gitops.commits() == 2
    assert forge.count("POST", r"/graphql$") == 2


def test_a_new_branch(gitops, forge):
    done = run(STEP, "--repo", gitops.url, "--branch", "release/1", "--base", "main", "--file", FILE, "--set", "image.tag=new", *forge.options(), "--commit-by", "github", "--json",
               env={**forge.env(), **NO_LOOKUP})
    assert done.code == 0, done.err
    assert git(gitops.bare, "rev-parse", "release/1^") == gitops.tip("main")
    assert gitops.commits("main") == 1 and gitops.commits("release/1") == 2


def test_a_protected_branch(gitops, forge):
    forge.protected = {"main"}
    done = change(gitops, forge)
    assert done.code == 1
    assert "Repository rule violations found" in done.json["error"]["message"]
    assert "Changes must be made through a pull request." in done.json["error"]["message"]
    assert gitops.commits() == 1


def test_executable_files(gitops, forge, tmp_path):
    (tmp_path / "script").write_text("image=new\n")
    done = change(gitops, forge, "--put", f"{SCRIPT}={tmp_path / 'script'}")
    assert done.code == 1
    assert done.json["error"]["message"] == f"cannot commit {SCRIPT} by GitHub: the file is executable, and would not be so any more"
    assert gitops.commits() == 1


@pytest.mark.parametrize("fault, code, words", [
    (Fault("POST", "graphql", status=401, body={"message": "Bad credentials"}), 3, "GitHub refuses the token: Bad credentials"),
    (Fault("POST", "graphql", status=403, body={"message": "Resource not accessible by integration"}), 3, "GitHub does not permit it: Resource not accessible by integration"),
    (Fault("POST", "graphql", status=404, body={"message": "Not Found"}), 3, "it is absent, or this token may not see it: Not Found"),
    (Fault("POST", "graphql", status=422, body={"message": "Unprocessable", "errors": ["too odd"]}), 1, "GitHub declines it: Unprocessable: too odd"),
    (Fault("POST", "graphql", status=200, body=b"<html><title>Sign in</title></html>"), 3, "is not GitHub's: Sign in"),
    (Fault("POST", "graphql", status=200, body={"data": {"createCommitOnBranch": None}, "errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by personal access token"}]}), 3,
     "GitHub does not permit it: Resource not accessible by personal access token"),
    (Fault("POST", "graphql", status=403, headers={"Retry-After": "4000"}, body={"message": "You have exceeded a secondary rate limit."}), 3, "asks to wait for another"),
])
def test_faults(gitops, forge, fault, code, words):
    forge.faults.append(fault)
    done = change(gitops, forge)
    assert done.code == code, done.err
    assert words in done.json["error"]["message"]
    assert gitops.commits() == 1


@pytest.mark.parametrize("fault", [secondary_limit("POST", "graphql"), Fault("POST", "graphql", status=502, body=b"<html><title>Unicorn!</title></html>")])
def test_what_passes(gitops, forge, fault):
    forge.faults.append(fault)
    done = change(gitops, forge)
    assert done.code == 0, done.err
    assert gitops.commits() == 2


def test_an_author_does_not_go_together_with_it(gitops, forge):
    done = change(gitops, forge, "--author", "Ada <ada@example.invalid>")
    assert done.code == 2
    assert "--author and --commit-by github do not go together" in done.err
    assert forge.requests == []


def test_no_token(gitops, forge):
    done = run(STEP, "--repo", gitops.url, "--branch", "main", "--file", FILE, "--set", "image.tag=new", *forge.options(), "--commit-by", "github", env=NO_LOOKUP)
    assert done.code == 2
    assert "--commit-by github needs a token" in done.err


class TestApp:
    @pytest.fixture
    def guarded(self, start_git_server):
        token = App("4711", None).token
        return Gitops(start_git_server(user="x-access-token", password=token), {FILE: VALUES})

    @pytest.fixture
    def forge(self, guarded, keys):
        with GitHubForge(guarded.bare) as server:
            server.app = App("4711", keys / "public.pem")
            server.tokens = set()
            yield server

    @staticmethod
    def change(guarded, forge, keys, *more):
        return run(STEP, "--repo", guarded.url, "--branch", "main", "--file", FILE, "--set", "image.tag=new", *forge.options(), "--github-app-id", "4711",
                   "--github-app-key-file", keys / "private.pem", "--json", "--verbose", *more, env=NO_LOOKUP)

    @pytest.mark.parametrize("by", ["git", "github"])
    def test_its_token_is_for_git_and_for_the_api(self, guarded, forge, keys, by):
        done = self.change(guarded, forge, keys, "--commit-by", by)
        assert done.code == 0, done.err
        assert guarded.commits() == 2
        assert forge.app.given == [{"repositories": ["gitops"], "permissions": {"contents": "write"}}]
        assert forge.app.revoked == [forge.app.token] and not forge.app.live
        assert forge.app.token not in done.out + done.err
        proof = next(request for request in forge.requests if request.path.endswith("/installation")).headers["authorization"].split()[1]
        assert proof not in done.out + done.err

    def test_the_token_is_given_back_after_a_failure(self, guarded, forge, keys):
        guarded.hook("pre-receive", "echo not today >&2; exit 1\n")
        done = self.change(guarded, forge, keys)
        assert done.code == 1
        assert forge.app.revoked == [forge.app.token]

    @pytest.mark.parametrize("app, words", [
        ({"installed": False}, "the app is not installed for this repository, or there is none of that name"),
        ({"suspended": True}, "its installation is suspended"),
        ({"permissions": {"contents": "read"}}, "GitHub does not give it: The permissions requested are not granted to this installation."),
        ({"id": "4712"}, "GitHub refuses the token: 'Issuer' claim ('iss') must be an Integer"),
    ])
    def test_it_has_no_token_to_give(self, guarded, forge, keys, app, words):
        for name, value in app.items():
            setattr(forge.app, name, value)
        done = self.change(guarded, forge, keys)
        assert done.code == 3
        assert words in done.json["error"]["message"]
        assert done.json["error"]["hint"]
        assert guarded.commits() == 1

    def test_a_key_that_is_none(self, guarded, forge, tmp_path):
        (tmp_path / "private.pem").write_text("no key\n")
        done = self.change(guarded, forge, tmp_path)
        assert done.code == 2
        assert done.json["error"]["message"] == "cannot use --github-app-key-file: the private key is no PEM text"

    def test_two_ways_to_log_in(self, guarded, forge, keys, tmp_path):
        (tmp_path / "token").write_text("sesame4711\n")
        done = self.change(guarded, forge, keys, "--git-token-file", tmp_path / "token")
        assert done.code == 2
        assert "--github-app-id and Git's own credentials are two ways to log in" in done.err

    def test_nobody_on_the_machine_sees_its_key_or_token(self, guarded, forge, keys, tmp_path):
        """Neither in a command line nor in a file that others may read, at the moment when the step's children run."""
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        guarded.hook("pre-receive", f"cat /proc/[0-9]*/cmdline >{tmp_path}/lines 2>/dev/null\nfind {scratch} -type f -perm /077 -exec cat {{}} + >{tmp_path}/open\n"
                                    f"find {scratch} -type f -exec cat {{}} + >{tmp_path}/all\n")
        key = (keys / "private.pem").read_text()
        done = run(STEP, "--repo", guarded.url, "--branch", "main", "--file", FILE, "--set", "image.tag=new", *forge.options(), "--github-app-id", "4711",
                   env={**NO_LOOKUP, "SLIPWAY_UPDATE_GITOPS_VALUES_GITHUB_APP_KEY": key, "TMPDIR": scratch})
        assert done.code == 0, done.err
        part, token = key.splitlines()[3].encode(), forge.app.token.encode()
        lines = (tmp_path / "lines").read_bytes()
        assert b"push" in lines  # git's, while it ran
        for seen in (lines, (tmp_path / "open").read_bytes(), (done.out + done.err).encode()):
            assert part not in seen and token not in seen
        assert part not in (tmp_path / "all").read_bytes()
        assert list(scratch.iterdir()) == []
