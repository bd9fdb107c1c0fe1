"""build-image and a real registry: what is skipped, mounted, resumed, joined and put under which tag."""

import base64
import json
import os
import shutil
import subprocess
import time

import pytest

from images import Client, add_programs, git, make_source
from steps import cancel, run, start

pytestmark = pytest.mark.skipif(shutil.which("buildah") is None, reason="buildah is not installed")

REVISION = "org.opencontainers.image.revision"


@pytest.fixture
def source(tmp_path):
    return make_source(tmp_path / "app")


@pytest.fixture
def build(buildah_environment):
    """Builds a folder for a registry; the result has its JSON."""

    def run_step(folder, host, *arguments, code=0, image="app", **environment):
        done = run("build-image", folder, "--image", f"{host}/{image}", "--allow-insecure", "--json", *arguments,
                   env={**buildah_environment, **environment})
        assert done.code == code, done.err
        return done

    return run_step


def change(folder, name, content):
    (folder / name).write_text(content)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "A change")
    return git(folder, "rev-parse", "HEAD")


def uploads(proxy):
    return [line for line in proxy.requests if line.startswith(("PUT", "PATCH")) and "/blobs/uploads/" in line]


def test_unchanged_content_only_gets_tags(start_registry, start_proxy, source, build):
    registry = start_registry()
    proxy = start_proxy(registry.url)
    first = git(source, "rev-parse", "HEAD")
    built = build(source, proxy.host).json
    assert (built["skipped"], built["commit"]) == (False, first)
    second = change(source, "README", "not copied\n")
    proxy.requests.clear()
    again = build(source, proxy.host)
    assert (again.json["skipped"], again.json["commit"], again.json["digest"]) == (True, first, built["digest"])
    assert again.json["labels"][REVISION] == first
    assert "building" not in again.err and not uploads(proxy)
    assert not [line for line in proxy.requests if line.startswith("GET") and "/blobs/" in line and built["size_bytes"] > 5000]
    client = Client(registry)
    assert client.digest("app", second[:7]) == client.digest("app", "main") == built["digest"]
    assert client.digest("app", "slipway-" + built["key"]) == built["digest"]

    third = change(source, "hello", "changed\n")
    other = build(source, proxy.host).json
    assert (other["skipped"], other["commit"]) == (False, third)
    assert other["digest"] != built["digest"]
    assert build(source, proxy.host, "--no-skip").json["skipped"] is False
    assert build(source, proxy.host, "--skip-key-tag", "mine").json["skipped"] is False
    assert client.digest("app", "mine-" + other["key"])


def test_a_modified_checkout_leaves_no_key(start_registry, source, build):
    registry = start_registry()
    (source / "hello").write_text("not committed\n")
    built = build(source, registry.host).json
    assert Client(registry).digest("app", "slipway-" + built["key"]) is None
    assert build(source, registry.host).json["skipped"] is False


def test_two_builds_of_one_commit_have_one_digest(start_registry, tmp_path, source, build):
    """Another folder, another time, a RUN step that looks at the clock as it should."""
    registry = start_registry()
    add_programs(source, "sh")
    (source / "Containerfile").write_text('FROM scratch\nCOPY root /\nCOPY hello /\nRUN ["/bin/sh", "-c", "echo $SOURCE_DATE_EPOCH > /built"]\n')
    git(source, "add", ".")
    git(source, "commit", "--quiet", "--message", "With a shell")
    git(source, "clone", "--quiet", str(source), str(tmp_path / "clone" / "app"))
    one = build(source, registry.host).json
    time.sleep(1.1)
    git(tmp_path / "clone" / "app", "remote", "remove", "origin")
    two = build(tmp_path / "clone" / "app", registry.host, "--no-skip").json
    assert one["digest"] == two["digest"]


def test_a_base_image_is_mounted_not_uploaded(start_registry, start_proxy, tmp_path, source, build):
    registry = start_registry()
    (source / "hello").write_bytes(os.urandom(300_000))
    base = build(source, registry.host, "--tags", "1", image="base").json
    app = make_source(tmp_path / "service", f"FROM {registry.host}/base:1\nCOPY mine /mine\n", mine="x\n")
    proxy = start_proxy(registry.url)
    (app / "Containerfile").write_text(f"FROM {proxy.host}/base:1\nCOPY mine /mine\n")
    git(app, "commit", "--quiet", "--all", "--message", "Through the proxy")
    proxy.requests.clear()
    built = build(app, proxy.host, image="team/service").json
    assert any("mount=" in line for line in proxy.requests)
    assert len(uploads(proxy)) == 2  # its own layer and the configuration
    client = Client(registry)
    layers = [layer["digest"] for layer in client.manifest("team/service", built["digest"])["layers"]]
    assert layers[0] == client.manifest("base", base["digest"])["layers"][0]["digest"]
    assert client.manifest("team/service", built["digest"])["annotations"]["org.opencontainers.image.base.name"] == f"{proxy.host}/base:1"


def test_a_base_image_of_another_registry_comes_along(start_registry, tmp_path, source, build):
    there, here = start_registry(), start_registry()
    (source / "hello").write_bytes(os.urandom(100_000))
    build(source, there.host, "--tags", "1", image="base")
    app = make_source(tmp_path / "service", f"FROM {there.host}/base:1\nCOPY mine /mine\n", mine="x\n")
    built = build(app, here.host).json
    client = Client(here)
    for layer in client.manifest("app", built["digest"])["layers"]:
        assert client.get(f"/v2/app/blobs/{layer['digest']}").status == 200


def test_further_repositories_get_the_same_image(start_registry, start_proxy, source, build):
    registry = start_registry()
    proxy = start_proxy(registry.url)
    built = build(source, proxy.host, "--image", f"{proxy.host}/other/app", "--image", f"{proxy.host}/third:extra").json
    client = Client(registry)
    assert client.digest("other/app", "main") == client.digest("third", "extra") == built["digest"]
    assert len(uploads(proxy)) == 2
    # Also when it was found and not built.
    proxy.requests.clear()
    assert build(source, proxy.host, "--image", f"{proxy.host}/fourth").json["skipped"] is True
    assert client.digest("fourth", "main") == built["digest"]
    assert not uploads(proxy)


def test_a_complete_version_stays_what_it_is(start_registry, source, build):
    registry = start_registry()
    first = build(source, registry.host, "--tags", "1.2.3\nlatest").json["digest"]
    change(source, "hello", "changed\n")
    refused = build(source, registry.host, "--tags", "1.2.3\nlatest", code=1)
    assert f"cannot push {registry.host}/app:1.2.3: it names {first} already" in refused.err
    client = Client(registry)
    assert client.digest("app", "1.2.3") == client.digest("app", "latest") == first
    moved = build(source, registry.host, "--tags", "1.2.3\nlatest", "--overwrite").json["digest"]
    assert client.digest("app", "1.2.3") == moved != first


def test_latest_stays_when_the_remote_has_a_newer_version(start_registry, tmp_path, source, build):
    """The checkout of a CI has depth 1 and no tags; the remote has them all."""
    registry = start_registry()
    git(source, "tag", "v2.0.0")
    git(source, "tag", "v1.9.5")
    clone = tmp_path / "clone"
    git(source, "clone", "--quiet", "--depth", "1", "--no-tags", f"file://{source}", str(clone))
    job = {"GITLAB_CI": "true", "CI_COMMIT_SHA": git(source, "rev-parse", "HEAD"), "CI_COMMIT_TAG": "v1.9.5"}
    rules = "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}"
    done = build(clone, registry.host, "--tags", rules, **job)
    assert done.json["tags"] == [f"{registry.host}/app:1.9.5", f"{registry.host}/app:1.9"]
    assert "latest stays where it is: v2.0.0 is newer than 1.9.5" in done.err
    newest = build(clone, registry.host, "--tags", rules, **{**job, "CI_COMMIT_TAG": "v2.0.0"})
    assert f"{registry.host}/app:latest" in newest.json["tags"]
    # Without the remote, the registry's tags say it.
    git(clone, "remote", "set-url", "origin", "file:///nowhere")
    assert f"{registry.host}/app:latest" not in build(clone, registry.host, "--tags", rules, **job).json["tags"]


def test_several_platforms_are_one_index(start_registry, source, build):
    registry = start_registry()
    built = build(source, registry.host, "--platform", "linux/amd64,linux/arm64", "--annotations", "index:note=both").json
    client = Client(registry)
    with client.get(f"/v2/app/manifests/{built['digest']}", Accept="application/vnd.oci.image.index.v1+json") as answer:
        index = json.load(answer)
    assert [entry["platform"]["architecture"] for entry in index["manifests"]] == ["amd64", "arm64"]
    assert index["annotations"]["note"] == "both"
    assert client.config("app", index["manifests"][1]["digest"])["architecture"] == "arm64"
    assert built["platforms"][1] == {"platform": "linux/arm64", "digest": index["manifests"][1]["digest"]}
    assert build(source, registry.host, "--platform", "linux/amd64,linux/arm64").json["skipped"] is True
    pulled = subprocess.run(["buildah", "pull", "--tls-verify=false", "--quiet", "--arch", "arm64", f"{registry.host}/app@{built['digest']}"],
                            env={**os.environ, "STORAGE_DRIVER": "vfs"}, capture_output=True, text=True)
    assert pulled.returncode == 0, pulled.stderr
    subprocess.run(["buildah", "rmi", pulled.stdout.strip()], env={**os.environ, "STORAGE_DRIVER": "vfs"}, check=True, capture_output=True)


def test_platforms_of_separate_runners_are_joined(start_registry, source, build):
    registry = start_registry()
    parts = [build(source, registry.host, "--platform", f"linux/{arch}", "--push-by-digest").json for arch in ("amd64", "arm64")]
    client = Client(registry)
    with client.get("/v2/app/tags/list") as answer:
        assert all(tag.startswith("slipway-") for tag in json.load(answer)["tags"])
    joined = build(source, registry.host, *(f"--join={part['digest']}" for part in parts)).json
    assert client.digest("app", "main") is not None or joined["digest"]
    with client.get(f"/v2/app/manifests/main", Accept="application/vnd.oci.image.index.v1+json") as answer:
        assert [entry["digest"] for entry in json.load(answer)["manifests"]] == [part["digest"] for part in parts]
    assert joined["commit"] == git(source, "rev-parse", "HEAD")
    refused = build(source, registry.host, f"--join={parts[0]['digest']}", f"--join={parts[0]['digest']}", "--tags", "x")
    assert refused.json["digest"]  # the same one twice is one


def test_secrets_reach_the_step_and_nothing_else(start_registry, tmp_path, source, build, buildah_environment):
    registry = start_registry()
    add_programs(source, "sh", "cat")
    value = "first line of the secret\nsecond line of the secret"
    (tmp_path / "netrc").write_text("password-in-a-file")
    (source / "Containerfile").write_text(
        "FROM scratch\nCOPY root /\n"
        'RUN --mount=type=secret,id=token --mount=type=secret,id=netrc ["/bin/sh", "-c", "cat /run/secrets/token /run/secrets/netrc; cat /run/secrets/token > /dev/null && echo it was there > /proof"]\n')
    git(source, "add", ".")
    git(source, "commit", "--quiet", "--message", "With secrets")
    missing = build(source, registry.host, "--secret", "id=token,env=TOKEN", code=2)
    assert "no value for the secret token: the variable TOKEN is not set, or empty" in missing.err
    assert "mounts the secret 'netrc', and --secret gives none of that name" in missing.err
    done = build(source, registry.host, "--secret", "id=token,env=TOKEN", "--secret", f"id=netrc,src={tmp_path}/netrc", TOKEN=value)
    for text in ("line of the secret", "password-in-a-file"):
        assert text not in done.err + done.out
    for folder, _, files in os.walk(registry.folder):
        for name in files:
            content = (os.path.join(folder, name))
            with open(content, "rb") as file:
                assert b"line of the secret" not in file.read()


def test_a_failed_push_loses_no_build(start_registry, start_proxy, source, build):
    registry = start_registry()
    proxy = start_proxy(registry.url)
    proxy.answer(400, path="/manifests/", times=-1)
    failed = build(source, proxy.host, "--no-skip", code=3)
    assert "building" in failed.err
    proxy.clear()
    done = build(source, proxy.host)
    assert "an earlier run built this image and could not push it" in done.err
    assert "STEP" not in done.err
    assert Client(registry).digest("app", "main") == done.json["digest"]


@pytest.mark.parametrize("fault", [
    lambda proxy: proxy.answer(429, headers={"Retry-After": "1"}, path="/blobs/uploads/", times=3),
    lambda proxy: proxy.answer(500, path="/blobs/uploads/", times=3),
    lambda proxy: proxy.answer(503, headers={"Retry-After": "1"}, path="/manifests/", times=2),
    lambda proxy: proxy.reset(path="/blobs/uploads/", times=2),
    lambda proxy: proxy.swallow(path="/blobs/uploads/", times=2),
    lambda proxy: proxy.cut(after=3, path="/manifests/", times=2),
], ids=["429", "500", "503", "reset", "swallow", "cut"])
def test_faults_that_pass(fault, start_registry, start_proxy, source, build):
    registry = start_registry()
    proxy = start_proxy(registry.url)
    (source / "hello").write_bytes(os.urandom(2_000_000))
    git(source, "commit", "--quiet", "--all", "--message", "Larger")
    fault(proxy)
    done = build(source, proxy.host, "--no-skip")
    client = Client(registry)
    assert client.digest("app", "main") == done.json["digest"]
    for layer in client.manifest("app", "main")["layers"]:
        with client.get(f"/v2/app/blobs/{layer['digest']}") as answer:
            assert len(answer.read()) == layer["size"]


def test_a_cancelled_push_leaves_nothing(start_registry, start_proxy, source, build, buildah_environment):
    registry = start_registry()
    proxy = start_proxy(registry.url)
    proxy.stall(path="/manifests/main")
    process = start("build-image", source, "--image", f"{proxy.host}/app", "--allow-insecure", "--no-skip", env=buildah_environment)
    deadline = time.monotonic() + 60
    while not any("/manifests/main" in line for line in proxy.requests):
        assert time.monotonic() < deadline and process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    done = cancel(process)
    assert done.code == 143
    assert os.listdir(buildah_environment["TMPDIR"]) == []


def test_push_permission_is_asked_for_before_the_build(start_registry, source, build, certificates, buildah_environment):
    registry = start_registry(credentials={"ci": "sesame-open"})
    done = build(source, registry.host, code=3)
    assert "building" not in done.err
    assert f"no credentials are known for {registry.host}" in done.err


def test_a_credential_helper_and_a_store(start_registry, tmp_path, source, build, buildah_environment):
    registry = start_registry(credentials={"ci": "sesame-open"})
    programs = tmp_path / "programs"
    programs.mkdir()
    helper = programs / "docker-credential-test"
    helper.write_text('#!/bin/sh\nread server\n[ "$1" = get ] && [ "$server" = ' + registry.host + ' ] || { echo "credentials not found in native keychain"; exit 1; }\n'
                      'echo \'{"Username": "ci", "Secret": "sesame-open"}\'\n')
    helper.chmod(0o755)
    for config in ({"credHelpers": {registry.host: "test"}}, {"auths": {registry.host: {}}, "credsStore": "test"}):
        auth = tmp_path / "config.json"
        auth.write_text(json.dumps(config))
        done = build(source, registry.host, "--authfile", auth, "--no-skip", PATH=f"{programs}:{os.environ['PATH']}")
        assert "sesame" not in done.err
        # The base image of this one needs Buildah to know them, too.
        app = make_source(tmp_path / f"service-{len(config)}", f"FROM {registry.host}/app:main\nCOPY mine /mine\n", mine="x\n")
        build(app, registry.host, "--authfile", auth, "--no-skip", PATH=f"{programs}:{os.environ['PATH']}", image="service")
    auth.write_text(json.dumps({"credHelpers": {registry.host: "absent"}}))
    assert "docker-credential-absent" in build(source, registry.host, "--authfile", auth, code=3).err


def test_a_mirror_is_asked_first(start_registry, start_proxy, tmp_path, source, build):
    there, here = start_registry(), start_registry()
    build(source, there.host, "--tags", "1", image="hub/base")
    app = make_source(tmp_path / "service", "FROM nowhere.example.com/base:1\nCOPY mine /mine\n", mine="x\n")
    mirror = start_proxy(there.url)
    done = build(app, here.host, "--mirror", f"nowhere.example.com={mirror.host}/hub")
    assert any("/v2/hub/base/" in line for line in mirror.requests)
    assert done.json["digest"]
    assert build(app, here.host, "--mirror", f"nowhere.example.com={mirror.host}/hub").json["skipped"] is True


def test_two_at_once_push_one_image(start_registry, source, build, buildah_environment):
    registry = start_registry()
    processes = [start("build-image", source, "--image", f"{registry.host}/app", "--allow-insecure", "--no-skip", env=buildah_environment) for _ in range(2)]
    results = [process.communicate(timeout=100) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], results
    assert results[0][0] == results[1][0] == Client(registry).digest("app", "main") + "\n"


def test_a_layer_cache_in_the_registry(start_registry, tmp_path, source, buildah_environment):
    """Needs overlay, for which the storage must lie on a real file system."""
    storage = tmp_path / "overlay.conf"
    storage.write_text(f'[storage]\ndriver = "overlay"\ngraphroot = "{tmp_path}/overlay/graph"\nrunroot = "{tmp_path}/overlay/run"\n')
    environment = {**buildah_environment, "CONTAINERS_STORAGE_CONF": str(storage)}
    if subprocess.run(["buildah", "info"], env={**os.environ, **environment}, capture_output=True).returncode != 0:
        pytest.skip("overlay is not possible here")
    registry = start_registry()
    add_programs(source, "sh", "date")
    (source / "Containerfile").write_text('FROM scratch\nCOPY root /\nRUN ["/bin/sh", "-c", "date > /when"]\nCOPY hello /\n')
    git(source, "add", ".")
    git(source, "commit", "--quiet", "--message", "With a slow step")
    arguments = ["--image", f"{registry.host}/app", "--allow-insecure", "--no-skip", "--cache-from", f"{registry.host}/cache", "--cache-to", f"{registry.host}/cache"]
    try:
        first = run("build-image", source, *arguments, env=environment)
        assert first.code == 0, first.err
        change(source, "hello", "changed\n")
        subprocess.run(["buildah", "rmi", "--all", "--force"], env={**os.environ, **environment}, capture_output=True)
        second = run("build-image", source, *arguments, env=environment)
        assert second.code == 0, second.err
        assert "Using cache" in second.err or "Cache pulled" in second.err
    finally:
        own = ["buildah", "--root", f"{tmp_path}/overlay/graph", "--runroot", f"{tmp_path}/overlay/run", "--storage-driver", "overlay"]
        subprocess.run([*own, "rm", "--all"], capture_output=True)
        subprocess.run([*own, "rmi", "--all", "--force"], capture_output=True)
        subprocess.run(["umount", f"{tmp_path}/overlay/graph/overlay"], capture_output=True)
