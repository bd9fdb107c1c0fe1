"""update-gitops-values on a real Git server: what is committed, and what is refused."""

import base64
import re
import ssl
import stat
import subprocess

import pytest
import yaml

from conftest import needs
from gitops import FILE, STEP, VALUES, Gitops, fill, git
from steps import BIN, environment, run, sanitized, under_strace

@pytest.fixture
def gitops(start_git_server):
    return Gitops(start_git_server(), {
        FILE: VALUES, "README.md": "read me\n", "executable.yaml": ("100755", "a: old\n"),
        "link": ("120000", FILE), "folder-link": ("120000", "apps")})


def test_one_commit_with_nothing_but_the_value(gitops, tmp_path):
    before = gitops.tip()
    done = run(STEP, "--repo", gitops.url, "--branch", "main", "--file", FILE, "--set", "image.tag=706798e8",
               "--author", "Ann Lee <ann@example.invalid>", "--outputs-dir", tmp_path / "out",
               env={"GITLAB_CI": "true", "CI_PROJECT_URL": "https://git.example/app", "CI_COMMIT_SHA": "c0ffee",
                    "CI_PIPELINE_URL": "https://git.example/p/1"})
    assert done.code == 0, done.err
    tip = gitops.tip()
    assert done.out == tip + "\n"
    assert git(gitops.bare, "rev-parse", "main^") == before
    assert gitops.show() == VALUES.replace("tag: old", 'tag: "706798e8"')
    assert git(gitops.bare, "diff", "--name-only", "main^", "main") == FILE
    assert git(gitops.bare, "log", "-1", "--format=%an <%ae> %cn <%ce>%n%B", "main") == (
        "Ann Lee <ann@example.invalid> Ann Lee <ann@example.invalid>\n"
        f"{FILE}: image.tag old -> 706798e8\n\n"
        "Slipway-Source: https://git.example/app\nSlipway-Commit: c0ffee\nSlipway-Pipeline: https://git.example/p/1\n")
    assert {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} == {
        "changed": "true", "superseded": "false", "commit": tip, "branch": "main", "old": "old", "new": "706798e8"}


def test_several_values_in_one_commit_as_json(gitops):
    done = run(STEP, "--repo", gitops.url, "--file", FILE, "--set", "image.tag=new", "--set", "replicas=3",
               "--set", "image.repository=registry/app", "--message", "Release\n\nBody", "--json")
    assert done.code == 0, done.err
    assert done.json == {"changed": True, "superseded": False, "commit": gitops.tip(), "branch": "main", "changes": [
        {"file": FILE, "path": "image.tag", "old": "old", "new": "new"},
        {"file": FILE, "path": "replicas", "old": "2", "new": "3"}], "exit_code": 0, "error": None}
    assert gitops.commits() == 2
    assert git(gitops.bare, "log", "-1", "--format=%B", "main") == "Release\n\nBody\n"
    assert "replicas stood there without quotes" in done.err


def test_nothing_to_change_makes_no_commit(gitops, tmp_path):
    done = run(STEP, "--repo", gitops.url, "--branch", "main", "--file", FILE, "--set", "image.tag=old", "--outputs-dir", tmp_path / "out")
    assert (done.code, done.out) == (0, "")
    assert "nothing to change" in done.err
    assert gitops.commits() == 1
    assert {(tmp_path / "out" / name).read_text() for name in ("commit", "old", "new")} == {""}
    assert (tmp_path / "out" / "changed").read_text() == "false"


def test_a_dry_run_prints_the_difference_and_pushes_nothing(gitops):
    done = run(STEP, "--repo", gitops.url, "--file", FILE, "--set", "image.tag=new", "--dry-run")
    assert done.code == 0, done.err
    assert done.out == (f"--- a/{FILE}\n+++ b/{FILE}\n@@ -1,5 +1,5 @@\n image:\n   repository: registry/app   # ours\n"
                        "-  tag: old # changed by the pipeline\n+  tag: new # changed by the pipeline\n \n replicas: 2\n")
    assert gitops.commits() == 1


def test_another_branch_and_an_executable_file(gitops):
    git(gitops.bare, "branch", "staging/eu", "main")
    done = run(STEP, "--repo", gitops.url, "--branch", "staging/eu", "--file", "executable.yaml", "--set", "a=new")
    assert done.code == 0, done.err
    assert git(gitops.bare, "ls-tree", "staging/eu", "executable.yaml").startswith("100755 ")
    assert gitops.commits() == 1
    assert gitops.commits("staging/eu") == 2


@pytest.mark.parametrize("way", ["path", "file", "relative"])
def test_local_repositories(gitops, way):
    address = {"path": gitops.bare, "file": f"file://{gitops.bare}", "relative": "gitops.git"}[way]
    done = run(STEP, "--repo", address, "--file", FILE, "--set", "image.tag=new", cwd=gitops.bare.parent)
    assert done.code == 0, done.err
    assert "tag: new" in gitops.show()


def test_a_local_repositorys_own_hooks_still_hold(gitops):
    gitops.hook("pre-receive", "echo 'no pushes on Fridays' >&2; exit 1\n")
    done = run(STEP, "--repo", gitops.bare, "--file", FILE, "--set", "image.tag=new")
    assert done.code == 1
    assert "no pushes on Fridays" in done.err


def test_a_checked_out_branch_is_not_changed_behind_its_work_tree(tmp_path):
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "values.yaml").write_text("a: old\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    done = run(STEP, "--repo", tmp_path, "--branch", "main", "--file", "values.yaml", "--set", "a=new")
    assert done.code == 1
    assert "branch is currently checked out" in done.err
    assert "hint: push to a bare repository, or edit the folder itself with --dir" in done.err


def test_a_repository_with_thousands_of_files(gitops, start_proxy):
    """Folders and one file are transferred, not the contents of all the others."""
    files = {f"apps/app{n:04}/values.yaml": f"tag: v{n}\n" + f"# {n * 7919 % 100003:032x}\n" * 40 for n in range(3000)}
    fill(gitops.bare, files, branch="large")
    done = run(STEP, "--repo", gitops.url, "--branch", "large", "--file", "apps/app1234/values.yaml", "--set", "tag=new", "--verbose")
    assert done.code == 0, done.err
    assert git(gitops.bare, "diff", "--name-only", "large^", "large") == "apps/app1234/values.yaml"
    assert gitops.commits("large") == 2


def test_a_server_that_cannot_leave_files_out(gitops):
    git(gitops.bare, "config", "uploadpack.allowFilter", "false")
    done = run(STEP, "--repo", gitops.url, "--file", FILE, "--set", "image.tag=new")
    assert done.code == 0, done.err
    assert git(gitops.bare, "diff", "--name-only", "main^", "main") == FILE


@pytest.mark.parametrize("arguments, code, words, hint", [
    (["--branch", "mian", "--file", FILE], 2, "cannot read the branch mian of {url}: there is no such branch", "did you mean main?"),
    (["--file", "apps/myapp/value.yaml"], 2, "cannot read apps/myapp/value.yaml: there is no such file in {tip} of {url}",
     "did you mean apps/myapp/values.yaml?"),
    (["--file", "app/myapp/values.yaml"], 2, "cannot read app/myapp/values.yaml: there is no such file in {tip} of {url}",
     "did you mean apps/myapp/values.yaml?"),
    (["--file", "link"], 1, "cannot change link in {tip}: it is a symbolic link", "name the file that it leads to"),
    (["--file", "folder-link/myapp/values.yaml"], 1,
     "cannot change folder-link/myapp/values.yaml in {tip}: folder-link is a symbolic link", "name the file by the folder that the link leads to"),
    (["--file", "apps/myapp"], 1, "cannot change apps/myapp in {tip}: it is a folder", None),
    (["--file", FILE + "/x"], 2, "cannot read {file}/x: there is no such file in {tip} of {url}", None),
    (["--file", FILE, "--set", "image.tga=1"], 1, "{file}:2:3: cannot set image.tga: image has no key 'tga'", "did you mean 'tag'?"),
    (["--file", "README.md"], 1, "README.md:1:1: cannot set image.tag: the document is a single value, no map with the key 'image'", None),
    (["--file", "*/myapp/values.yaml"], 2, "cannot read */myapp/values.yaml: there is no such file in {tip} of {url}", None),
])
def test_what_is_not_there_is_refused(gitops, arguments, code, words, hint):
    tip = gitops.tip()
    done = run(STEP, "--repo", gitops.url, *arguments, "--set", "image.tag=new")
    assert (done.code, done.out) == (code, "")
    assert "error: " + words.format(url=gitops.url, tip=tip[:7], file=FILE) in done.err
    assert hint is None or f"hint: {hint}" in done.err
    assert gitops.tip() == tip


def test_an_empty_repository(gitops):
    url = gitops.server.create("empty.git")
    for branch in ([], ["--branch", "main"]):
        done = run(STEP, "--repo", url, *branch, "--file", FILE, "--set", "image.tag=new")
        assert done.code == 2
        assert "the repository has no commits" in done.err


def test_wrong_yaml_in_the_repository(gitops):
    fill(gitops.bare, {"broken.yaml": "a: [1\nb: 2\n"}, branch="broken")
    done = run(STEP, "--repo", gitops.url, "--branch", "broken", "--file", "broken.yaml", "--set", "b=new", "--json")
    assert done.code == 2
    assert done.json["error"]["file"] == "broken.yaml"
    assert done.json["error"]["line"] == 2
    assert done.json["error"]["message"].startswith("wrong YAML: ")
    assert gitops.commits("broken") == 1


@pytest.mark.parametrize("words, hint", [
    ("protected branch", "the token's user must be allowed to push to this branch"),
    ("values are frozen", None),
])
def test_a_declined_push_ends_with_the_servers_words(gitops, words, hint):
    gitops.hook("pre-receive", f"echo 'GitOps: {words} until Monday' >&2; exit 1\n")
    done = run(STEP, "--repo", gitops.url, "--branch", "main", "--file", FILE, "--set", "image.tag=new", "--json")
    assert done.code == 1
    assert "pre-receive hook declined" in done.json["error"]["message"]
    assert f"GitOps: {words} until Monday" in done.json["error"]["message"]
    assert done.json["error"]["hint"] == hint
    assert gitops.commits() == 1


def test_hostile_texts_stay_texts(gitops):
    value = "x\n\"; rm -rf $HOME `id` $(id) ${HOME} --upload-pack=x \x1b[2J\u2028{{ .Values }}"
    done = run(STEP, "--repo", gitops.url, "--file", FILE, "--set", "image.tag=" + value)
    assert done.code == 0, done.err
    assert "\x1b" not in done.err
    assert yaml.safe_load(gitops.show())["image"]["tag"] == value
    title = git(gitops.bare, "log", "-1", "--format=%B", "main")
    assert title.count("\n") <= 1 and "\x1b" not in title


def test_a_file_name_with_blanks_quotes_and_umlauts(gitops):
    name = "a b/it's \"ü\" [x]*.yaml"
    fill(gitops.bare, {name: "a: old\n", name.replace("*", "y"): "a: old\n"}, branch="odd")
    done = run(STEP, "--repo", gitops.url, "--branch", "odd", "--file", name, "--set", "a=new")
    assert done.code == 0, done.err
    assert gitops.show(name, "odd") == "a: new\n"
    assert len(git(gitops.bare, "diff", "--name-only", "odd^", "odd").splitlines()) == 1


def test_a_large_file(gitops):
    text = "".join(f"key{n}:\n  value: old{n} # {n}\n" for n in range(50000))
    fill(gitops.bare, {"large.yaml": text}, branch="large")
    done = run(STEP, "--repo", gitops.url, "--branch", "large", "--file", "large.yaml", "--set", "key49999.value=new", "--set", "key0.value=new")
    assert done.code == 0, done.err
    assert gitops.show("large.yaml", "large") == text.replace("old49999", "new").replace("old0 ", "new ")


# ---------------------------------------------------------------------------------------------
# Credentials and TLS

TOKEN = "sesame-open-4711"


@pytest.fixture
def guarded(start_git_server):
    return Gitops(start_git_server(user="oauth2", password=TOKEN), {FILE: VALUES})


@pytest.mark.parametrize("way", ["file", "variable", "user and password", "address"])
def test_credentials(guarded, tmp_path, way):
    secret = tmp_path / "token"
    secret.write_text(TOKEN + "\n")
    arguments, env = {
        "file": (["--git-token-file", secret], {}),
        "variable": ([], {"SLIPWAY_UPDATE_GITOPS_VALUES_GIT_TOKEN": TOKEN}),
        "user and password": (["--git-user", "oauth2", "--git-password-file", secret], {}),
        "address": ([], {}),
    }[way]
    url = guarded.url
    if way == "address":
        url = url.replace("://", f"://oauth2:{TOKEN}@")
    done = run(STEP, "--repo", url, "--file", FILE, "--set", "image.tag=new", "--verbose", *arguments, env=env)
    assert done.code == 0, done.err
    assert guarded.commits() == 2
    assert TOKEN not in done.out + done.err


@needs("strace")
def test_credentials_are_in_nobodys_argv(guarded, tmp_path):
    log = tmp_path / "strace"
    done = subprocess.run(["strace", "-f", "-s", "10000", "-e", "trace=execve", "-o", str(log),
                           str(BIN / STEP), "--repo", guarded.url, "--file", FILE, "--set", "image.tag=new"],
                          env=under_strace(SLIPWAY_UPDATE_GITOPS_VALUES_GIT_TOKEN=TOKEN), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    calls = log.read_text()
    assert "git-remote-http" in calls  # else nothing was seen
    assert TOKEN not in calls
    assert base64.b64encode(f"oauth2:{TOKEN}".encode()).decode() not in calls


@pytest.mark.parametrize("token, words, hint", [
    (None, "the server asks for credentials, and none were given", "give a token with --git-token-file or its variable"),
    ("wrong-sesame", "the server refuses the credentials", "check the token: right server, not expired, allowed to push"),
])
def test_refused_credentials(guarded, tmp_path, token, words, hint):
    done = run(STEP, "--repo", guarded.url, "--branch", "main", "--file", FILE, "--set", "image.tag=new", "--json",
               env={"SLIPWAY_UPDATE_GITOPS_VALUES_GIT_TOKEN": token} if token else {})
    assert done.code == 3
    assert done.json["error"]["message"] == f"cannot read the branch main of {guarded.url}: {words}"
    assert done.json["error"]["hint"] == hint
    assert guarded.commits() == 1


def test_credentials_may_read_but_not_push(gitops, start_proxy):
    proxy = start_proxy(gitops.server.url)
    proxy.answer(403, "forbidden", path="/git-receive-pack")
    done = run(STEP, "--repo", f"{proxy.url}/ops/gitops.git", "--branch", "main", "--file", FILE, "--set", "image.tag=new",
               env={"SLIPWAY_UPDATE_GITOPS_VALUES_GIT_TOKEN": TOKEN})
    assert done.code == 3
    assert f"error: cannot push to main of {proxy.url}/ops/gitops.git: the server forbids it (403)" in done.err
    assert gitops.commits() == 1


def test_credentials_do_not_follow_a_redirection(gitops, start_proxy):
    elsewhere, proxy = start_proxy(gitops.server.url), start_proxy(gitops.server.url)
    proxy.answer(302, headers={"Location": f"{elsewhere.url}/ops/gitops.git/info/refs?service=git-upload-pack"}, path="/info/refs")
    arguments = ["--repo", f"{proxy.url}/ops/gitops.git", "--file", FILE, "--set", "image.tag=new"]
    done = run(STEP, *arguments, env={"SLIPWAY_UPDATE_GITOPS_VALUES_GIT_TOKEN": TOKEN})
    assert done.code == 3
    assert "the server redirects to another address" in done.err
    assert elsewhere.requests == []


def test_the_surrounding_jobs_git_settings_do_not_matter(gitops, tmp_path):
    (tmp_path / ".gitconfig").write_text(f'[url "http://127.0.0.1:1/"]\n\tinsteadOf = {gitops.server.url}/\n'
                                         f'[core]\n\thooksPath = {tmp_path}\n[commit]\n\tgpgSign = true\n')
    hook = tmp_path / "pre-push"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    done = run(STEP, "--repo", gitops.url, "--file", FILE, "--set", "image.tag=new",
               env={"HOME": tmp_path, "GIT_DIR": "/nonexistent", "GIT_INDEX_FILE": "/nonexistent",
                    "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.proxy", "GIT_CONFIG_VALUE_0": "http://127.0.0.1:1",
                    "GIT_AUTHOR_NAME": "Nobody", "GIT_TRACE": "1", "LANGUAGE": "de", "LC_ALL": "C.UTF-8"})
    assert done.code == 0, done.err
    assert git(gitops.bare, "log", "-1", "--format=%an", "main") == "Slipway"


def test_tls_with_an_authority_of_ones_own(gitops, start_proxy, certificates):
    proxy = start_proxy(gitops.server.url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server.certificate, certificates.server.key)
    proxy._server.socket = context.wrap_socket(proxy._server.socket, server_side=True)
    arguments = ["--repo", f"https://{proxy.host}/ops/gitops.git", "--file", FILE]
    done = run(STEP, *arguments, "--set", "image.tag=new")
    assert done.code == 3
    assert "the connection is not trusted" in done.err
    done = run(STEP, *arguments, "--set", "image.tag=new", "--ca-file", certificates.authority)
    assert done.code == 0, done.err
    for option in ("--ca-file", "--client-cert"):
        done = run(STEP, *arguments, "--set", "image.tag=newer", option, "nowhere.pem")
        assert done.code == 2
        assert "error: cannot read nowhere.pem: No such file or directory" in done.err
    done = run(STEP, *arguments, "--set", "image.tag=newer", "--allow-insecure")
    assert done.code == 0, done.err
    assert gitops.commits() == 3


# ---------------------------------------------------------------------------------------------
# A folder on this machine


def test_a_folder_is_edited_in_place(tmp_path):
    path = tmp_path / FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xef\xbb\xbf" + VALUES.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    done = run(STEP, "--dir", tmp_path, "--file", FILE, "--set", "image.tag=new")
    assert done.code == 0, done.err
    assert path.read_bytes() == b"\xef\xbb\xbf" + VALUES.replace("old", "new").replace("\n", "\r\n").encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert re.search(r"^\+  tag: new", done.out, re.M)
    assert [p.name for p in path.parent.iterdir()] == ["values.yaml"]


def test_symbolic_links_may_not_lead_out_of_the_folder(tmp_path):
    (tmp_path / "outside.yaml").write_text("a: old\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "real.yaml").write_text("a: old\n")
    (folder / "inside.yaml").symlink_to("real.yaml")
    (folder / "outside.yaml").symlink_to("../outside.yaml")
    (folder / "up").symlink_to("..")
    for name in ("outside.yaml", "up/outside.yaml"):
        done = run(STEP, "--dir", "folder", "--file", name, "--set", "a=new", cwd=tmp_path)
        assert (done.code, done.out) == (1, "")
        assert f"error: cannot change folder/{name}: a symbolic link leads out of folder" in done.err
    assert (tmp_path / "outside.yaml").read_text() == "a: old\n"
    done = run(STEP, "--dir", "folder/", "--file", "inside.yaml", "--set", "a=new", cwd=tmp_path)
    assert done.code == 0, done.err
    assert (folder / "inside.yaml").is_symlink() and (folder / "real.yaml").read_text() == "a: new\n"


@needs("strace")
@pytest.mark.parametrize("call", [pytest.param("write", marks=pytest.mark.skipif(sanitized(), reason="the sanitizers' own writes come first")), "fsync", "rename"])
def test_a_full_disk_leaves_the_old_file(tmp_path, call):
    (tmp_path / "values.yaml").write_text("a: old\n")
    done = subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", f"inject={call}:error=ENOSPC:when={2 if call == 'write' else 1}",
                           str(BIN / STEP), "--dir", ".", "--file", "values.yaml", "--set", "a=new"],
                          env=under_strace(), cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 3
    assert "error: cannot write ./values.yaml: No space left on device" in done.stderr
    assert (tmp_path / "values.yaml").read_text() == "a: old\n"
    assert [path.name for path in tmp_path.iterdir()] == ["values.yaml"]
