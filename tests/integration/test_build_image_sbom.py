"""build-image --sbom, --provenance and --show with the real Buildah and a real registry: what is attached to what, and when."""

import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest

from conftest import needs
from hand_made_images import CONFIG, GZIP, INDEX, MANIFEST, TAR, Layer, attach, digest_of, push_blob, push_config, push_image, push_manifest, tar_layer
from images import Client, add_programs, git, make_source
from servers import wait_for
from steps import run, start

pytestmark = needs("buildah")

SPDX, CYCLONEDX, STATEMENT = "application/spdx+json", "application/vnd.cyclonedx+json", "application/vnd.in-toto+json"
FULL = os.environ.get("SLIPWAY_FULL") == "1"
ALL = ("--sbom", "--provenance")


def node_package(root, folder, name, version="1.0.0"):
    path = root / folder / "node_modules" / name / "package.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"name": name, "version": version}))


@pytest.fixture
def source(tmp_path):
    """Of an image with one package."""
    folder = make_source(tmp_path / "app", "FROM scratch\nCOPY root /\n")
    node_package(folder / "root", "opt", "first")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "A package")
    return folder


@pytest.fixture
def build(source, buildah_environment):
    """Runs build-image in the source's folder; it has to succeed unless `code` says what to expect."""

    def run_it(*arguments, code=0, env=None, cwd=source):
        done = run("build-image", *arguments, "--allow-insecure", "--json", env={**buildah_environment, **(env or {})}, cwd=cwd)
        assert done.code == code, done.err
        assert os.listdir(buildah_environment["TMPDIR"]) == []
        return done

    return run_it


def attached(registry, repository, digest):
    """Types and digests of what a registry without the referrers API lists for a manifest."""
    try:
        with Client(registry).get(f"/v2/{repository}/manifests/{digest.replace(':', '-')}", Accept=INDEX) as answer:
            return sorted((entry["artifactType"], entry["digest"]) for entry in json.load(answer)["manifests"])
    except urllib.error.HTTPError as error:
        assert error.code == 404
        return []


def forget(registry, repository, digest):
    """Deletes the list; the documents stay."""
    with Client(registry).get(f"/v2/{repository}/manifests/{digest.replace(':', '-')}", Accept=INDEX) as answer:
        index = answer.headers["Docker-Content-Digest"]
    urllib.request.urlopen(urllib.request.Request(f"{registry.url}/v2/{repository}/manifests/{index}", method="DELETE"), timeout=20).close()


def kinds(entries):
    return [kind for kind, _ in entries]


def packages_in(spdx):
    """"name@version" of what a package manager installed."""
    urls = [reference["referenceLocator"] for package in spdx["packages"] for reference in package.get("externalRefs", ())]
    return {urllib.parse.unquote(re.sub(r"^pkg:\w+/|\?.*", "", url)) for url in urls if not url.startswith("pkg:oci/")}


def shown(build, image, what="sbom", *arguments, **options):
    return build("--show", what, image, *arguments, **options).json


def test_documents_change_nothing_and_are_those_of_the_build(start_registry, build, tmp_path):
    registry = start_registry()
    host, file, again = registry.host, tmp_path / "attestations", tmp_path / "again"
    plain = build("--image", f"{host}/plain/app").json
    full = build("--image", f"{host}/full/app", *ALL, "--no-skip", "--attestations", file, "--spdx-file", tmp_path / "spdx", "--provenance-file", tmp_path / "provenance").json
    digest = full["digest"]
    assert digest == plain["digest"] and attached(registry, "plain/app", digest) == [] and plain["attestations"] == []
    documents = attached(registry, "full/app", digest)
    assert kinds(documents) == [SPDX, CYCLONEDX, STATEMENT]
    assert sorted(one["manifest"] for one in full["attestations"]) == sorted(manifest for _, manifest in documents)
    statements = [json.loads(line) for line in file.read_text().splitlines()]
    assert all(statement["subject"] == [{"name": f"{host}/full/app", "digest": {"sha256": digest[7:]}}] for statement in statements)
    assert statements[0]["predicate"] == json.loads((tmp_path / "spdx").read_text()) and packages_in(statements[0]["predicate"]) == {"first@1.0.0"}
    assert statements[2] == json.loads((tmp_path / "provenance").read_text())
    # Found again.
    skipped = build("--image", f"{host}/full/app", *ALL, "--attestations", again, "--cyclonedx-file", tmp_path / "cyclonedx").json
    assert skipped["skipped"] and skipped["attestations"] == full["attestations"] and again.read_bytes() == file.read_bytes()
    assert json.loads((tmp_path / "cyclonedx").read_text()) == statements[1]["predicate"]
    # Built again: its SBOM is there.
    rebuilt = build("--image", f"{host}/full/app", "--sbom", "--no-skip").json
    assert not rebuilt["skipped"] and attached(registry, "full/app", digest) == documents
    # What somebody has lost is made again from the registry's layers, and is the same.
    forget(registry, "full/app", digest)
    assert attached(registry, "full/app", digest) == []
    assert build("--image", f"{host}/full/app", "--sbom").json["skipped"] and attached(registry, "full/app", digest) == documents
    # When an image was built that has no provenance, nobody knows.
    added = build("--image", f"{host}/plain/app", *ALL, "--attestations", again).json
    assert added["skipped"] and kinds(attached(registry, "plain/app", digest)) == [SPDX, CYCLONEDX, STATEMENT]
    late = [json.loads(line) for line in again.read_text().splitlines()]
    assert packages_in(late[0]["predicate"]) == {"first@1.0.0"}
    assert late[2]["predicate"]["buildDefinition"]["internalParameters"]["builtBefore"] is True and "startedOn" not in again.read_text()
    assert shown(build, f"{host}/full/app:main")["sbom"]["spdx"] == statements[0]["predicate"]
    assert shown(build, f"{host}/full/app:main", "provenance")["provenance"] == [statements[2]]


def test_each_destination_has_all_of_them(start_registry, build, tmp_path):
    one, two = start_registry(), start_registry()
    images = ("--image", f"{one.host}/team/app", "--image", f"{two.host}/other/app")
    first = build(*images, *ALL).json
    assert attached(one, "team/app", first["digest"]) == attached(two, "other/app", first["digest"]) and len(first["attestations"]) == 3
    found = build(*images, "--image", f"{one.host}/third/app", *ALL).json
    assert found["skipped"] and found["attestations"] == first["attestations"]
    for registry, name in ((one, "team/app"), (two, "other/app"), (one, "third/app")):
        assert sorted(manifest for _, manifest in attached(registry, name, first["digest"])) == sorted(entry["manifest"] for entry in first["attestations"])


def test_several_platforms_and_those_that_are_joined(start_registry, source, build, tmp_path):
    registry = start_registry()
    host = registry.host
    (source / "Containerfile").write_text("FROM scratch\nARG TARGETARCH\nCOPY root /\nCOPY for-$TARGETARCH /\n")
    for architecture in ("amd64", "arm64"):
        node_package(source / f"for-{architecture}", "opt", f"only-{architecture}")
    git(source, "add", ".")
    git(source, "commit", "--quiet", "--message", "Two platforms")
    both = build("--image", f"{host}/app", "--platform", "linux/amd64,linux/arm64", *ALL, "--attestations", tmp_path / "attestations").json
    index = both["digest"]
    assert kinds(attached(registry, "app", index)) == [STATEMENT]
    for one in both["platforms"]:
        assert kinds(attached(registry, "app", one["digest"])) == [SPDX, CYCLONEDX]
        architecture = one["platform"].split("/")[1]
        answer = shown(build, f"{host}/app:main", "sbom", "--platform", one["platform"], "--spdx-file", tmp_path / "spdx")
        assert packages_in(answer["sbom"]["spdx"]) == {"first@1.0.0", f"only-{architecture}@1.0.0"} and answer["platform"] == one["platform"]
        assert json.loads((tmp_path / "spdx").read_text()) == answer["sbom"]["spdx"]
    statement, = shown(build, f"{host}/app:main", "provenance")["provenance"]
    assert {subject["digest"]["sha256"] for subject in statement["subject"]} == {digest[7:] for digest in (index, *(one["digest"] for one in both["platforms"]))}
    assert len((tmp_path / "attestations").read_text().splitlines()) == 5
    assert "linux/amd64, linux/arm64" in shown(build, f"{host}/app:main", "sbom", "--platform", "linux/s390x", code=1)["error"]["hint"]
    assert "--attestations" in build("--image", f"{host}/app", "--platform", "linux/amd64,linux/arm64", "--sbom", "--spdx-file", "x", code=2).json["error"]["hint"]

    # One job for each, and one that joins them.
    parts = [build("--image", f"{host}/joined", "--labels", "org.opencontainers.image.title=app", "--platform", one["platform"], "--push-by-digest", *more).json["digest"]
             for one, more in zip(both["platforms"], (["--sbom"], []))]
    before = attached(registry, "joined", parts[0])
    assert parts == [one["digest"] for one in both["platforms"]] and kinds(before) == [SPDX, CYCLONEDX]
    joined = build("--image", f"{host}/joined", "--join", parts[0], "--join", parts[1], *ALL).json
    assert attached(registry, "joined", parts[0]) == before and kinds(attached(registry, "joined", parts[1])) == [SPDX, CYCLONEDX]
    assert kinds(attached(registry, "joined", joined["digest"])) == [STATEMENT] and len(joined["attestations"]) == 5
    statement, = shown(build, f"{host}/joined:main", "provenance")["provenance"]
    assert statement["predicate"]["buildDefinition"]["externalParameters"]["joined"] == parts
    assert {entry["digest"]["sha256"] for entry in statement["predicate"]["buildDefinition"]["resolvedDependencies"] if "sha256" in entry["digest"]} == {part[7:] for part in parts}


CHANGES = """\
FROM {base}
RUN rm -r /opt/removed && rm -r /opt/becomes-file && echo > /opt/becomes-file \\
 && rm -r /opt/opaque && mkdir -p /opt/opaque/node_modules/shown && echo '{{"name":"shown","version":"1.0.0"}}' > /opt/opaque/node_modules/shown/package.json
RUN echo '{{"name":"replaced","version":"2.0.0"}}' > /opt/node_modules/replaced/package.json \\
 && mkdir -p /opt/links/node_modules/linked /opt/links/node_modules/from-below /store \\
 && echo '{{"name":"linked","version":"1.0.0"}}' > /store/0af1 && ln /store/0af1 /opt/links/node_modules/linked/package.json \\
 && ln /opt/below /opt/links/node_modules/from-below/package.json
RUN mkdir -p /srv/real-1.0.dist-info /usr/lib/python3/dist-packages && echo 'Name: real' > /srv/real-1.0.dist-info/METADATA \\
 && echo 'Version: 1.0' >> /srv/real-1.0.dist-info/METADATA && ln -s /srv/real-1.0.dist-info /usr/lib/python3/dist-packages/real-1.0.dist-info
"""


@pytest.mark.parametrize("driver", ["vfs", pytest.param("overlay", marks=pytest.mark.skipif(os.geteuid() != 0, reason="overlay without fuse needs root"))])
def test_what_later_layers_do_to_those_below(start_registry, source, build, tmp_path, driver):
    registry = start_registry()
    add_programs(source, "sh", "rm", "mkdir", "ln")
    root = source / "root"
    for folder, name in (("opt/removed", "removed"), ("opt/becomes-file", "under-file"), ("opt/opaque", "hidden"), ("opt", "replaced"), ("opt", "stays")):
        node_package(root, folder, name)
    (root / "opt" / "below").write_text('{"name": "from-below", "version": "1.0.0"}')
    build("--image", f"{registry.host}/bases/linux", "--tags", "1")
    (source / "Containerfile").write_text(CHANGES.format(base=f"{registry.host}/bases/linux:1"))
    git(source, "add", ".")
    git(source, "commit", "--quiet", "--message", "Changes")
    configuration = tmp_path / f"{driver}.conf"
    storage = tmp_path / driver
    configuration.write_text(f'[storage]\ndriver = "{driver}"\ngraphroot = "{storage}/graph"\nrunroot = "{storage}/run"\n')
    variables = {"CONTAINERS_STORAGE_CONF": str(configuration)}
    if subprocess.run(["buildah", "from", "--name", "probe", "scratch"], env={**os.environ, **variables}, capture_output=True).returncode != 0:
        pytest.skip(f"{driver} does not work on this file system")
    subprocess.run(["buildah", "rm", "probe"], env={**os.environ, **variables}, check=True, capture_output=True)
    wanted = {f"{name}@1.0.0" for name in ("first", "stays", "shown", "linked", "from-below")} | {"replaced@2.0.0", "real@1.0"}
    more = ("--layers",) if driver == "overlay" else ()
    try:
        kept = build("--image", "app", "--no-push", "--sbom", "--spdx-file", tmp_path / "kept", *more, env=variables)
        assert packages_in(json.loads((tmp_path / "kept").read_text())) == wanted, kept.err
        assert kept.json["attestations"] == []
        if driver == "vfs":
            return
        pushed = build("--image", f"{registry.host}/team/app", *more, env=variables).json
        # Its base image's layers are in this repository, and nowhere here.
        found = build("--image", f"{registry.host}/team/app", "--sbom", "--spdx-file", tmp_path / "found", env=variables).json
        assert found["digest"] == pushed["digest"] and kinds(attached(registry, "team/app", found["digest"])) == [SPDX, CYCLONEDX]
        assert packages_in(json.loads((tmp_path / "found").read_text())) == wanted
    finally:
        own = ["buildah", "--root", f"{storage}/graph", "--runroot", f"{storage}/run", "--storage-driver", driver]
        subprocess.run([*own, "rmi", "--all", "--force"], capture_output=True)
        subprocess.run(["umount", "--lazy", f"{storage}/graph/overlay"], capture_output=True)


def test_two_builds_at_once_and_one_that_is_killed(start_registry, start_proxy, source, build, buildah_environment):
    registry = start_registry()
    arguments = ("--image", f"{registry.host}/app", *ALL, "--allow-insecure", "--no-skip", "--json")
    builds = [start("build-image", *arguments, "--builder-id", f"https://example.com/{number}", env=buildah_environment, cwd=source) for number in (1, 2)]
    done = [process.communicate(timeout=120) for process in builds]
    assert [process.returncode for process in builds] == [0, 0], done
    digest, = {json.loads(out)["digest"] for out, _ in done}
    assert kinds(attached(registry, "app", digest)) == [SPDX, CYCLONEDX, STATEMENT, STATEMENT]
    builders = {one["predicate"]["runDetails"]["builder"]["id"] for one in shown(build, f"{registry.host}/app:main", "provenance")["provenance"]}
    assert builders == {"https://example.com/1", "https://example.com/2"}

    # Whoever is killed between attaching and tagging has left no image without its documents; the next one goes on from there.
    proxy = start_proxy(registry.url)
    proxy.stall(path="PUT /v2/killed/manifests/main")
    process = start("build-image", "--image", f"{proxy.host}/killed", *ALL, "--allow-insecure", env=buildah_environment, cwd=source)
    wait_for(lambda: "PUT /v2/killed/manifests/main" in proxy.requests, "the tag to be put")
    process.kill()
    process.communicate(timeout=20)
    for left in pathlib.Path(buildah_environment["TMPDIR"]).iterdir():
        shutil.rmtree(left)
    proxy.clear()
    assert Client(registry).digest("killed", "main") is None
    built = build("--image", f"{proxy.host}/killed", *ALL).json
    assert Client(registry).digest("killed", "main") == built["digest"]
    assert kinds(attached(registry, "killed", built["digest"])) == [SPDX, CYCLONEDX, STATEMENT, STATEMENT]  # two builds said how they went


@pytest.mark.parametrize("status, path, words", [
    (403, "PUT /v2/app/manifests/sha256-", "no credentials are known"),
    (400, "PUT /v2/app/manifests/sha256-", "must take OCI 1.1 manifests"),
    (403, "/referrers/", "they come from --registry-user"),
])
def test_a_registry_that_takes_the_image_and_not_its_documents(start_registry, start_proxy, build, status, path, words):
    registry = start_registry()
    proxy = start_proxy(registry.url)
    proxy.answer(status, '{"errors": [{"code": "X", "message": "not with us"}]}', path=path)
    said = build("--image", f"{proxy.host}/app", *ALL, code=3)
    assert "status" in said.json["error"]["message"] and words in said.json["error"]["hint"]
    assert Client(registry).digest("app", "main") is None  # whoever finds the image finds its documents
    # What fails for a moment is tried again.
    proxy.clear()
    proxy.answer(500, path=path, times=2)
    assert kinds(attached(registry, "app", build("--image", f"{proxy.host}/app", *ALL).json["digest"])) == [SPDX, CYCLONEDX, STATEMENT]


def test_who_may_only_read_can_show(start_registry, start_proxy, build):
    registry = start_registry()
    digest = build("--image", f"{registry.host}/app", *ALL).json["digest"]
    proxy = start_proxy(registry.url)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        proxy.answer(403, path=f"{method} /v2/")
    assert packages_in(shown(build, f"{proxy.host}/app@{digest}")["sbom"]["spdx"]) == {"first@1.0.0"}
    assert {line.split()[0] for line in proxy.requests} == {"GET"}
    # Its provenance is nobody's question: the image, its configuration, the list, two manifests, two documents.
    assert len([line for line in proxy.requests if re.search("/manifests/|/blobs/", line)]) == 7, proxy.requests


def test_files_that_cannot_be_written_are_found_out_first(start_registry, build, tmp_path):
    registry = start_registry()
    for option in ("spdx-file", "cyclonedx-file", "provenance-file", "attestations", "digest-file", "metadata-file"):
        for path, words in ((tmp_path / "nowhere" / "file", "there is no folder"), (tmp_path, "it is a folder")):
            assert words in build("--image", f"{registry.host}/app", *ALL, f"--{option}", path, code=2).json["error"]["message"]
    full = build("--image", f"{registry.host}/app", *ALL, "--spdx-file", "/dev/full", code=3)
    assert full.json["error"]["message"] == "cannot write /dev/full: No space left on device" and "pushed" in full.err


# --- images that nobody builds

PACKAGE = b'{"name": "inside", "version": "1.0.0"}'
INSIDE = ("usr/lib/node_modules/inside/package.json", PACKAGE)


def sparse_layer(folder, name, size):
    """As GNU tar writes it: a hole and little else."""
    (folder / name).parent.mkdir(parents=True)
    with open(folder / name, "wb") as file:
        file.truncate(size)
    return Layer(subprocess.run(["tar", "--create", "--sparse", "--directory", folder, name], check=True, capture_output=True).stdout)


def compressed(*program):
    return Layer(subprocess.run(program, input=tar_layer(INSIDE).content, check=True, capture_output=True).stdout, TAR + ("+zstd" if program[0] == "zstd" else "+gzip"))


def test_hostile_layers(start_registry, build, tmp_path):
    """Each is read to its end or refused; what is read has the one package, or says what is missing."""
    registry = start_registry()
    good, noise = tar_layer(INSIDE), ("usr/noise", os.urandom(100_000))
    long = tar_layer(INSIDE, noise).content
    control = "opt/\x1b[2J\r\n::error::/node_modules/q/package.json"
    cases = {
        "up": (tar_layer(("../../usr/node_modules/a/package.json", b'{"name": "up", "version": "1"}'), INSIDE), "ignored 1 name that no file may have: ../../usr/node_modules/a/package.json"),
        "absolute": (tar_layer(("/" + INSIDE[0], PACKAGE)), ""),
        "control": (tar_layer((control, b"{"), INSIDE), "opt/\\x1b[2J"),
        "deep": (tar_layer(("usr/node_modules/deep/package.json", b'{"license": ' + b"[" * 1_000_000), INSIDE), "usr/node_modules/deep/package.json was not read"),
        "sparse": (sparse_layer(tmp_path / "a", "usr/node_modules/hole/package.json", 10 << 30), "not read, it has 10.7 GB"),
        "sparse-program": (sparse_layer(tmp_path / "b", "usr/bin/hole", 10 << 30), ""),
        "zstd": (compressed("zstd", "-c"), ""),
        "gzip-called-tar": (Layer(compressed("gzip", "-c").content, TAR), ""),
        "tar-called-gzip": (Layer(good.content, GZIP), ""),
        "chart": (Layer(good.content, "application/vnd.cncf.helm.chart.content.v1.tar+gzip"), ""),
        "zeros": (Layer(bytes(10240)), ""),
        "truncated-gzip": (Layer(gzip.compress(long)[:50_000], GZIP), "error: cannot read layer {digest}: truncated gzip"),
        "truncated-tar": (Layer(long[:50_000]), "error: cannot read layer {digest}: Truncated"),
        "xz": (compressed("xz", "-c"), "error: cannot read layer {digest}: Unrecognized"),
        "page": (Layer(b"<html>Sign in</html>", GZIP), "error: cannot read layer {digest}: Unrecognized"),
        "empty": (Layer(b""), "error: cannot read layer {digest}: Unrecognized"),
        "elsewhere": (Layer(long, "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", only_named=True, more={"urls": ["https://example.invalid/layer"]}), "error: cannot "),
    }
    if FULL:
        cases["million"] = (tar_layer(*((f"usr/share/{number}", b"") for number in range(1_000_000)), INSIDE), "")
        cases["bomb"] = (Layer(gzip.compress(bytes(1 << 30)), GZIP), "")
    empty = {"sparse", "sparse-program", "zeros", "bomb"}
    for name, (layer, words) in cases.items():
        image = push_image(registry, name, [layer])
        wanted = words.format(digest=digest_of(layer.content))
        done = build("--image", f"{registry.host}/{name}", "--tags", "joined", "--join", image["digest"], "--sbom", code=3 if "error: " in words else 0)
        assert wanted in done.err and "\x1b" not in done.err and "\n::error" not in done.err, name
        assert "a gap" in done.err or "warning: the list" not in done.err
        if done.code == 0:
            found = shown(build, f"{registry.host}/{name}@{image['digest']}")["sbom"]
            assert packages_in(found["spdx"]) == (set() if name in empty else {"inside@1.0.0"}), name
        else:
            assert attached(registry, name, image["digest"]) == [] and Client(registry).digest(name, "joined") is None


def test_images_built_on_hostile_ones(start_registry, source, build):
    registry = start_registry()
    deep = b"[" * 2_000_000
    config = push_blob(registry, "deep", b'{"os": "linux", "architecture": "amd64", "config": {"Labels": ' + deep + deep.replace(b"[", b"]") + b"}}", CONFIG)
    push_image(registry, "deep", [], "1", config=config)
    push_image(registry, "page", [Layer(b"<html>Sign in</html>", GZIP)], "1")
    for name in ("deep", "page"):
        (source / "Containerfile").write_text(f"FROM {registry.host}/{name}:1\nCOPY root /\n")
        done = build("--image", f"{registry.host}/app", "--sbom", code=1)
        assert "cannot build" in done.json["error"]["message"] and "internal error" not in done.err


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small file system")
def test_no_room_for_the_layers(start_registry, build, buildah_environment, tmp_path):
    registry = start_registry()
    image = push_image(registry, "app", [tar_layer(("large", os.urandom(20_000_000)))])
    (small := tmp_path / "small").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(small)], check=True)
    try:
        done = build("--image", f"{registry.host}/app", "--join", image["digest"], "--sbom", code=3, env={"TMPDIR": str(small)})
        assert "No space left on device" in done.json["error"]["message"] and os.listdir(small) == []
    finally:
        subprocess.run(["umount", "--lazy", str(small)], check=True)
    assert attached(registry, "app", image["digest"]) == []


# --- documents of others

def test_what_buildkit_attached(start_registry, build):
    """docs.docker.com/build/metadata/attestations/attestation-storage: manifests in the index itself."""
    registry = start_registry()
    provenance = {"_type": "https://in-toto.io/Statement/v0.1", "subject": [], "predicateType": "https://slsa.dev/provenance/v0.2",
                  "predicate": {"builder": {"id": "https://example.com/buildkit"}, "buildType": "https://mobyproject.org/buildkit@v1"}}
    entries = []
    for architecture in ("amd64", "arm64"):
        sbom = {"_type": "https://in-toto.io/Statement/v0.1", "subject": [], "predicateType": "https://spdx.dev/Document",
                "predicate": {"spdxVersion": "SPDX-2.3", "name": architecture, "packages": [{"name": f"on-{architecture}", "SPDXID": "SPDXRef-1", "versionInfo": "1"}]}}
        image = push_image(registry, "app", [tar_layer(INSIDE)], architecture=architecture)
        entries.append({**image, "platform": {"os": "linux", "architecture": architecture}})
        layers = [{**push_blob(registry, "app", json.dumps(one).encode(), STATEMENT), "annotations": {"in-toto.io/predicate-type": one["predicateType"]}} for one in (sbom, provenance)]
        attestation = push_manifest(registry, "app", {"schemaVersion": 2, "mediaType": MANIFEST, "config": push_config(registry, "app", [], "unknown"), "layers": layers})
        entries.append({**attestation, "platform": {"os": "unknown", "architecture": "unknown"},
                        "annotations": {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": image["digest"]}})
    push_manifest(registry, "app", {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}, "1")
    name = f"{registry.host}/app:1"
    assert shown(build, name)["sbom"]["spdx"]["name"] == "amd64" and shown(build, name, "sbom", "--platform", "linux/arm64")["sbom"]["spdx"]["name"] == "arm64"
    assert shown(build, name, "provenance")["provenance"] == [provenance]


def test_documents_that_are_none(start_registry, build, source, buildah_environment, tmp_path):
    registry = start_registry()
    cases = {
        b"": 3, b"null": 3, b"\x00\x01": 3, b'{"spdxVersion": "SPDX-2.3", "name": "\xff"}': 3, b'{"spdxVersion": 5, "packages": {}}': 3,
        b'{"spdxVersion": "SPDX-2.3", "packages": [1, null, {"name": [], "externalRefs": [1, {}]}]}': 0,
        b'{"spdxVersion": "SPDX-2.3", "packages": [{"name": ' + b"[" * 300_000 + b"]" * 300_000 + b"}]}": 3,
        json.dumps({"spdxVersion": "SPDX-2.3", "packages": [{"name": "e\x1b[31mvil\n::error::x", "versionInfo": "\x9b31m1", "SPDXID": "SPDXRef-1"}]}).encode(): 0,
    }
    cases[b'{"spdxVersion": "SPDX-2.3", "packages": [' + b"{}," * 500_000 + b"{}]}"] = 3
    if FULL:
        cases[b" " * 200_000_000] = 3
    for number, (content, code) in enumerate(cases.items()):
        image = push_image(registry, f"app{number}", [tar_layer(INSIDE)], "1")
        attach(registry, f"app{number}", image, SPDX, content)
        name = f"{registry.host}/app{number}:1"
        assert shown(build, name, code=code)["exit_code"] == code, content[:100]
        people = run("build-image", "--show", "sbom", name, "--allow-insecure", env=buildah_environment, cwd=source)
        assert people.code == code and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]|^::", people.out + people.err, re.MULTILINE)
        lines = run("build-image", "--show", "sbom", name, "--allow-insecure", "--attestations", tmp_path / "lines", env=buildah_environment, cwd=source)
        assert lines.code == code and (code != 0 or json.loads((tmp_path / "lines").read_text())["subject"])
    nothing = push_image(registry, "none", [tar_layer(INSIDE)], "1")
    error = shown(build, f"{registry.host}/none@{nothing['digest']}", code=1)["error"]
    assert "has no SBOM attached" in error["message"] and "--sbom attaches one" in error["hint"]
    assert "has no such image" in shown(build, f"{registry.host}/none:2", code=3)["error"]["message"]
    assert "names no registry" in shown(build, "none", code=2)["error"]["message"]
