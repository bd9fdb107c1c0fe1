"""build-image --scan with the real Buildah and a real registry: what a command finds, may do, and how it ends."""

import contextlib
import hashlib
import json
import os
import pathlib
import re
import urllib.error

import pytest

from conftest import needs
from hand_made_images import push_image, tar_layer
from images import Client, make_source
from servers import wait_for
from steps import cancel, run, start

pytestmark = needs("buildah")

FULL = os.environ.get("SLIPWAY_FULL") == "1"


@pytest.fixture
def source(tmp_path):
    return make_source(tmp_path / "app")


@pytest.fixture
def scan(start_registry, source, buildah_environment):
    """Builds, scans and pushes registry.host/app, without looking for the same content."""
    registry = start_registry()

    def run_it(command, *arguments, env=None):
        done = run("build-image", "--image", f"{registry.host}/app", "--no-skip", "--scan", command, "--allow-insecure", *arguments,
                   env={**buildah_environment, "SEEN": str(source.parent / "seen"), **(env or {})}, cwd=source)
        assert os.listdir(buildah_environment["TMPDIR"]) == []
        return done

    run_it.registry, run_it.seen, run_it.source, run_it.environment = registry, source.parent / "seen", source, buildah_environment
    return run_it


def pushed(registry):
    with contextlib.suppress(urllib.error.HTTPError):  # nothing was ever pushed
        with Client(registry).get("/v2/app/tags/list") as answer:
            return json.load(answer)["tags"]
    return []


def test_how_the_command_ends_decides(scan):
    for command, code, words in (
            ("exit 1", 1, "the scan refuses {name}: 'exit 1': exit code 1"),
            ("echo 'it'\"'\"'s \"quoted\"'\nexit 2", 1, "'echo 'it'\"'\"'s \"quoted\"' | exit 2': exit code 2"),
            ("exit 126", 3, "cannot scan {name}: 'exit 126': exit code 126"),
            ("nowhere --found", 3, "cannot scan {name}: 'nowhere --found': exit code 127"),
            ("kill -9 $$", 3, "cannot scan {name}: 'kill -9 $$': ended by signal 9"),
            ("sh -c 'kill -9 $$'; exit $?", 3, "exit code 137"),
            ("(", 1, "'(': exit code 2")):
        done = scan(command, "--json", "--tags", "1")
        assert done.code == code == done.json["exit_code"], done.err
        assert words.format(name=f"{scan.registry.host}/app:1") in done.json["error"]["message"]
        assert "STEP 1/" in done.err or "an earlier run built this image" in done.err
    assert "would scan it by: echo one | echo two\n" in scan("echo one\necho two", "--dry-run").out
    assert "the scanner must be" in scan("nowhere", "--json").json["error"]["hint"] and "memory" in scan("kill -9 $$", "--json").json["error"]["hint"]
    assert pushed(scan.registry) == []
    secret = {"SLIPWAY_BUILD_IMAGE_REGISTRY_USER": "ci", "SLIPWAY_BUILD_IMAGE_REGISTRY_PASSWORD": "sesame-open"}
    done = scan("echo sesame-open; curl --user ci:sesame-open; exit 4", env=secret)
    assert done.code == 1 and "curl --user ci:***; exit 4" in done.err and "sesame-open" not in done.err + done.out
    done = scan("echo '::error::found nothing'; exit 0", "--tags", "good", env={"GITHUB_ACTIONS": "true"})
    assert done.code == 0, done.err
    token = re.search(r"::group::scanning .*\n::stop-commands::(\w+)\n +::error::found nothing\n::(\w+)::\n", done.err)
    assert token and token[1] == token[2] and "good" in pushed(scan.registry)


LOOK = r"""
set -e
printf '%s\n' "$IMAGE_NAME" "$IMAGE_DIGEST" "$IMAGE_PLATFORM" "$(basename "$IMAGE_SPDX")" "$(basename "$IMAGE_CYCLONEDX")" >> "$SEEN"
cp -r "$IMAGE_LAYOUT" "$SEEN.$(echo "$IMAGE_PLATFORM" | tr / -)"
grep -q SPDX-2.3 "$IMAGE_SPDX" && grep -q CycloneDX "$IMAGE_CYCLONEDX"
"""


def test_what_the_command_finds(scan):
    host = scan.registry.host
    done = scan(LOOK, "--sbom", "--platform", "linux/amd64,linux/arm64", "--tags", "1", "--json")
    assert done.code == 0, done.err
    seen = scan.seen.read_text().split()
    digests = [one["digest"] for one in done.json["platforms"]]
    assert seen == [f"{host}/app:1", digests[0], "linux/amd64", "sbom.spdx.json", "sbom.cdx.json", f"{host}/app:1", digests[1], "linux/arm64", "sbom.spdx.json", "sbom.cdx.json"]
    for digest, platform in zip(digests, ("linux-amd64", "linux-arm64")):
        layout = scan.seen.with_name(f"seen.{platform}")
        entry, = json.loads((layout / "index.json").read_text())["manifests"]
        assert entry["digest"] == digest and f"{entry['platform']['os']}-{entry['platform']['architecture']}" == platform
        for blob in (layout / "blobs" / "sha256").iterdir():
            assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name
        assert (layout / "blobs" / "sha256" / digest[7:]).exists()
    # What the registry has is scanned before it gets a tag, and nothing is built for it.
    again = run("build-image", "--image", f"{host}/app", "--tags", "2", "--platform", "linux/amd64,linux/arm64", "--allow-insecure", "--scan", "exit 5", "--json",
                env=scan.environment, cwd=scan.source)
    assert again.code == 1 and "STEP" not in again.err and pushed(scan.registry).count("2") == 0


@pytest.mark.parametrize("command, code", [
    ("rm -rf $IMAGE_LAYOUT", 0),
    ("chmod -R a-w $IMAGE_LAYOUT; touch $IMAGE_LAYOUT/../cache", 0),
    ("for f in $IMAGE_LAYOUT/blobs/sha256/*; do mv $f $f.gz; echo other > $f; done", 0),
    ("for f in $IMAGE_LAYOUT/blobs/sha256/*; do echo more >> $f; done", 1),
    ("for f in $IMAGE_LAYOUT/blobs/sha256/*; do : > $f; done", 1),
    ("sleep 600 > /dev/null 2>&1 & exit 0", 0),
])
def test_what_the_command_may_do(scan, command, code):
    """The layout's files are those that are pushed, under other names."""
    done = scan(command, "--json")
    assert done.code == code, done.err
    if code != 0:
        assert "changed the image: it wrote to files below $IMAGE_LAYOUT/blobs" in done.json["error"]["message"] and pushed(scan.registry) == []
        return
    image = Client(scan.registry).manifest("app", done.json["digest"])
    for blob in (image["config"], *image["layers"]):
        with Client(scan.registry).get(f"/v2/app/blobs/{blob['digest']}") as answer:
            assert "sha256:" + hashlib.sha256(answer.read()).hexdigest() == blob["digest"]


def test_a_command_that_floods_the_log(scan):
    size = 100_000_000 if FULL else 5_000_000
    done = scan(f"yes 'line after line after line' | head -c {size}; exit 0")
    assert done.code == 0 and len(done.err) > size
    done = scan(f"head -c {size} /dev/zero | tr '\\0' x; exit 1", "--quiet", "--json")
    assert done.code == 1 and len(done.err) < 2000 and done.json["error"]


@pytest.mark.parametrize("command", ["echo hanging; sleep 600", "trap '' TERM INT; echo hanging; while :; do sleep 601; done"])
def test_cancelled_in_a_scan(start_registry, source, buildah_environment, command):
    registry = start_registry()
    process = start("build-image", "--image", f"{registry.host}/app", "--scan", command, "--allow-insecure", "--json", env=buildah_environment, cwd=source)
    assert any("hanging" in line for line in process.stderr)
    done = cancel(process)
    assert done.code == 143 == done.json["exit_code"]
    assert os.listdir(buildah_environment["TMPDIR"]) == [] and pushed(registry) == []

    def running():
        for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if b"IMAGE_LAYOUT=" + buildah_environment["TMPDIR"].encode() in path.read_bytes():
                    yield path

    wait_for(lambda: not list(running()), "the command to be gone", 5)


def test_an_image_that_is_joined_is_scanned(scan):
    image = push_image(scan.registry, "app", [tar_layer(("usr/bin/tool", b"x"))])
    refused = scan("tar --list --file $IMAGE_LAYOUT/blobs/sha256/*[0-9a-f] > /dev/null; exit 9", "--join", image["digest"], "--tags", "joined", "--json")
    assert refused.code == 1 and "exit code 9" in refused.json["error"]["message"] and pushed(scan.registry) == []
