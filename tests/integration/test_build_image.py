"""build-image with the real Buildah and a real registry: what ends up where."""

import base64
import json
import os
import pathlib
import shutil
import socket
import subprocess
import threading

import pytest

from images import Client, add_programs, git, make_source
from servers import Registry
from steps import run, start

pytestmark = pytest.mark.skipif(shutil.which("buildah") is None, reason="buildah is not installed")

TITLE = "org.opencontainers.image."


@pytest.fixture
def source(tmp_path):
    return make_source(tmp_path / "app")


@pytest.fixture
def protected(start_registry, certificates):
    """A registry with users and TLS, and a client that may read it."""
    registry = start_registry(credentials={"ci": "sesame-open"}, certificate=certificates.server)
    registry.client = Client(registry, "ci:sesame-open", certificates.authority)
    return registry


@pytest.fixture
def password(tmp_path):
    path = tmp_path / "password"
    path.write_text("sesame-open\n")
    return path


def leftovers(environment):
    """What a run may not leave: files in TMPDIR, working containers."""
    containers = subprocess.run(["buildah", "containers", "--quiet"], env={**os.environ, **environment}, capture_output=True, text=True)
    return sorted(os.listdir(environment["TMPDIR"])), containers.stdout


def test_pushes_to_a_protected_registry(protected, source, password, certificates, buildah_environment):
    done = run("build-image", ".", "--image", f"{protected.host}/team/app", "--ca-file", certificates.authority, "--registry-user", "ci",
               "--registry-password-file", password, "--labels", "team=a=b", "--annotations", "note=from a test", "--json",
               "--outputs-dir", "../out", "--dotenv", "../out.env", env=buildah_environment, cwd=source)
    assert done.code == 0, done.err
    commit, short = git(source, "rev-parse", "HEAD"), git(source, "rev-parse", "HEAD")[:7]
    digest = protected.client.digest("team/app", short)
    assert digest
    assert protected.client.digest("team/app", "main") == digest
    assert done.json["digest"] == digest
    assert done.json["image"] == f"{protected.host}/team/app@{digest}"
    assert done.json["tags"] == [f"{protected.host}/team/app:{short}", f"{protected.host}/team/app:{commit}", f"{protected.host}/team/app:main"]
    assert (done.json["immutable_tag"], done.json["version"], done.json["commit"]) == (short, short, commit)

    labels = protected.client.config("team/app", digest)["config"]["Labels"]
    assert labels["team"] == "a=b"
    assert labels[TITLE + "revision"] == commit
    assert labels[TITLE + "title"] == "app"
    assert labels[TITLE + "version"] == short
    assert subprocess.check_output(["date", "-u", "-d", labels[TITLE + "created"], "+%s"], text=True).strip() == git(source, "log", "-1", "--format=%ct")
    assert {name: value for name, value in labels.items() if not name.startswith("io.buildah")} == done.json["labels"]
    assert protected.client.manifest("team/app", digest)["annotations"]["note"] == "from a test"
    assert done.json["annotations"]["note"] == "from a test"
    assert done.json["annotations"][TITLE + "revision"] == commit

    out = source.parent / "out"
    assert (out / "immutable_tag").read_text().strip() == short
    assert (out / "digest").read_text().strip() == digest
    assert f"image={protected.host}/team/app@{digest}\n" in (source.parent / "out.env").read_text()
    assert leftovers(buildah_environment) == ([], "")


def test_prints_the_digest_and_nothing_else(start_registry, source, buildah_environment):
    registry = start_registry()
    done = run("build-image", "--image", f"{registry.host}/app", "--allow-insecure", env=buildah_environment, cwd=source)
    assert done.code == 0, done.err
    assert done.out == Client(registry).digest("app", "main") + "\n"
    assert "STEP 1/" in done.err


def test_everything_from_gitlab(protected, source, certificates, buildah_environment):
    commit = git(source, "rev-parse", "HEAD")
    gitlab = {"GITLAB_CI": "true", "CI_COMMIT_SHA": commit, "CI_COMMIT_SHORT_SHA": commit[:8], "CI_COMMIT_TAG": "v1.4.0", "CI_PIPELINE_SOURCE": "push",
              "CI_COMMIT_TIMESTAMP": "2026-11-24T15:00:00+01:00", "CI_PROJECT_URL": "https://gitlab.example.com/team/app", "CI_PROJECT_DIR": str(source),
              "CI_REGISTRY": protected.host, "CI_REGISTRY_IMAGE": f"{protected.host}/team/app", "CI_REGISTRY_USER": "ci",
              "CI_REGISTRY_PASSWORD": "sesame-open", "SLIPWAY_CA_FILE": str(certificates.authority)}
    done = run("build-image", "--build-arg", f"COMMIT={commit}", "--outputs-dir", "image", env={**buildah_environment, **gitlab}, cwd=source)
    assert done.code == 0, done.err
    assert (source / "image" / "immutable_tag").read_text().strip() == "v1.4.0"
    assert protected.client.digest("team/app", "v1.4.0") == protected.client.digest("team/app", commit[:8]) == done.out.strip()
    labels = protected.client.config("team/app", "v1.4.0")["config"]["Labels"]
    assert labels[TITLE + "created"] == "2026-11-24T14:00:00Z"
    assert labels[TITLE + "source"] == labels[TITLE + "url"] == "https://gitlab.example.com/team/app"
    assert "sesame-open" not in done.err
    assert "section_start:" in done.err


def test_an_auth_file_and_a_private_base_image(protected, source, certificates, buildah_environment, tmp_path):
    """The base image needs the same credentials, and a second registry gets none of them."""
    auth = tmp_path / "auth.json"
    auth.write_text(json.dumps({"auths": {protected.host: {"auth": base64.b64encode(b"ci:sesame-open").decode()}}}))
    settings = ("--ca-file", certificates.authority, "--image", f"{protected.host}/team/app")
    base = run("build-image", *settings, "--tags", "base", env={**buildah_environment, "REGISTRY_AUTH_FILE": str(auth)}, cwd=source)
    assert base.code == 0, base.err
    subprocess.run(["buildah", "rmi", "--all", "--force"], env={**os.environ, **buildah_environment}, check=True, capture_output=True)
    (source / "Containerfile").write_text(f"FROM {protected.host}/team/app:base\nCOPY Containerfile /\n")
    done = run("build-image", *settings, "--tags", "derived", "--authfile", auth, env=buildah_environment, cwd=source)
    assert done.code == 0, done.err
    assert len(protected.client.manifest("team/app", "derived")["layers"]) == 2
    assert "the checkout has 1 change that no commit has" in done.err


def test_a_client_certificate(source, certificates, buildah_environment, tmp_path):
    class Strict(Registry):
        def _configure(self):
            super()._configure()
            path = self.folder / "config.yml"
            path.write_text(path.read_text().replace("key: ", f"clientcas: [{certificates.authority}], key: "))

        def _ready(self):
            with socket.create_connection(("127.0.0.1", self.port)):
                return True

    with Strict(tmp_path / "strict", certificate=certificates.server) as registry:
        settings = ("--image", f"{registry.host}/app", "--ca-file", certificates.authority)
        without = run("build-image", *settings, env=buildah_environment, cwd=source)
        assert without.code == 3
        assert "certificate required" in without.err or "bad certificate" in without.err
        done = run("build-image", *settings, "--client-cert", certificates.client.certificate, "--client-key", certificates.client.key,
                   env=buildah_environment, cwd=source)
        assert done.code == 0, done.err
        assert "cannot be asked" not in done.err


def test_without_a_push_the_image_stays_here(source, buildah_environment):
    done = run("build-image", "--image", "app", "--no-push", "--json", env=buildah_environment, cwd=source)
    assert done.code == 0, done.err
    assert done.json["digest"] is None and done.json["image"] is None
    images = subprocess.run(["buildah", "images", "--json"], env={**os.environ, **buildah_environment}, check=True, capture_output=True, text=True)
    (image,) = json.loads(images.stdout)
    assert len(done.json["image_id"]) == 64 and done.json["image_id"].startswith(image["id"])
    assert sorted(image["names"]) == sorted(done.json["tags"])
    assert leftovers(buildah_environment) == ([], "")


def test_a_fixed_date_gives_the_same_image_again(start_registry, source, buildah_environment):
    registry = start_registry()
    digests = set()
    for number in range(2):
        (source / "hello").touch()
        done = run("build-image", "--image", f"{registry.host}/app{number}", "--labels", f"{TITLE}title=app", "--allow-insecure",
                   env={**buildah_environment, "SOURCE_DATE_EPOCH": "1700000000"}, cwd=source)
        assert done.code == 0, done.err
        digests.add(done.out)
    assert len(digests) == 1
    config = Client(registry).config("app1", "main")
    assert config["created"] == config["config"]["Labels"][TITLE + "created"] == "2023-11-14T22:13:20Z"


def test_build_arguments_targets_and_another_file(start_registry, source, buildah_environment):
    registry = start_registry()
    (source / "other.file").write_text("ARG FIRST\nFROM scratch AS one\nARG FIRST\nARG SECOND\nENV FIRST=$FIRST SECOND=$SECOND\nFROM scratch\nCOPY hello /\n")
    done = run("build-image", source, "--file", "other.file", "--target", "one", "--build-arg", "FIRST=a b", "--build-arg", "SECOND", "--image",
               f"{registry.host}/app", "--platform", "linux/arm64", "--allow-insecure", env={**buildah_environment, "SECOND": "two"})
    assert done.code == 0, done.err
    config = Client(registry).config("app", "main")
    assert config["architecture"] == "arm64"
    assert {"FIRST=a b", "SECOND=two"} <= set(config["config"]["Env"])


def test_a_cache_mount_outlives_the_run(start_registry, source, buildah_environment):
    registry = start_registry()
    add_programs(source, "sh")
    (source / "Containerfile").write_text("FROM scratch\nCOPY root /\nRUN --mount=type=cache,target=/cache echo built >> /cache/count\n"
                                          "RUN --mount=type=cache,target=/cache while read l; do echo cache $l; done < /cache/count\n")
    for number in (1, 2):
        done = run("build-image", "--image", f"{registry.host}/app", "--allow-insecure", env=buildah_environment, cwd=source)
        assert done.code == 0, done.err
        assert done.err.count("cache built") == number


def test_no_secret_in_any_command_line(protected, source, password, certificates, buildah_environment):
    wanted = [b"sesame-open", base64.b64encode(b"ci:sesame-open")]
    seen, samples, done = [], [], threading.Event()

    def sample():
        while not done.is_set():
            for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = path.read_bytes()
                except OSError:
                    continue
                if b"buildah\0push" in line:
                    samples.append(line)
                if any(secret in line for secret in wanted):
                    seen.append(line)

    thread = threading.Thread(target=sample)
    thread.start()
    process = start("build-image", "--image", f"{protected.host}/app", "--ca-file", certificates.authority, "--registry-user", "ci",
                    "--registry-password-file", password, "--tags", "a\nb\nc\nd", env=buildah_environment, cwd=source)
    out, err = process.communicate(timeout=120)
    done.set()
    thread.join()
    assert process.returncode == 0, err
    assert samples, "the sampler never saw a push"
    assert not seen
