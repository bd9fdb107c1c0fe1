"""update-gitops-values on a real Git server: what is committed, and what is refused."""

import random
import re
import stat
import subprocess

import pytest
import yaml

from conftest import needs
from delay_proxy import DelayProxy
from gitops import FILE, STEP, VALUES, Gitops, fill, git, gitlab
from steps import BIN, environment, run, sanitized, under_strace


@pytest.fixture
def gitops(start_git_server):
    return Gitops(start_git_server(), {
        FILE: VALUES, "README.md": "read me\n", "executable.yaml": ("100755", "a: old\n"),
        "link": ("120000", FILE), "folder-link": ("120000", "apps")})


def blob(gitops, commit):
    return git(gitops.bare, "rev-parse", f"{commit}:{FILE}")


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
        f'Slipway-Change: {{"file":"{FILE}","path":"image.tag","old":"old","new":"706798e8"}}\n'
        f'Slipway-File: {{"path":"{FILE}","old":"{blob(gitops, "main^")}","new":"{blob(gitops, "main")}","mode":"100644"}}\n'
        "Slipway-Source: https://git.example/app\nSlipway-Commit: c0ffee\nSlipway-Pipeline: https://git.example/p/1\n")
    assert {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} == {
        "changed": "true", "superseded": "false", "commit": tip, "branch": "main", "request_url": "", "request_number": "",
        "merged": "", "applied": "", "from_environment": "", "old": "old", "new": "706798e8"}


def test_several_values_in_one_commit_as_json(gitops):
    done = run(STEP, "--repo", gitops.url, "--file", FILE, "--set", "image.tag=new", "--set", "replicas=3",
               "--set", "image.repository=registry/app", "--message", "Release\n\nBody", "--json")
    assert done.code == 0, done.err
    assert done.json == {"changed": True, "superseded": False, "commit": gitops.tip(), "branch": "main", "request_url": None, "request_number": None, "merged": None,
                         "applied": None, "from_environment": None, "changes": [
        {"file": FILE, "path": "image.tag", "old": "old", "new": "new"},
        {"file": FILE, "path": "replicas", "old": "2", "new": "3"}], "exit_code": 0, "error": None}
    assert gitops.commits() == 2
    assert gitops.message().startswith("Release\n\nBody\n\nSlipway-Change: ")
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
    arguments = ["--repo", address, "--file", FILE, "--set", "image.tag=new"]
    done = run(STEP, *arguments, cwd=gitops.bare.parent)
    assert done.code == 2
    assert "it is a folder, and no server says who may write there" in done.err and "hint: --allow-insecure allows it" in done.err
    done = run(STEP, *arguments, "--allow-insecure", cwd=gitops.bare.parent)
    assert done.code == 0, done.err
    assert "tag: new" in gitops.show()


def test_a_local_repositorys_own_hooks_still_hold(gitops):
    gitops.hook("pre-receive", "echo 'no pushes on Fridays' >&2; exit 1\n")
    done = run(STEP, "--allow-insecure", "--repo", gitops.bare, "--file", FILE, "--set", "image.tag=new")
    assert done.code == 1
    assert "no pushes on Fridays" in done.err


def test_a_checked_out_branch_is_not_changed_behind_its_work_tree(tmp_path):
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "values.yaml").write_text("a: old\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    done = run(STEP, "--allow-insecure", "--repo", tmp_path, "--branch", "main", "--file", "values.yaml", "--set", "a=new")
    assert done.code == 1
    assert "branch is currently checked out" in done.err
    assert "hint: push to a bare repository, or edit the folder itself with --dir" in done.err


def test_a_repository_with_thousands_of_files(gitops, tmp_path):
    """Folders and one file are transferred, not the contents of all the others; nor are the others part of the push."""
    chance = random.Random(1)
    files = {f"apps/app{n:04}/values.yaml": f"tag: v{n}\n# {chance.randbytes(600).hex()}\n" for n in range(3000)}
    fill(gitops.bare, files, branch="large")

    def bytes_of(do):
        with DelayProxy("127.0.0.1", gitops.server.port, round_trip=0) as proxy:
            do(f"http://{proxy.host}/{gitops.path}")
            return proxy.count

    def update(url):
        done = run(STEP, "--repo", url, "--branch", "large", "--file", "apps/app1234/values.yaml", "--set", "tag=new")
        assert done.code == 0, done.err

    cloned = bytes_of(lambda url: git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=large", url, "clone"))
    assert bytes_of(update) < cloned / 6
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
    (["--file", "*/yourapp/values.yaml"], 2, "cannot read */yourapp/values.yaml: no file fits the pattern", None),
])
def test_what_is_not_there_is_refused(gitops, arguments, code, words, hint):
    tip = gitops.tip()
    done = run(STEP, "--repo", gitops.url, *arguments, "--set", "image.tag=new")
    assert (done.code, done.out) == (code, "")
    assert "error: " + words.format(url=gitops.url, tip=tip[:8], file=FILE) in done.err
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
    assert "\x1b" not in title
    assert all(line == "" or line.startswith((f"{FILE}: ", "Slipway-")) for line in title.split("\n"))


def test_a_file_name_with_blanks_quotes_and_umlauts(gitops):
    name = "a b/it's \"ü\" [x]*.yaml"
    pattern = name.replace("[", "[[]").replace("*", "[*]")
    fill(gitops.bare, {name: "a: old\n", name.replace("*", "y"): "a: old\n"}, branch="odd")
    done = run(STEP, "--repo", gitops.url, "--branch", "odd", "--file", pattern, "--set", "a=new")
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
# Several files in one commit

DIGEST = "sha256:" + "a" * 64
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      initContainers:
      - image: registry/app:v1   # the same
      containers:
      - {name: app, image: "registry/app:v1"}
      - {name: other, image: other:v1}
"""
HELM = "image:\n  repository: registry/app\n  tag: v1\n\nsidecarImage: other:v1 # stays\n"
KUSTOMIZATION = "resources: [app.yaml]\n\nimages:\n- name: app # ours\n  newName: registry/app\n  newTag: v1\n"


def test_files_by_a_pattern(gitops):
    files = {f"fleet/{cluster}/values.yaml": f"# {cluster}\nimage: {{tag: old}}\n" for cluster in ("a", "b", "c")}
    gitops.work(files | {"fleet/d/other.yaml": "image: {tag: old}\n"})
    done = run(STEP, "--repo", gitops.url, "--file", "fleet/**/values.yaml", "--set", "image.tag=new", "--json")
    assert done.code == 0, done.err
    assert [change["file"] for change in done.json["changes"]] == list(files)
    assert gitops.changed() == [f"M\t{path}" for path in files]
    assert gitops.show("fleet/b/values.yaml") == "# b\nimage: {tag: new}\n"
    assert gitops.commits() == 3


def test_a_mistake_in_one_of_several_files_changes_none(gitops):
    gitops.work({"fleet/a.yaml": "tag: old\n", "fleet/b.yaml": "tga: old\n", "fleet/c.yaml": "tag: [old\n"})
    done = run(STEP, "--repo", gitops.url, "--file", "fleet/*.yaml", "--set", "tag=new")
    assert (done.code, done.out) == (2, "")
    assert "error: fleet/b.yaml:1:1: cannot set tag: " in done.err and "error: fleet/c.yaml:2:" in done.err
    assert gitops.commits() == 2


def test_an_image_in_manifests_helm_values_and_a_kustomization(gitops):
    gitops.work({"app/app.yaml": MANIFEST, "app/values.yaml": HELM, "app/kustomization.yaml": KUSTOMIZATION})
    arguments = ["--repo", gitops.url, "--file", "app/*.yaml", "--image", f"app=registry/app:v2@{DIGEST}"]
    done = run(STEP, *arguments, "--json")
    assert done.code == 0, done.err
    assert gitops.commits() == 3 and len(gitops.changed()) == 3
    assert gitops.show("app/app.yaml") == MANIFEST.replace("registry/app:v1", f"registry/app:v2@{DIGEST}")
    assert gitops.show("app/values.yaml") == HELM.replace("tag: v1", f"tag: v2@{DIGEST}")
    kustomization = gitops.show("app/kustomization.yaml")
    assert kustomization.startswith("resources: [app.yaml]\n\nimages:\n- name: app # ours\n  newName: registry/app\n")
    assert yaml.safe_load(kustomization)["images"] == [{"name": "app", "newName": "registry/app", "newTag": "v2", "digest": DIGEST}]
    again = run(STEP, *arguments, "--json")
    assert (again.code, again.json["changed"]) == (0, False), again.err


def test_files_are_put_and_deleted_with_the_value(gitops, tmp_path):
    gitops.work({"rules/kept.yaml": ("100755", "old\n"), "rules/gone.yaml": "gone\n", "rules/gone-too.yaml": "gone\n"})
    local = tmp_path / "rules"
    (local / "deep").mkdir(parents=True)
    (local / "kept.yaml").write_bytes(b"new \x00\xff\r\n")
    (local / "deep/script").write_text("#!/bin/sh\n")
    (local / "deep/script").chmod(0o755)
    (local / "empty").touch()
    before = gitops.tree()
    arguments = ["--repo", gitops.url, "--file", FILE, "--set", "image.tag=new", "--put", f"rules={local}", "--delete", "rules/gone*", "--delete", "not/there"]
    done = run(STEP, *arguments, "--json")
    assert done.code == 0, done.err
    gone = {"rules/gone.yaml", "rules/gone-too.yaml"}
    assert gitops.tree() == {path: entry for path, entry in before.items() if path not in gone} | {
        FILE: ("100644", VALUES.replace("tag: old", "tag: new").encode()), "rules/kept.yaml": ("100755", b"new \x00\xff\r\n"),
        "rules/deep/script": ("100755", b"#!/bin/sh\n"), "rules/empty": ("100644", b"")}
    assert gitops.commits() == 3
    assert {"file": "rules/gone.yaml", "path": None, "old": None, "new": None} in done.json["changes"]
    again = run(STEP, *arguments, "--json")
    assert (again.code, again.json["changed"]) == (0, False), again.err


def test_a_new_branch_from_another(gitops):
    arguments = ["--repo", gitops.url, "--branch", "release/v2", "--base", "main", "--file", FILE]
    done = run(STEP, *arguments, "--set", "image.tag=new", "--json")
    assert done.code == 0, done.err
    assert done.json["branch"] == "release/v2" and done.json["commit"] == gitops.tip("release/v2")
    assert git(gitops.bare, "rev-parse", "release/v2^") == gitops.tip()
    gitops.work({"README.md": "newer\n"})
    assert run(STEP, *arguments, "--set", "image.tag=newer").code == 0
    assert gitops.commits("release/v2") == 3, "the branch is there: its base does not matter any more"
    done = run(STEP, *arguments[:3], "other", "--base", "mian", "--file", FILE, "--set", "image.tag=new")
    assert done.code == 2
    assert "there is no such branch" in done.err and "did you mean main?" in done.err


def test_the_address_at_which_a_request_can_be_opened(gitops):
    gitops.hook("post-receive", "echo; echo 'To create a merge request for topic, visit:'\n"
                                "echo '  https://git.example/ops/gitops/-/merge_requests/new?merge_request%5Bsource_branch%5D=topic'; echo\n")
    done = run(STEP, "--repo", gitops.url, "--branch", "topic", "--base", "main", "--file", FILE, "--set", "image.tag=new", "--json")
    assert done.code == 0, done.err
    assert done.json["request_url"] == "https://git.example/ops/gitops/-/merge_requests/new?merge_request%5Bsource_branch%5D=topic"


def test_only_the_expected_value_is_replaced(gitops):
    arguments = ["--repo", gitops.url, "--file", FILE, "--set", "image.tag=new"]
    done = run(STEP, *arguments, "--expect-old", "v1", "--json")
    assert done.code == 1
    assert done.json["error"]["message"] == "cannot set image.tag: it is 'old', not 'v1' as --expect-old says"
    assert (done.json["error"]["file"], done.json["error"]["line"]) == (FILE, 3)
    assert gitops.commits() == 1
    assert run(STEP, *arguments, "--expect-old", "old").code == 0
    again = run(STEP, *arguments, "--expect-old", "old", "--json")
    assert (again.code, again.json["changed"]) == (0, False), "it is what it is to be: there is nothing to expect"


def test_a_template_of_the_message(gitops):
    done = run(STEP, "--repo", gitops.url, "--file", FILE, "--set", "image.tag=new", "--message", "{project}: {path} {old} to {new} {{x}}\n\nFor {commit}",
               env=gitlab("c", "2024-11-24T12:00:00Z", 7) | {"CI_PROJECT_PATH": "team/app"})
    assert done.code == 0, done.err
    lines = gitops.message().splitlines()
    assert lines[:4] == ["team/app: image.tag old to new {x}", "", "For " + "c" * 40, ""]
    assert "Slipway-Commit-Time: 2024-11-24T12:00:00Z" in lines and "Slipway-Pipeline-Id: 7" in lines
    trailers = git(gitops.bare, "log", "-1", "--format=%(trailers:key=Slipway-Commit,valueonly)", "main")
    assert trailers.strip() == "c" * 40, "git itself reads them as trailers"


# ---------------------------------------------------------------------------------------------
# The difference


def test_git_applies_the_difference_of_a_dry_run(gitops, tmp_path):
    """New, deleted, replaced and edited files, CRLF, no line break at the end; the result is what a real run commits."""
    gitops.work({"crlf.yaml": "a: old\r\nb: 1\r\n", "no-end.yaml": "b: 1\na: old", "gone.txt": "one\ntwo", "kept.sh": ("100755", "#!/bin/sh\n")})
    (tmp_path / "new.txt").write_text("new\n\nlines")
    (tmp_path / "empty").touch()
    (tmp_path / "kept.sh").write_text("#!/bin/sh\necho\n")
    arguments = ["--repo", gitops.url, "--file", "*.yaml", "--set", "a=new", "--delete", "gone.txt", "--put", f"new/file.txt={tmp_path}/new.txt",
                 "--put", f"kept.sh={tmp_path}/kept.sh"]
    done = subprocess.run([str(BIN / STEP), *arguments, "--dry-run"], env=environment(), capture_output=True)  # CRLF stays so
    assert done.returncode == 0, done.stderr.decode()
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", gitops.url, clone)
    git(clone, "apply", "--index", "-", input=done.stdout)
    assert run(STEP, *arguments).code == 0
    assert git(clone, "write-tree") == git(gitops.bare, "rev-parse", "main^{tree}")


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


def test_a_folder_with_several_formats(tmp_path):
    before = {"values.yaml": "tag: old # c\n", "app.json": '{\n\t"tag": "old"\n}', ".env": "# c\ntag=old\nother=1\n", "job.hcl": 'tag   = "old" # c\n'}
    for name, text in before.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "gone.txt").write_text("gone")
    done = run(STEP, "--dir", tmp_path, *(argument for name in before for argument in ("--file", name)), "--set", "tag=1.10", "--delete", "gone.txt",
               "--put", f"new/deep.yaml={tmp_path}/values.yaml", "--json")
    assert done.code == 0, done.err
    assert (done.json["commit"], done.json["branch"], done.json["changed"]) == (None, None, True)
    assert {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()} == {
        "values.yaml": 'tag: "1.10" # c\n', "app.json": '{\n\t"tag": "1.10"\n}', ".env": "# c\ntag=1.10\nother=1\n", "job.hcl": 'tag   = "1.10" # c\n'}
    assert (tmp_path / "new/deep.yaml").read_text() == "tag: old # c\n"
    again = run(STEP, "--dir", tmp_path, "--file", "values.yaml", "--set", "tag=1.10", "--delete", "gone.txt", "--json")
    assert (again.code, again.json["changed"]) == (0, False), again.err


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
