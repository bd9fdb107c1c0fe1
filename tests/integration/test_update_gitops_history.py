"""Who may be late, and what can be taken back: the branch's own history decides."""

import shlex

import pytest
import yaml

import steps
from gitops import FILE, STEP, VALUES, Gitops, git, github, gitlab
from steps import BIN, run, start

NOON, EARLIER, LATER = "2024-11-24T12:00:00Z", "2024-11-24T11:00:00Z", "2024-11-24T13:00:00Z"
RULES = "rules/myapp.yaml"
OLD_RULES = b"groups: [] # of old\r\n"


@pytest.fixture
def gitops(start_git_server):
    return Gitops(start_git_server(), {
        FILE: VALUES, "apps/other/values.yaml": "tag: other\n", RULES: ("100755", OLD_RULES), "rules/gone.yaml": b"\x00gone"})


@pytest.fixture
def step(gitops):
    """Runs the step on the branch main for FILE."""
    def call(*arguments, env=None, begin=run):
        return begin(STEP, "--repo", gitops.url, "--branch", "main", "--file", FILE, *arguments, env=env)
    return call


@pytest.fixture
def release(gitops, step, tmp_path):
    """One edit as a pipeline makes it: a tag, new rules, and a file less."""
    def call(tag, *arguments, env=None):
        (tmp_path / "rules.yaml").write_text(f"groups: [] # of {tag}\n")
        done = step("--set", f"image.tag={tag}", "--put", f"{RULES}={tmp_path}/rules.yaml", "--delete", "rules/gone.yaml", *arguments, env=env)
        assert done.code == 0, done.err
        return done
    return call


def tag(gitops, branch="main"):
    return yaml.safe_load(gitops.show(branch=branch))["image"]["tag"]


# ---------------------------------------------------------------------------------------------
# Older pipelines lose


@pytest.mark.parametrize("system", ["gitlab", "github"])
def test_an_older_pipeline_that_finishes_last_changes_nothing(gitops, step, tmp_path, system):
    def job(*facts):
        return gitlab(*facts) if system == "gitlab" else github(tmp_path, *facts)
    assert step("--set", "image.tag=new", env=job("b", NOON, 2)).code == 0
    tip = gitops.tip()
    outputs, summary = tmp_path / "outputs", tmp_path / "summary.md"
    done = step("--set", "image.tag=older", "--json", "--outputs-dir", outputs, env=job("a", EARLIER, 1) | {"GITHUB_STEP_SUMMARY": str(summary)})
    assert done.code == 0, done.err
    assert gitops.tip() == tip and tag(gitops) == "new"
    assert done.json == {"changed": False, "superseded": True, "commit": None, "branch": "main", "request_url": None, "request_number": None, "merged": None,
                         "applied": None, "from_environment": None, "changes": [],
                         "exit_code": 0, "error": None}
    assert {path.name: path.read_text() for path in outputs.iterdir()} == {
        "changed": "false", "superseded": "true", "commit": "", "branch": "main", "request_url": "", "request_number": "",
        "merged": "", "applied": "", "from_environment": "", "old": "", "new": ""}
    assert f"comes from commit bbbbbbbb of {NOON} (pipeline 2) since {tip[:8]}, and this run is older: commit aaaaaaaa of {EARLIER} (pipeline 1)" in done.err
    assert "run with --rollback" in done.err
    if system == "github":
        assert "holds a newer version" in summary.read_text()
    assert step("--set", "image.tag=newer", env=job("c", LATER, 3)).code == 0
    assert tag(gitops) == "newer"


def test_a_dry_run_of_an_older_pipeline_says_so(gitops, step):
    assert step("--set", "image.tag=new", env=gitlab("b", NOON, 2)).code == 0
    done = step("--set", "image.tag=older", "--dry-run", env=gitlab("a", EARLIER, 1))
    assert (done.code, done.out) == (0, "")
    assert "this run is older" in done.err


@pytest.mark.parametrize("filters", [True, False])
def test_the_newer_version_lies_behind_sixty_unrelated_commits(gitops, step, filters):
    git(gitops.bare, "config", "uploadpack.allowFilter", str(filters).lower())
    assert step("--set", "image.tag=new", env=gitlab("b", NOON, 2)).code == 0
    gitops.work({"apps/other/values.yaml": "tag: other{n}\n"}, count=60)
    tip = gitops.tip()
    done = step("--set", "image.tag=older", "--json", env=gitlab("a", EARLIER, 1))
    assert done.code == 0, done.err
    assert done.json["superseded"] and gitops.tip() == tip
    done = step("--set", "image.tag=newer", "--json", env=gitlab("c", LATER, 3))
    assert done.json["changed"] and tag(gitops) == "newer"


def test_an_older_version_on_purpose(gitops, step):
    assert step("--set", "image.tag=new", env=gitlab("b", NOON, 2)).code == 0
    done = step("--set", "image.tag=older", "--allow-older", "--json", env=gitlab("a", EARLIER, 1))
    assert done.code == 0, done.err
    assert (done.json["changed"], done.json["superseded"], tag(gitops)) == (True, False, "older")


@pytest.mark.parametrize("time, late", [
    ("2024-11-24T12:45:00+01:00", True),   # 11:45Z, though its text is the greater one
    ("2024-11-24T11:30:00-01:00", False),  # 12:30Z
    ("2024-11-24T13:00:00.5+01:00", False),
    ("2024-11-23T23:59:59-14:00", False),  # the day after in UTC
])
def test_times_are_compared_as_instants(gitops, step, time, late):
    assert step("--set", "image.tag=new", env=gitlab("b", NOON, 2)).code == 0
    done = step("--set", "image.tag=other", "--json", env=gitlab("a", time, 1))
    assert (done.code, done.json["superseded"], done.json["changed"]) == (0, late, not late)


def test_other_targets_and_unknown_times_are_nobodys_business(gitops, step):
    """A newer version of one value says nothing of another; and without a time nothing is compared."""
    assert step("--set", "image.tag=new", env=gitlab("b", NOON, 2)).code == 0
    for file, value in ((FILE, "replicas=3"), ("apps/other/values.yaml", "tag=older")):
        done = run(STEP, "--repo", gitops.url, "--branch", "main", "--file", file, "--set", value, "--json", env=gitlab("a", EARLIER, 1))
        assert done.json["changed"], done.err
    assert step("--set", "image.tag=by-hand", "--json").json["changed"]


@pytest.mark.parametrize("system", ["gitlab", "github"])
def test_two_pipelines_of_one_commit(gitops, step, tmp_path, system):
    """The higher id wins, as a number; the same pipeline may set again what it has set, for a job that is retried."""
    def job(*facts):
        return gitlab(*facts) if system == "gitlab" else github(tmp_path, *facts)
    assert step("--set", "image.tag=ten", env=job("a", NOON, 10)).code == 0
    assert step("--set", "image.tag=nine", "--json", env=job("a", NOON, 9)).json["superseded"]
    again = step("--set", "image.tag=ten", "--json", env=job("a", NOON, 10))
    assert (again.json["changed"], again.json["superseded"]) == (False, False)
    assert step("--set", "image.tag=ten-b", "--json", env=job("a", NOON, 10)).json["changed"]
    assert step("--set", "image.tag=eleven", "--json", env=job("a", NOON, 11)).json["changed"]
    assert tag(gitops) == "eleven"


def test_a_run_that_is_repeated_stays_as_old_as_it_is(gitops, step, tmp_path):
    """GitHub keeps the number of a run that is repeated, and counts its attempts beside it."""
    assert step("--set", "image.tag=nine", env=github(tmp_path, "a", NOON, 9)).code == 0
    assert step("--set", "image.tag=nine-b", "--json", env=github(tmp_path, "a", NOON, 9, attempt=2)).json["changed"]
    assert step("--set", "image.tag=ten", "--json", env=github(tmp_path, "a", NOON, 10)).json["changed"]
    done = step("--set", "image.tag=nine", "--json", env=github(tmp_path, "a", NOON, 9, attempt=3))
    assert (done.code, done.json["superseded"], tag(gitops)) == (0, True, "ten")


def test_files_of_an_older_pipeline_lose_as_well(gitops, tmp_path):
    def put(content, env):
        (tmp_path / "rules.yaml").write_text(content)
        return run(STEP, "--repo", gitops.url, "--branch", "main", "--put", f"{RULES}={tmp_path}/rules.yaml", "--json", env=env).json
    assert put("new", gitlab("b", NOON, 2))["changed"]
    assert put("older", gitlab("a", EARLIER, 1))["superseded"]
    assert gitops.read(RULES) == b"new"


def test_a_late_deletion_does_not_take_a_newer_file_away(gitops, tmp_path):
    (tmp_path / "rules.yaml").write_text("new\n")
    arguments = ["--repo", gitops.url, "--branch", "main"]
    assert run(STEP, *arguments, "--put", f"rules/app.yaml={tmp_path}/rules.yaml", env=gitlab("b", NOON, 2)).code == 0
    done = run(STEP, *arguments, "--delete", "rules/app.yaml", "--json", env=gitlab("a", EARLIER, 1))
    assert (done.code, done.json["superseded"]) == (0, True), done.err
    assert gitops.read("rules/app.yaml") == b"new\n"


def test_one_late_value_of_several_holds_all_back(gitops, step):
    assert step("--set", "image.tag=new", env=gitlab("b", NOON, 2)).code == 0
    done = step("--set", "image.tag=older", "--set-json", "replicas=3", "--json", env=gitlab("a", EARLIER, 1))
    assert (done.code, done.json["superseded"]) == (0, True)
    assert gitops.show() == VALUES.replace("tag: old", "tag: new")


def test_the_older_of_two_at_once_never_ends_on_top(gitops, step):
    """Whoever comes first, the newer version is there in the end."""
    for round in range(2):
        jobs = [step("--set", f"image.tag={name}{round}", begin=start, env=gitlab(name, f"2024-11-24T1{3 * round + hour}:00:00Z", 2 * round + hour))
                for hour, name in ((0, "a"), (1, "b"))]
        for job in jobs:
            _, err = job.communicate(timeout=60)
            assert job.returncode == 0, err
        assert tag(gitops) == f"b{round}"


def rival(gitops, *arguments, env=None):
    """The server's own hook runs the step for another pipeline, between this one's reading and pushing."""
    variables = " ".join(f"{name}={shlex.quote(str(value))}" for name, value in (steps.DEFAULTS | (env or {})).items())
    call = shlex.join([str(BIN / STEP), "--repo", str(gitops.bare), "--allow-insecure", "--branch", "main", *map(str, arguments)])
    gitops.hook("pre-receive", f"[ -e once ] && exit 0\ntouch once\nenv {variables} {call} >rival.log 2>&1 || {{ cat rival.log >&2; exit 1; }}\n")


def test_a_newer_version_arrives_between_reading_and_pushing(gitops, step):
    rival(gitops, "--file", FILE, "--set", "image.tag=new", env=gitlab("b", NOON, 2))
    done = step("--set", "image.tag=older", "--json", env=gitlab("a", EARLIER, 1))
    assert (done.code, done.json["superseded"], done.json["changed"], done.json["commit"]) == (0, True, False, None), done.err
    assert tag(gitops) == "new" and gitops.commits() == 2


def test_an_older_version_arrives_between_reading_and_pushing(gitops, step):
    rival(gitops, "--file", FILE, "--set", "image.tag=older", env=gitlab("a", EARLIER, 1))
    done = step("--set", "image.tag=new", "--json", env=gitlab("b", NOON, 2))
    assert (done.code, done.json["changed"]) == (0, True), done.err
    assert done.json["changes"] == [{"file": FILE, "path": "image.tag", "old": "older", "new": "new"}], "of what was there at last"
    assert tag(gitops) == "new" and gitops.commits() == 3


def test_another_value_than_expected_arrives_between_reading_and_pushing(gitops, step):
    rival(gitops, "--file", FILE, "--set", "image.tag=rival")
    done = step("--set", "image.tag=new", "--expect-old", "old")
    assert done.code == 1
    assert "cannot set image.tag: it is 'rival', not 'old' as --expect-old says" in done.err
    assert tag(gitops) == "rival"


# ---------------------------------------------------------------------------------------------
# Rollback


def test_a_rollback_takes_the_whole_edit_back(gitops, step, release):
    before = gitops.tree()
    release("new", env=gitlab("b", NOON, 2))
    edit = gitops.tip()
    assert (tag(gitops), gitops.read(RULES)) == ("new", b"groups: [] # of new\n") and "rules/gone.yaml" not in gitops.tree()
    done = step("--rollback", "--json")
    assert done.code == 0, done.err
    assert gitops.tree() == before
    assert done.json["commit"] == gitops.tip() and gitops.commits() == 3
    assert {"file": FILE, "path": "image.tag", "old": "new", "new": "old"} in done.json["changes"]
    assert f"Slipway-Undoes: {edit}" in gitops.message()
    assert gitops.message().startswith("Roll back ")


def test_a_rollback_without_filters_reads_the_earlier_files_all_the_same(gitops, step, release):
    git(gitops.bare, "config", "uploadpack.allowFilter", "false")
    before = gitops.tree()
    release("new")
    gitops.work({"apps/other/values.yaml": "tag: other{n}\n"}, count=5)
    done = step("--rollback")
    assert done.code == 0, done.err
    assert gitops.tree() == before | {"apps/other/values.yaml": ("100644", b"tag: other4\n")}


def test_a_server_that_gives_no_file_by_its_hash(start_git_server, tmp_path):
    """As those of before protocol 2: with their commits it gives all files."""
    gitops = Gitops(start_git_server(old=True), {FILE: VALUES, RULES: OLD_RULES})
    for name in ("allowFilter", "allowAnySHA1InWant"):
        git(gitops.bare, "config", f"uploadpack.{name}", "false")
    before = gitops.tree()
    arguments = ["--repo", gitops.url, "--branch", "main", "--file", FILE]
    assert run(STEP, *arguments, "--set", "image.tag=new", "--delete", RULES).code == 0
    gitops.work({"apps/other/values.yaml": "tag: other{n}\n"}, count=5)
    done = run(STEP, *arguments, "--rollback")
    assert done.code == 0, done.err
    assert gitops.tree() == before | {"apps/other/values.yaml": ("100644", b"tag: other4\n")}


def test_each_rollback_goes_one_further_back(gitops, step, release):
    trees = [gitops.tree()]
    for name in ("one", "two", "three"):
        release(name)
        trees.append(gitops.tree())
    for tree in reversed(trees[:-1]):
        done = step("--rollback")
        assert done.code == 0, done.err
        assert gitops.tree() == tree
    done = step("--rollback")
    assert (done.code, done.out) == (1, "")
    assert f"error: cannot roll back {FILE}: every change of it by this tool is taken back already" in done.err
    assert gitops.tree() == trees[0]


@pytest.mark.parametrize("to", ["commit", "short commit", "value"])
def test_back_to_a_commit_or_value(gitops, step, release, to):
    release("one")
    tree, tip = gitops.tree(), gitops.tip()
    release("two")
    release("three")
    done = step("--rollback-to", {"commit": tip, "short commit": tip[:8], "value": "one"}[to])
    assert done.code == 0, done.err
    assert gitops.tree() == tree
    assert gitops.message().count("Slipway-Undoes: ") == 2


def test_back_to_what_never_was(gitops, step, release):
    release("one")
    done = step("--rollback-to", "zero")
    assert done.code == 1
    assert f"cannot roll back {FILE}: 'zero' is neither a commit of the branch (at least 7 digits) nor a value that this tool has set there" in done.err
    assert gitops.commits() == 2


def test_a_file_that_somebody_changed_since_is_refused_by_its_path(gitops, step, release):
    release("new")
    gitops.work({RULES: ("100755", "groups: [] # by hand\n")})
    tree = gitops.tree()
    done = step("--rollback", "--json")
    assert (done.code, done.json["changed"] if "changed" in done.json else False) == (1, False)
    assert done.json["error"]["message"] == f"cannot roll back {RULES}: somebody changed it since"
    assert gitops.tree() == tree, "nothing is taken back by halves"


def test_a_deleted_file_that_is_there_again_is_refused(gitops, step, release):
    release("new")
    gitops.work({"rules/gone.yaml": "here again\n"})
    done = step("--rollback")
    assert done.code == 1
    assert "cannot roll back rules/gone.yaml: somebody changed it since" in done.err


def test_a_value_goes_back_where_only_other_lines_have_changed(gitops, step, release):
    release("new")
    gitops.work({FILE: VALUES.replace("tag: old", "tag: new").replace("replicas: 2", "replicas: 7 # more")})
    done = step("--rollback")
    assert done.code == 0, done.err
    assert gitops.show() == VALUES.replace("replicas: 2", "replicas: 7 # more")
    assert gitops.read(RULES) == OLD_RULES


def test_a_value_that_somebody_changed_since_is_refused(gitops, step, release):
    release("new")
    gitops.work({FILE: VALUES.replace("tag: old", "tag: by-hand")})
    tree = gitops.tree()
    done = step("--rollback")
    assert (done.code, done.out) == (1, "")
    assert f"cannot roll back {FILE}: image.tag: somebody changed it since" in done.err
    assert gitops.tree() == tree


def test_numbers_lists_and_new_keys_come_back_as_they_were(gitops, step):
    before = gitops.read()
    assert step("--set-json", "replicas=5", "--set-json", 'image.pull={"secrets":["a"]}', "--set", "image.digest=", "--create").code == 0
    gitops.work({FILE: gitops.show() + "# a line of somebody\n"})
    done = step("--rollback")
    assert done.code == 0, done.err
    assert gitops.read() == before + b"# a line of somebody\n"


def test_a_file_that_was_put_or_deleted_alone(gitops, tmp_path):
    before = gitops.tree()
    (tmp_path / "rules.yaml").write_text("new\n")
    arguments = ["--repo", gitops.url, "--branch", "main"]
    assert run(STEP, *arguments, "--put", f"{RULES}={tmp_path}/rules.yaml").code == 0
    assert run(STEP, *arguments, "--delete", "rules/gone.yaml").code == 0
    for file in (RULES, "rules/gone.yaml"):
        done = run(STEP, *arguments, "--file", file, "--rollback")
        assert done.code == 0, done.err
    assert gitops.tree() == before


def test_one_value_of_several(gitops, step):
    assert step("--set", "image.tag=new").code == 0
    assert step("--set-json", "replicas=9").code == 0
    done = step("--rollback", "--path", "image.tag")
    assert done.code == 0, done.err
    assert gitops.show() == VALUES.replace("replicas: 2", "replicas: 9")


def test_what_the_tool_never_changed_has_nothing_to_take_back(gitops, step):
    gitops.work({FILE: VALUES + "# by hand\n"})
    done = step("--rollback")
    assert done.code == 1
    assert f"cannot roll back {FILE}: this tool has never changed it" in done.err


def test_a_late_pipeline_does_not_put_a_rolled_back_version_there_again(gitops, step, release):
    release("good", env=gitlab("a", EARLIER, 1))
    release("bad", env=gitlab("b", NOON, 2))
    assert step("--rollback").code == 0
    assert tag(gitops) == "good"
    for arguments, env in ((["--set", "image.tag=bad"], gitlab("b", NOON, 2)),           # its own job, retried
                           (["--set", "image.tag=bad"], gitlab("b", NOON, 3)),           # another pipeline of the same commit
                           (["--set", "image.tag=between"], gitlab("c", "2024-11-24T11:30:00Z", 4))):
        done = step(*arguments, "--json", env=env)
        assert (done.code, done.json["superseded"]) == (0, True), done.err
        assert "took back" in done.err
        assert tag(gitops) == "good"
    done = step("--set", "image.tag=fixed", "--json", env=gitlab("d", LATER, 5))
    assert (done.code, done.json["changed"]) == (0, True), done.err
    assert tag(gitops) == "fixed"


def test_new_rules_arrive_while_old_ones_are_put_back(gitops, step, release, tmp_path):
    release("new")
    (tmp_path / "rival.yaml").write_text("groups: [] # of the rival\n")
    rival(gitops, "--put", f"{RULES}={tmp_path}/rival.yaml")
    done = step("--rollback")
    assert done.code == 1
    assert f"cannot roll back {RULES}: somebody changed it since" in done.err
    assert (tag(gitops), gitops.read(RULES)) == ("new", b"groups: [] # of the rival\n")


def test_a_dry_run_of_a_rollback_prints_the_difference(gitops, step, release):
    release("new")
    tree = gitops.tree()
    done = step("--rollback", "--dry-run")
    assert done.code == 0, done.err
    assert "\n-  tag: new # changed by the pipeline\n+  tag: old # changed by the pipeline\n" in done.out
    assert f"--- a/{RULES}\n+++ b/{RULES}\n" in done.out
    assert gitops.tree() == tree and gitops.commits() == 2


def test_a_rollback_and_an_update_at_once(gitops, step, release):
    """Both land, in one order or the other; or the update came first, and then it was what the rollback took back."""
    release("one")
    release("two")
    jobs = [step("--rollback", "--path", "image.tag", begin=start), step("--set-json", "replicas=4", begin=start)]
    for job in jobs:
        _, err = job.communicate(timeout=60)
        assert job.returncode == 0, err
    assert (tag(gitops), yaml.safe_load(gitops.show())["replicas"]) == ("one", 4)
    assert gitops.read(RULES) == b"groups: [] # of one\n"
    assert gitops.commits() == 5
