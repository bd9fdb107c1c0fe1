"""build-image when something is wrong: with the source, the registry, the disk, or the job itself."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from images import Client, add_programs, make_source
from servers import free_port, wait_for
from steps import BIN, cancel, environment, run, start

pytestmark = pytest.mark.skipif(shutil.which("buildah") is None, reason="buildah is not installed")

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small file system")


@pytest.fixture
def source(tmp_path):
    return make_source(tmp_path / "app")


def containers(variables):
    return subprocess.run(["buildah", "containers", "--quiet"], env={**os.environ, **variables}, check=True, capture_output=True, text=True).stdout.split()


def processes_of(folder):
    """Everything that works for this test has its folder in its environment."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in path.read_bytes() and path.parent.name != str(os.getpid()):
                found.append(path.parent.joinpath("cmdline").read_bytes())
    return found


def assert_nothing_left(folder, variables):
    assert os.listdir(variables["TMPDIR"]) == []
    wait_for(lambda: not processes_of(folder), "its processes to be gone", 5)
    assert [line for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines() if f"{folder}/" in line and "/merged" in line] == []
    assert containers(variables) == []


# --- the source

@pytest.mark.parametrize("containerfile, line, words", [
    ("FROM scratch\n\nCOPY nowhere /\n", 3, "'COPY nowhere /'"),
    ("FROM scratch\nFOO bar\n", 2, 'Unknown instruction: "FOO"'),
    ("FROM scratch\nRUN true\n", 2, "'RUN true': exit status 1"),
    ("COPY hello /\n", None, "no FROM statement found"),
    ("", None, "no contents"),
    ("FROM scratch\nCOPY --from=nowhere a /\n", None, "no stage or image found with that name"),
])
def test_broken_containerfile(source, buildah_environment, containerfile, line, words):
    (source / "Containerfile").write_text(containerfile)
    done = run("build-image", "--image", "127.0.0.1:1/app", "--no-push", "--json", env=buildah_environment, cwd=source)
    assert done.code == 1, done.err
    assert words in done.json["error"]["message"]
    assert done.json["error"]["line"] == line
    assert_nothing_left(source.parent, buildah_environment)


def test_the_failing_line_is_an_annotation_on_github(source, buildah_environment):
    (source / "Containerfile").write_text("FROM scratch\nCOPY nowhere /\n")
    done = run("build-image", "--image", "127.0.0.1:1/app", "--no-push", env={**buildah_environment, "GITHUB_ACTIONS": "true"}, cwd=source)
    assert done.code == 1
    assert "::error file=Containerfile,line=2,title=build-image::cannot build .:" in done.err
    opened = re.findall(r"::stop-commands::(\w+)", done.err)
    assert opened and all(f"::{token}::" in done.err for token in opened)


def test_a_failing_run_step_says_its_last_words(source, buildah_environment):
    add_programs(source, "sh")
    (source / "Containerfile").write_text("FROM scratch\nCOPY root /\nRUN echo compiling; echo 'dial tcp: connection refused, denied' >&2; exit 7\n")
    done = run("build-image", "--image", "127.0.0.1:1/app", "--no-push", "--json", "--quiet", env=buildah_environment, cwd=source)
    assert done.code == 1
    assert done.json["error"]["message"].endswith("exit status 7: dial tcp: connection refused, denied")
    assert "STEP" not in done.err


# --- registries

def test_a_base_image_that_does_not_exist_is_the_source_s_fault(start_registry, source, buildah_environment):
    registry = start_registry()
    (source / "Containerfile").write_text(f"FROM {registry.host}/nowhere:1\n")
    done = run("build-image", "--image", f"{registry.host}/app", "--allow-insecure", env=buildah_environment, cwd=source)
    assert done.code == 1, done.err
    assert "unknown" in done.err


def test_a_base_image_behind_a_wrong_password_is_not(start_registry, source, buildah_environment, tmp_path):
    registry = start_registry(credentials={"ci": "sesame-open"})
    (tmp_path / "password").write_text("wrong-password")
    (source / "Containerfile").write_text(f"FROM {registry.host}/base:1\n")
    done = run("build-image", "--image", f"{registry.host}/app", "--allow-insecure", "--registry-user", "ci", "--registry-password-file", tmp_path / "password",
               env=buildah_environment, cwd=source)
    assert done.code == 3, done.err
    assert "authentication required" in done.err


def test_a_base_image_of_an_unreachable_registry_is_not_either(source, buildah_environment):
    (source / "Containerfile").write_text(f"FROM 127.0.0.1:{free_port()}/base:1\n")
    done = run("build-image", "--image", "127.0.0.1:1/app", "--no-push", env=buildah_environment, cwd=source)
    assert done.code == 3, done.err
    assert "connection refused" in done.err


@pytest.mark.parametrize("given", [(), ("--registry-user", "ci", "--registry-password-file", "password")])
def test_refused_credentials(start_registry, source, buildah_environment, given):
    registry = start_registry(credentials={"ci": "sesame-open"})
    (source / "password").write_text("wrong-password")
    done = run("build-image", "--image", f"{registry.host}/app", "--allow-insecure", "--json", *given, env=buildah_environment, cwd=source)
    assert done.code == 3
    assert "authentication required" in done.json["error"]["message"]
    assert "--registry-password-file" in done.json["error"]["hint"]
    assert done.json["error"]["message"].startswith(f"cannot push {registry.host}/app:")
    assert "(attempt" not in done.err
    assert "wrong-password" not in done.err + done.out
    assert_nothing_left(source.parent, buildah_environment)


def test_unreachable_registry(source, buildah_environment):
    done = run("build-image", "--image", f"127.0.0.1:{free_port()}/app", env=buildah_environment, cwd=source)
    assert done.code == 3
    assert done.out == ""
    assert "error: cannot push" in done.err and "Failed to connect" in done.err
    assert "(attempt 4 of 4)" in done.err
    assert_nothing_left(source.parent, buildah_environment)


def test_a_certificate_that_nobody_vouches_for(start_registry, certificates, source, buildah_environment):
    registry = start_registry(certificate=certificates.server)
    done = run("build-image", "--image", f"{registry.host}/app", env=buildah_environment, cwd=source)
    assert done.code == 3
    assert "SSL certificate problem" in done.err and "--ca-file" in done.err


def test_a_registry_that_fails_for_a_moment(start_registry, start_proxy, source, buildah_environment):
    registry = start_registry()
    proxy = start_proxy(registry.url)
    proxy.answer(500, path="/blobs/uploads", times=1)
    proxy.answer(503, path="/manifests/", times=1)
    done = run("build-image", "--image", f"{proxy.host}/app", "--allow-insecure", env=buildah_environment, cwd=source)
    assert done.code == 0, done.err
    assert "again in" in done.err
    assert Client(registry).digest("app", "main") == done.out.strip()


def test_a_registry_that_says_yes_and_keeps_nothing(start_registry, start_proxy, source, buildah_environment):
    """A login page in between answers every question with 200."""
    proxy = start_proxy(start_registry().url)
    proxy.answer(201, "<html>Sign in</html>", path="/manifests/")
    done = run("build-image", "--image", f"{proxy.host}/app", "--allow-insecure", env=buildah_environment, cwd=source)
    assert done.code == 3, done.err
    assert done.out == ""
    assert "the answer is no image manifest" in done.err


# --- inputs of the step

def test_unreadable_and_wrong_inputs(source, buildah_environment):
    (source / "broken.json").write_text("{")
    for arguments, words in [
        (("nowhere",), "cannot build nowhere: there is no such folder"),
        (("--authfile", "nowhere.json"), "cannot read nowhere.json: No such file or directory"),
        (("--authfile", "broken.json"), "cannot use the auth file broken.json: it is no JSON"),
        (("--ca-file", "nowhere.pem"), "cannot read nowhere.pem: No such file or directory"),
    ]:
        done = run("build-image", *arguments, "--image", "127.0.0.1:1/app", "--no-push", env=buildah_environment, cwd=source)
        assert done.code == 2, done.err
        assert words in done.err
    assert_nothing_left(source.parent, buildah_environment)


def test_without_buildah(source, buildah_environment, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "git").symlink_to(shutil.which("git"))
    done = run("build-image", "--image", "127.0.0.1:1/app", "--no-push", env={**buildah_environment, "PATH": str(programs)}, cwd=source)
    assert done.code == 3
    assert "error: cannot build: buildah is not installed or not on the PATH" in done.err


# --- the disk

@contextlib.contextmanager
def small_file_system(folder, size="8m"):
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def add_large_file(source):
    (source / "Containerfile").write_text("FROM scratch\nCOPY large /\n")
    (source / "large").write_bytes(os.urandom(20 * 1024 * 1024))


@ROOT_ONLY
def test_full_disk_under_the_storage(source, buildah_environment, tmp_path):
    add_large_file(source)
    with small_file_system(tmp_path / "small") as small:
        configuration = tmp_path / "small.conf"
        configuration.write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{small}/graph"\nrunroot = "{small}/run"\n')
        variables = {**buildah_environment, "CONTAINERS_STORAGE_CONF": str(configuration)}
        done = run("build-image", "--image", "127.0.0.1:1/app", "--no-push", "--json", env=variables, cwd=source)
        assert done.code == 3, done.err
        assert "no space left on device" in done.json["error"]["message"]
        assert "\n" not in done.json["error"]["message"]
        assert_nothing_left(tmp_path, variables)


@ROOT_ONLY
@pytest.mark.parametrize("filled", [False, True])
def test_full_disk_under_tmpdir(start_registry, source, buildah_environment, tmp_path, filled):
    registry = start_registry()
    add_large_file(source)
    with small_file_system(tmp_path / "small") as small:
        if filled:
            with contextlib.suppress(OSError):
                (small / "ballast").write_bytes(bytes(9 * 1024 * 1024))
        before = sorted(os.listdir(small))
        done = run("build-image", "--image", f"{registry.host}/app", "--allow-insecure", env={**buildah_environment, "TMPDIR": str(small)}, cwd=source)
        assert done.code == 3, done.err
        assert re.search("error: cannot .*([Nn]o space left on device|storing layer)", done.err)
        assert sorted(os.listdir(small)) == before
    assert Client(registry).digest("app", "main") is None
    assert containers(buildah_environment) == []


def test_full_disk_behind_the_result(start_registry, source, buildah_environment):
    registry = start_registry()
    with open("/dev/full", "w") as full:
        done = subprocess.run([BIN / "build-image", "--image", f"{registry.host}/app", "--allow-insecure"], env=environment(**buildah_environment), cwd=source,
                              stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 3
    assert "error: cannot write the result to standard output: No space left on device" in done.stderr


# --- the job is cancelled

def read_until(process, words):
    text = ""
    for line in process.stderr:
        text += line
        if words in line:
            return
    raise AssertionError(f"ended without '{words}':\n{text}")


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("step", ["RUN sleep 600", "RUN trap '' TERM INT; while :; do sleep 1; done"])
def test_cancelled_in_a_run_step(source, buildah_environment, step, number, code):
    add_programs(source, "sh", "sleep")
    (source / "Containerfile").write_text(f"FROM scratch\nCOPY root /\n{step}\n")
    process = start("build-image", "--image", "127.0.0.1:1/app", "--no-push", env=buildah_environment, cwd=source)
    read_until(process, "STEP 3/")
    wait_for(lambda: any(b"sleep" in line and b"buildah" not in line for line in processes_of_run()), "the step to run")
    assert cancel(process, number).code == code
    assert not any(b"sleep" in line for line in processes_of_run())
    assert_nothing_left(source.parent, buildah_environment)


def processes_of_run():
    """What runs in a chroot has another environment: by its command line, with a number that only these tests use."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes()
            if line in (b"sleep\0" b"600\0", b"sleep\0" b"1\0") and os.readlink(path.parent / "root") != "/":
                found.append(line)
    return found


def start_endless_copy(source, variables):
    (source / "Containerfile").write_text("FROM scratch\nCOPY endless /\n")
    with open(source / "endless", "wb") as file:
        file.truncate(200 * 1024**3)  # without a block on the disk; what is copied of it until the signal is
    process = start("build-image", "--image", "127.0.0.1:1/app", "--no-push", env=variables, cwd=source)
    read_until(process, "STEP 2/")
    wait_for(lambda: containers(variables), "its working container")
    return process


def test_cancelled_in_a_copy_step(source, buildah_environment):
    process = start_endless_copy(source, buildah_environment)
    assert cancel(process).code == 143
    assert_nothing_left(source.parent, buildah_environment)


@ROOT_ONLY
def test_cancelled_with_something_mounted(source, buildah_environment, tmp_path):
    configuration = tmp_path / "overlay.conf"
    storage = tmp_path / "overlay"
    configuration.write_text(f'[storage]\ndriver = "overlay"\ngraphroot = "{storage}/graph"\nrunroot = "{storage}/run"\n')
    variables = {**buildah_environment, "CONTAINERS_STORAGE_CONF": str(configuration)}
    if subprocess.run(["buildah", "from", "--name", "probe", "scratch"], env={**os.environ, **variables}, capture_output=True).returncode != 0:
        pytest.skip("overlay does not work on this file system")
    try:
        process = start_endless_copy(source, variables)
        assert f"{storage}/graph/overlay/" in pathlib.Path("/proc/self/mountinfo").read_text()
        assert cancel(process).code == 143
        assert len(containers(variables)) == 1, "somebody else's container is touched"
        subprocess.run(["buildah", "rm", "probe"], env={**os.environ, **variables}, check=True, capture_output=True)
        assert_nothing_left(tmp_path, variables)
    finally:
        subprocess.run(["buildah", "rm", "--all"], env={**os.environ, **variables}, capture_output=True)
        subprocess.run(["umount", "--lazy", f"{storage}/graph/overlay"], capture_output=True)


def test_cancelled_beside_another_build(source, buildah_environment):
    first = start_endless_copy(source, buildah_environment)
    (other,) = containers(buildah_environment)
    second = start("build-image", "--image", "127.0.0.1:1/app", "--no-push", env=buildah_environment, cwd=source)
    wait_for(lambda: len(containers(buildah_environment)) == 2, "the second build's container")
    assert cancel(second).code == 143
    assert containers(buildah_environment) == [other]
    assert first.poll() is None
    assert cancel(first).code == 143
    assert_nothing_left(source.parent, buildah_environment)


def test_cancelled_in_a_push(start_registry, start_proxy, source, buildah_environment):
    registry = start_registry()
    proxy = start_proxy(registry.url)
    proxy.stall(path="/blobs/uploads")
    process = start("build-image", "--image", f"{proxy.host}/app", "--allow-insecure", "--json", env=buildah_environment, cwd=source)
    wait_for(lambda: any("/blobs/uploads" in request for request in proxy.requests), "the upload to begin")
    done = cancel(process)
    assert done.code == 143
    assert json.loads(done.out)["error"]["message"].startswith("cancelled")
    assert Client(registry).digest("app", "main") is None
    assert_nothing_left(source.parent, buildah_environment)
