"""The container image as jobs use it: what is in it, and how it behaves where a container may do less than a machine.

The image under test is that of tests/support/slipway_image.py. Servers are on this machine's loopback, which containers share.
"""

import gzip
import json
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

import slipway_image as support
from google_cloud import GoogleCloud
from images import Client, add_programs, attached, git, make_source
from servers import wait_for
from slipway_image import podman, run
from steps import ROOT

STEPS = tuple(sorted(path.name for path in (ROOT / "steps").iterdir() if path.is_dir()))
LARGEST = {"full": 78e6, "slim": 57e6}  # bytes of all layers as they are pushed
WITH_ZSTD = {"full": 90e6, "slim": 40e6}  # those of the layers when zstd -19 compresses them, which takes minutes
FULL = os.environ.get("SLIPWAY_FULL") == "1"
full_only = pytest.mark.skipif(not FULL, reason="only in a full run")

# What is in an image is asked in one container.
LOOK = r"""
for step in STEPS; do "$step" --version; done
echo == commands; for name in sh bash grep git ssh man perl apt-get buildah crun promtool gcc cmake; do command -v "$name"; done
echo == documents; find / -xdev \( -path '/usr/share/doc/*' -o -path '/usr/share/man/*' -o -path '/usr/share/info/*' -o -path '/usr/share/locale/*' \) -type f -not -name copyright
echo == leftovers; find /tmp /var/tmp /var/log /var/cache /var/lib/apt/lists /src /root/.cache /home /usr/share/zoneinfo /usr/lib/*/gconv -type f 2>/dev/null
echo == secrets; find / -xdev -type f \( -name auth.json -o -name '.netrc' -o -name 'ssh_host_*' -o -name '.git-credentials' -o -name '*.key' -o -path '/root/.ssh/*' -o -name machine-id \)
echo == packages; dpkg --audit; apt-get check -qq
echo == open; find / -xdev -not -type l -perm -0002 -not -type d -not -path '/dev/*'
""".replace("STEPS", " ".join(STEPS))


def sections(text):
    parts = re.split(r"^== (\w+)\n", text, flags=re.MULTILINE)
    return {"versions": parts[0].splitlines(), **{name: body.splitlines() for name, body in zip(parts[1::2], parts[2::2])}}


def expect_contents(image, variant):
    seen = sections(run(image, "sh", "-c", LOOK).stdout)
    assert [line.split()[0] for line in seen["versions"]] == list(STEPS)
    if "SLIPWAY_IMAGE" not in os.environ and "SLIPWAY_DEB" not in os.environ:
        commit = git(ROOT, "-c", f"safe.directory={ROOT}", "log", "-1", "--abbrev=7", "--format=%h, %cs")
        assert all(f"(commit {commit})" in line for line in seen["versions"])
    commands = {pathlib.Path(path).name for path in seen["commands"]}
    own = {"buildah", "crun"} if variant == "full" else set()
    # perl is Debian's smallest, without modules, for the scripts of packages.
    assert commands == {"sh", "bash", "grep", "git", "ssh", "man", "perl", "apt-get"} | own
    assert all(re.match(rf"/usr/share/man/(man[17]/({'|'.join(STEPS)}|slipway)|mandoc\.db$)", path) for path in seen["documents"])
    zones = [path for path in seen["leftovers"] if path.startswith("/usr/share/zoneinfo/")]
    assert bool(zones) == (variant == "full")
    assert [path for path in seen["leftovers"] if path not in zones and not path.startswith("/home/slipway/.")] == []
    assert seen["secrets"] == seen["packages"] == seen["open"] == []


def test_contents(slipway_image):
    expect_contents(slipway_image, "full")
    facts = json.loads(podman("image", "inspect", slipway_image).stdout)[0]
    assert facts["Config"].get("Entrypoint") is None
    assert facts["Config"].get("User", "") == facts["Config"].get("WorkingDir", "").strip("/") == ""
    assert {"BUILDAH_ISOLATION=chroot", "LANG=C.UTF-8"} <= set(facts["Config"]["Env"])
    assert list(facts["Config"]["Volumes"]) == ["/var/lib/containers"]
    program = subprocess.run(["podman", "run", "--rm", slipway_image, "cat", "/usr/bin/render-jobspec"], capture_output=True, check=True).stdout
    assert b".symtab" not in program and b".debug_info" not in program


def expect_documents(image):
    """That the SBOM says what dpkg says, Slipway's own package included, and the provenance what was built."""
    inventory, provenance = attached(image)
    listed = {(component["name"], component["version"]) for component in inventory["components"] if component.get("purl", "").startswith("pkg:deb/")}
    installed = run(image, "dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package} ${Version}\n").stdout
    assert listed == {tuple(line.split()[1:]) for line in installed.splitlines() if line.startswith("installed ")}
    assert "slipway" in {name for name, _ in listed}
    parameters = provenance["predicate"]["buildDefinition"]["externalParameters"]
    assert parameters["target"] == "slim" and {"BASE", "COMMIT", "PACKAGE"} <= set(parameters["buildArguments"])


def test_the_same_digest_again_and_the_size(image_builder, start_registry):
    """Of the slim variant, with what is attached and without; in a full run also of the other, with a package that the Containerfile compiles anew."""
    registry = start_registry()
    measured = set()

    def digest(variant, name, *options, package=True):
        # As another build on another machine: no content key, and no image of an earlier run.
        more = ("--push", f"{registry.host}/{name}", "--tag", "1", "--", "--allow-insecure", "--no-skip", *options)
        found = image_builder.build(variant, *more, package=package)
        image_builder.keep(f"{registry.host}/{name}:1")
        layers = Client(registry).manifest(name, found)["layers"]
        assert sum(layer["size"] for layer in layers) <= LARGEST[variant]
        if not FULL or found in measured:
            return found
        size = 0
        measured.add(found)
        for layer in layers:
            with Client(registry).get(f"/v2/{name}/blobs/{layer['digest']}") as blob:
                unpacked = gzip.decompress(blob.read())
            size += len(subprocess.run(["zstd", "-19", "-T0", "--quiet", "--stdout"], input=unpacked, capture_output=True, check=True).stdout)
        assert size <= WITH_ZSTD[variant]
        return found

    one = digest("slim", "one")
    assert one == digest("slim", "two", "--sbom=false", "--provenance=false")
    expect_contents(f"{registry.host}/one:1", "slim")
    expect_documents(f"{registry.host}/one:1")
    with Client(registry).get("/v2/two/tags/list") as answer:
        assert json.load(answer)["tags"] == ["1"]
    if FULL:
        assert digest("full", "three") == digest("full", "four", package=False)


def test_the_command_of_the_image_is_a_shell(slipway_image):
    shell = run(slipway_image, options=["--interactive"], input="echo a shell | grep -o shell; exit 7\n", check=False)
    assert (shell.returncode, shell.stdout) == (7, "shell\n")


def test_slocheck(slipway_image, tmp_path):
    """As that job starts the image: with three variables, without a command; its exit code is 0 or 1, whatever is in the way."""
    def judge(google, slo, threshold="0.5", project="123456789", **more):
        values = {"TARGET_PROJECT": project, "THRESHOLD": threshold, "DEFINEDSLO": slo, "SLIPWAY_WAIT_FOR_SLO_GOOGLE_MONITORING_URL": google.url, "SLIPWAY_ALLOW_INSECURE": "true", **google.metadata, **more}
        done = run(slipway_image, options=[f"--env={name}={value}" for name, value in values.items()], check=False)
        return done.returncode, done.stdout.strip(), done.stderr

    with GoogleCloud(tmp_path / "google") as google:
        good, bad, silent = (google.add_slo(burn_rate=rate) for rate in (0.25, 0.75, None))
        google.late = 2
        code, word, log = judge(google, good)
        assert (code, word) == (0, "holds"), log
        assert "waiting up to 30s for a token of the metadata server" in log and google.requests[-1].path == "/v3/projects/123456789/timeSeries"
        results = {what: judge(*arguments, **more)[:2] for what, (arguments, more) in {
            "above": ((google, bad), {}), "no data": ((google, silent), {}), "threshold": ((google, good, "abc"), {}), "nobody answers": ((google, good), {"SLIPWAY_WAIT_FOR_SLO_GOOGLE_MONITORING_URL": "http://127.0.0.1:9"})}.items()}
        assert results == {"above": (1, "violated"), "no data": (1, "inconclusive"), "threshold": (1, "error"), "nobody answers": (1, "error")}
        google.denied = "monitoring.timeSeries.list"
        code, _, log = judge(google, good)
        assert code == 1 and "Permission monitoring.timeSeries.list denied" in log
        code, _, log = judge(google, good, threshold="")
        assert code == 2 and "TARGET_PROJECT, THRESHOLD and DEFINEDSLO come together: THRESHOLD is missing" in log


def hand_over(folder, user):
    """To another user, as a runner's workspace is."""
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, user, user, follow_symlinks=False)


@pytest.fixture
def workspace(tmp_path):
    """A checkout of user 1001, for a container that runs as another."""
    folder = make_source(tmp_path / "workspace", "FROM scratch\nCOPY root hello /\nRUN echo \"in the build\" >/made\n", **{".containerignore": ".git\n"})
    add_programs(folder, "sh", "sleep")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "Programs")
    hand_over(folder, 1001)
    return folder


def build(image, workspace, registry, *arguments, options=(), check=False):
    """As GitHub runs a container action: HOME, and the workspace's place and owner."""
    return run(image, "build-image", "--image", f"{registry.host}/team/app", "--tags", "1", "--allow-insecure", *arguments, check=check,
               options=["--volume", f"{workspace}:/github/workspace", "--workdir", "/github/workspace", "--env", "HOME=/github/home", *options])


@pytest.mark.parametrize("options, driver", [
    ((), "overlay"),  # on the volume that the image declares
    (("--image-volume=ignore",), "vfs"),
    (("--cap-drop=all", "--cap-add=chown,dac_override,fowner,setuid,setgid,setfcap,sys_chroot"), "overlay"),
    (("--cap-add=sys_admin", "--security-opt=seccomp=unconfined"), "overlay"),  # as the GitHub action does; Buildah would raise limits then
])
def test_builds_in_a_container(slipway_image, workspace, start_registry, options, driver):
    registry = start_registry()
    done = build(slipway_image, workspace, registry, options=options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == Client(registry).digest("team/app", "1")
    assert ("vfs" in done.stderr) == (driver == "vfs")
    labels = Client(registry).config("team/app", "1")["config"]["Labels"]
    commit = git(workspace, "-c", f"safe.directory={workspace}", "rev-parse", "HEAD")
    assert labels["org.opencontainers.image.revision"] == commit
    assert "no commit" not in done.stderr and "dubious" not in done.stderr


def test_an_image_is_started_for_its_metrics(slipway_image, workspace):
    """Where Buildah would raise limits; that this program shows none is told in its own words."""
    (workspace / "Containerfile").write_text("FROM scratch\nCOPY root /\nCMD [\"/bin/sh\", \"-c\", \"echo the program runs\"]\n")
    (workspace / "rules.yml").write_text("groups: [{name: g, rules: [{record: 'a:b', expr: up}]}]\n")
    script = "build-image --image localhost/app --tags 1 --no-push && push-rules --check rules.yml --metrics-from-image localhost/app:1"
    done = run(slipway_image, "sh", "-c", script, check=False, options=["--volume", f"{workspace}:/w", "--workdir", "/w", "--cap-add=sys_admin", "--security-opt=seccomp=unconfined"])
    assert done.returncode == 3
    assert "ended (exit code 0) before it showed metrics: the program runs" in done.stderr


# Without the folders that Podman mounts of its own accord, as Docker and Kubernetes do not.
READ_ONLY = ("--read-only", "--read-only-tmpfs=false")


def test_on_a_read_only_root(slipway_image, workspace, start_registry, start_git_server, tmp_path):
    registry, url = start_registry(), start_git_server().create("gitops.git")
    (workspace / "Containerfile").write_text("FROM scratch\nCOPY hello /\n")
    done = build(slipway_image, workspace, registry, options=[*READ_ONLY, "--tmpfs=/run", "--tmpfs=/var/tmp"])  # and the volume
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == Client(registry).digest("team/app", "1")
    seed = make_source(tmp_path / "seed", **{"values.yaml": "tag: old\n"})
    git(seed, "push", "--quiet", url, "HEAD:refs/heads/main")
    run(slipway_image, "update-gitops-values", "--repo", url, "--branch", "main", "--file", "values.yaml", "--set", "tag=new",
        options=[*READ_ONLY, "--tmpfs=/tmp", "--user=4242:4242", "--cap-drop=all"])
    rendered = run(slipway_image, "render-jobspec", "-", "--format", "hcl", "--set", "A=b", options=[*READ_ONLY, "--interactive"], input='a = "${A}"\n')
    assert rendered.stdout == 'a = "b"\n'


def forbid(folder, *calls, user_namespaces=False):
    """A seccomp profile without these calls. Docker's own answers EPERM as well, and ENOSYS to clone3, whose flags no filter can read."""
    rules = [{"names": list(calls), "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]
    if user_namespaces:
        new_user = 0x10000000
        rules.append({"names": ["clone"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1,
                      "args": [{"index": 0, "value": new_user, "valueTwo": new_user, "op": "SCMP_CMP_MASKED_EQ"}]})
        rules.append({"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38})
    profile = folder / "seccomp.json"
    profile.write_text(json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": rules}))
    return f"--security-opt=seccomp={profile}"


MOUNTS = ("mount", "umount2", "fsopen", "fsconfig", "fsmount", "fspick", "move_mount", "open_tree", "mount_setattr", "pivot_root")


@pytest.mark.parametrize("docker", [True, False])
def test_a_profile_that_forbids_is_told_from_a_broken_build(slipway_image, workspace, start_registry, tmp_path, docker):
    """Docker's default profile, and one that forbids mounts alone, as AppArmor does."""
    profile = forbid(tmp_path, "unshare", "setns", *MOUNTS, user_namespaces=True) if docker else forbid(tmp_path, *MOUNTS)
    registry = start_registry()
    done = build(slipway_image, workspace, registry, options=[profile])
    assert done.returncode == 3
    hints = [line for line in done.stderr.splitlines() if "hint: " in line]
    assert len(hints) == 1 and "--security-opt seccomp=unconfined" in hints[0] and "privileged" in hints[0]
    assert "Operation not permitted" in done.stderr
    assert "STEP" not in done.stderr  # nothing was begun
    # No other step minds.
    rendered = run(slipway_image, "render-jobspec", "-", "--set", "A=b", options=[profile, "--interactive"], input="a = \"[[ .A ]]\"\n", check=False)
    assert "seccomp" not in rendered.stderr and rendered.returncode in (0, 1, 2)


def test_as_a_user_without_rights(slipway_image, workspace, start_registry):
    registry = start_registry()
    hand_over(workspace, 1000)
    # Without HOME of a runner's: that of the image's own user 1000.
    me = ["--user=1000:1000", "--env", "HOME=/home/slipway"]
    done = build(slipway_image, workspace, registry, options=me)
    assert done.returncode == 3
    assert "RUN steps need several users: run as root" in done.stderr
    (workspace / "Containerfile").write_text("FROM scratch\nCOPY hello /\n")
    done = build(slipway_image, workspace, registry, options=me)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == Client(registry).digest("team/app", "1")
    for user in ("1000", "4242:4242"):
        loop = f"for step in {' '.join(STEPS)}; do \"$step\" --version || exit 1; done"
        said = run(slipway_image, "sh", "-c", loop, options=["--user", user, "--read-only", "--cap-drop=all"]).stdout
        assert [line.split()[0] for line in said.splitlines()] == list(STEPS)


def test_changes_a_repository_over_http_and_ssh(slipway_image, start_git_server, ssh_server, tmp_path):
    server = start_git_server()
    url = server.create("gitops.git")
    seed = make_source(tmp_path / "seed", **{"values.yaml": "image:\n  tag: old\n"})
    git(seed, "push", "--quiet", url, "HEAD:refs/heads/main")
    change = ["update-gitops-values", "--branch", "main", "--file", "values.yaml"]
    key = run(slipway_image, "sh", "-c", "export GNUPGHOME=$(mktemp -d) && gpg --batch --passphrase '' --quick-generate-key 'Ada <ada@example.invalid>' ed25519 sign 1d "
                                         "&& gpg --armor --export-secret-keys").stdout
    run(slipway_image, *change, "--repo", url, "--set", "image.tag=over-http", options=["--env", f"SLIPWAY_UPDATE_GITOPS_VALUES_SIGNING_KEY={key}"])
    bare = tmp_path / "bare.git"
    git(seed, "clone", "--quiet", "--bare", url, bare)
    keys = ["--volume", f"{ssh_server.folder}:/keys:ro", "--env",
            f"GIT_SSH_COMMAND=ssh -i /keys/key -o IdentitiesOnly=yes -o UserKnownHostsFile=/keys/known_hosts"]
    run(slipway_image, *change, "--repo", ssh_server.address(bare), "--set", "image.tag=over-ssh", options=keys)
    assert git(bare, "show", "main:values.yaml") == "image:\n  tag: over-ssh"
    assert git(bare, "show", "main~1:values.yaml") == "image:\n  tag: over-http"
    assert "-----BEGIN PGP SIGNATURE-----" in git(bare, "cat-file", "-p", "main~1")


def test_cancelled_as_the_first_process(slipway_image, workspace, start_registry, tmp_path):
    """Nothing stays on the volume, where the next job would find it, nor in the workspace."""
    registry = start_registry()
    (workspace / "Containerfile").write_text("FROM scratch\nCOPY root /\nRUN echo begun; sleep 300\n")
    before = sorted(path.relative_to(workspace) for path in workspace.rglob("*"))
    storage, temporary = tmp_path / "storage", tmp_path / "temporary"
    storage.mkdir()
    temporary.mkdir()
    name = f"slipway-test-{os.getpid()}"
    with open(tmp_path / "log", "w") as log:
        job = subprocess.Popen(["podman", "run", "--rm", "--name", name, "--network", "host", "--volume", f"{workspace}:/w", "--volume", f"{storage}:/var/lib/containers",
                                "--volume", f"{temporary}:/var/tmp", slipway_image, "build-image", "/w", "--image", f"{registry.host}/team/app", "--tags", "1",
                                "--allow-insecure"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_for(lambda: re.search(r"^ *begun$", (tmp_path / "log").read_text(), re.MULTILINE), "the RUN step", 60)
            podman("kill", "--signal", "TERM", name)
            assert job.wait(30) == 143
        finally:
            podman("rm", "--force", name, check=False)
    assert "cancelled: what was started is ended" in (tmp_path / "log").read_text()
    assert os.listdir(temporary) == []
    assert sorted(path.relative_to(workspace) for path in workspace.rglob("*")) == before
    listed = run(slipway_image, "buildah", "containers", "--quiet", options=["--volume", f"{storage}:/var/lib/containers"])
    assert listed.stdout == ""
    # Layers are overlay's, whose files belong to users of the container.
    run(slipway_image, "buildah", "rmi", "--all", "--force", options=["--volume", f"{storage}:/var/lib/containers"])


def test_a_full_disk(slipway_image, workspace, start_registry):
    registry = start_registry()
    (workspace / "hello").write_bytes(os.urandom(12 << 20))
    done = build(slipway_image, workspace, registry, options=["--mount", "type=tmpfs,destination=/var/lib/containers,tmpfs-size=8m"])
    assert done.returncode == 3
    assert "no space left" in done.stderr
    assert Client(registry).digest("team/app", "1") is None


def test_the_manual_is_read_in_the_image(slipway_image):
    for step in STEPS:
        shown = run(slipway_image, "man", step)
        page = re.sub(".\b", "", shown.stdout)  # without emphasis
        assert shown.stderr == ""
        assert "NAME" in page and "--dry-run" in page and "EXIT" in page


def test_nothing_is_made_for_one_architecture():
    for name in ("Containerfile", "install", "reduce", "dpkg.cfg", "build", "base", "etc/containers/storage.conf"):
        assert re.findall(r"amd64|x86_64|arm64|aarch64", (ROOT / "images" / name).read_text()) == []


@full_only
def test_debian_has_all_packages_for_arm64(image_builder):
    """By Debian's own index of that architecture: apt finds a complete set, for the build as well as for the image."""
    script = r"""
        set -e
        mkdir -p /a/lists/partial /a/cache/archives/partial && : >/a/status
        apt="-o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State::Lists=/a/lists -o Dir::State::status=/a/status -o Dir::Cache=/a/cache"
        apt-get $apt update -qq
        apt-get $apt install -qq --simulate --no-install-recommends "$@" | grep '^Inst' | cut -d ' ' -f 2
    """
    install = (ROOT / "images" / "install").read_text()
    runtime = " ".join(re.findall(r"packages=['\"]([^'\"]*)", install)).replace("$packages", "").split()
    listed = [line.split() for line in (ROOT / "dev" / "packages").read_text().splitlines()]
    build_time = [words[1] for words in listed if words[:1] == ["build"] and words[2:] in ([], ["trixie"])]
    assert {"buildah", "git"} <= set(runtime) and "g++" in build_time
    done = run(image_builder.base, "sh", "-c", script, "sh", *runtime, *build_time, timeout=600)
    assert {"buildah", "git", "g++", "libc6"} <= set(done.stdout.split())
