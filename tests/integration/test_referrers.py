"""What is attached to an image: docker-registry, which keeps it under a tag, and the same with the referrers API. oras is the other client."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import urllib.request

import pytest

import oracles
from delay_proxy import DelayProxy
from fault_proxy import FaultProxy
from images import Client, make_source
from referrers_registry import ReferrersRegistry
from steps import BIN, run

IMAGE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
SPDX, CYCLONEDX, STATEMENT = "application/spdx+json", "application/vnd.cyclonedx+json", "application/vnd.in-toto+json"

pytestmark = pytest.mark.skipif(shutil.which("docker-registry") is None, reason="docker-registry is not installed")
needs_oras = pytest.mark.skipif(not oracles.has_oras(), reason="oras is not installed")


def put(registry, path, body, media_type, **headers):
    urllib.request.urlopen(urllib.request.Request(registry.url + path, data=body, method="PUT", headers={"Content-Type": media_type, **headers}), timeout=20).close()


def digest_of(body):
    return "sha256:" + hashlib.sha256(body).hexdigest()


CONFIG = b"{}"
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": IMAGE, "layers": [],
                       "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest_of(CONFIG), "size": len(CONFIG)}}).encode()


def push_image(registry, authorization="Basic Og=="):
    """An image without layers as app:1; its digest."""
    headers = {"Authorization": authorization}
    with urllib.request.urlopen(urllib.request.Request(f"{registry.url}/v2/app/blobs/uploads/", method="POST", data=b"", headers=headers), timeout=20) as answer:
        place = answer.headers["Location"].split("/v2/", 1)[1]
    put(registry, f"/v2/{place}&digest={digest_of(CONFIG)}", CONFIG, "application/octet-stream", **headers)
    put(registry, "/v2/app/manifests/1", MANIFEST, IMAGE, **headers)
    return digest_of(MANIFEST)


def command(verb, host, digest, *arguments):
    return [str(BIN / "attach-documents"), verb, f"{host}/app@{digest}", *arguments]


def ask(verb, host, digest, *arguments, code=0):
    done = subprocess.run(command(verb, host, digest, *arguments), capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def attach(host, digest, documents, **options):
    return ask("attach", host, digest, str(len(MANIFEST)), *(f"{kind}={path}" for kind, path in documents), **options)


def listed(host, digest):
    return [tuple(line.split()) for line in ask("list", host, digest).splitlines()]


def beside_blobs(proxy):
    return [line for line in proxy.requests if "/blobs/" not in line and line != "GET /v2/"]


@pytest.fixture
def documents(tmp_path):
    """Three of them, for `attach`."""
    made = []
    for kind in (SPDX, CYCLONEDX, STATEMENT):
        path = tmp_path / kind.replace("/", "-")
        path.write_text(json.dumps({"kind": kind}))
        made.append((kind, path))
    return made


@pytest.fixture(params=["tag", "api"])
def registry(request, start_registry):
    """Both kinds of registries, with `requests`."""
    with (FaultProxy if request.param == "tag" else ReferrersRegistry)(start_registry().url) as proxy:
        proxy.has_api = request.param == "api"
        yield proxy


def test_documents_are_attached_once_and_read(registry, documents):
    digest = push_image(registry)
    registry.requests.clear()
    made = attach(registry.host, digest, documents).split()
    # One shows which kind of registry it is.
    assert len(beside_blobs(registry)) == 1 + (3 if registry.has_api else 6), registry.requests
    assert sorted(listed(registry.host, digest)) == sorted(zip(made, (kind for kind, _ in documents)))
    for kind, path in documents:
        assert ask("read", registry.host, digest, kind) == path.read_text()
    client = Client(registry)
    first = client.manifest("app", made[0])
    assert (first["artifactType"], first["subject"]["digest"], first["config"]["digest"]) == (SPDX, digest, digest_of(b"{}"))
    assert client.digest("app", "1") == digest
    with client.get("/v2/app/tags/list") as answer:
        assert len(json.load(answer)["tags"]) == (1 if registry.has_api else 1 + 1 + 3)
    registry.requests.clear()
    assert attach(registry.host, digest, documents).split() == made
    assert len(registry.requests) - registry.requests.count("GET /v2/") == (1 if registry.has_api else 2)
    registry.requests.clear()
    documents[0][1].write_text("{}")
    attach(registry.host, digest, documents)
    assert len(listed(registry.host, digest)) == 4 and len([line for line in registry.requests if "PUT /v2/app/manifests" in line]) == (1 if registry.has_api else 2)


@needs_oras
def test_oras_sees_what_we_attach_and_we_what_it_attaches(registry, documents, tmp_path):
    digest = push_image(registry)
    name = f"{registry.host}/app@{digest}"
    (tmp_path / "note").write_text("a note\n")

    def oras(*arguments):
        done = subprocess.run([oracles.ORAS, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    oras("attach", "--plain-http", "--artifact-type", "text/note", "--annotation", "org.example.by=oras", name, "note:text/plain")
    (note,) = listed(registry.host, digest)
    assert note[1] == "text/note" and ask("read", registry.host, digest, "text/note") == "a note\n"
    attach(registry.host, digest, documents)
    oras("attach", "--plain-http", "--artifact-type", "text/later", name, "note:text/plain")
    seen = {entry["artifactType"]: entry for entry in json.loads(oras("discover", "--plain-http", "--format", "json", name))["referrers"]}
    assert set(seen) == {"text/note", "text/later", SPDX, CYCLONEDX, STATEMENT}
    assert seen["text/note"]["annotations"]["org.example.by"] == "oras" and seen[SPDX]["annotations"]["org.example.kind"] == SPDX
    assert {kind for _, kind in listed(registry.host, digest)} == set(seen)
    oras("pull", "--plain-http", "--output", "pulled", f"{registry.host}/app@{seen[SPDX]['digest']}")


def test_twenty_that_attach_at_once_lose_nothing(start_registry, tmp_path):
    """Each request takes so long that all read the index before the first has written it."""
    registry = start_registry()
    digest = push_image(registry)
    with DelayProxy("127.0.0.1", registry.port, round_trip=0.1) as slow:
        running = []
        for number in range(20):
            path = tmp_path / str(number)
            path.write_text(str(number))
            running.append(subprocess.Popen(command("attach", slow.host, digest, str(len(MANIFEST)), f"text/{number}={path}"), stderr=subprocess.PIPE, text=True))
        for process in running:
            _, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
    assert {kind for _, kind in listed(registry.host, digest)} == {f"text/{number}" for number in range(20)}


def test_who_is_killed_is_mended_by_the_next(start_registry, start_proxy, documents):
    """Its documents have their tags, and the index is not written."""
    registry = start_proxy(start_registry().url)
    digest = push_image(registry)
    tag = digest.replace(":", "-")
    registry.answer(409, path=f"PUT /v2/app/manifests/{tag}$")
    said = attach(registry.host, digest, documents[:2], code=3)
    assert "status 409" in said and "immutable" in said
    registry.clear()
    assert listed(registry.host, digest) == []
    # Tags that look like those of documents and are none do no harm.
    put(registry, f"/v2/app/manifests/{tag}.{'0' * 32}", MANIFEST, IMAGE)
    put(registry, f"/v2/app/manifests/{tag}.{digest[7:39]}", MANIFEST, IMAGE)
    attach(registry.host, digest, documents[2:])
    assert {kind for _, kind in listed(registry.host, digest)} == {SPDX, CYCLONEDX, STATEMENT}


def test_what_others_wrote_into_the_index_stays(start_registry, documents):
    registry = start_registry()
    digest = push_image(registry)
    tag = digest.replace(":", "-")
    theirs = {"zebra": {"b": 1.5, "a": ["\u00e9"]}, "size": len(MANIFEST), "digest": digest, "mediaType": IMAGE}
    put(registry, f"/v2/app/manifests/{tag}", json.dumps({"annotations": {"by": "them"}, "manifests": [theirs], "schemaVersion": 2, "mediaType": INDEX}).encode(), INDEX)
    attach(registry.host, digest, documents)
    with Client(registry).get(f"/v2/app/manifests/{tag}", Accept=INDEX) as answer:
        index = json.load(answer)
    assert index["annotations"] == {"by": "them"} and json.dumps(index["manifests"][0]) == json.dumps(theirs) and len(index["manifests"]) == 4
    # What is no list is nobody's to overwrite.
    put(registry, f"/v2/app/manifests/{tag}", MANIFEST, IMAGE)
    assert "names no image index" in attach(registry.host, digest, documents, code=3)


def test_a_list_comes_in_pages(start_registry, documents):
    with ReferrersRegistry(start_registry().url, page=2) as registry:
        digest = push_image(registry)
        attach(registry.host, digest, documents)
        assert {kind for _, kind in listed(registry.host, digest)} == {SPDX, CYCLONEDX, STATEMENT}
        assert len([line for line in registry.requests if "?from=2" in line]) == 1


def test_what_was_attached_before_the_registry_had_the_api_is_still_there(start_registry, documents):
    plain = start_registry()
    digest = push_image(plain)
    made = attach(plain.host, digest, documents)
    with ReferrersRegistry(plain.url) as registry:
        assert attach(registry.host, digest, documents) == made
        assert not [line for line in registry.requests if line.startswith("PUT")]
        documents[0][1].write_text("{}")
        attach(registry.host, digest, documents)
        assert len(listed(registry.host, digest)) == 4


def test_faults(registry, documents):
    digest = push_image(registry)
    put_document = "PUT /v2/app/manifests/sha256"
    for status, words in ((401, "no credentials are known"), (403, "no credentials are known"), (413, "limits the size"),
                          (400, "OCI 1.1"), (415, "OCI 1.1")):
        registry.answer(status, '{"errors": [{"code": "X", "message": "manifest invalid"}]}', path=put_document, headers={"WWW-Authenticate": 'Basic realm="x"'})
        said = attach(registry.host, digest, documents, code=3)
        assert f"status {status}: manifest invalid" in said and words in said
        registry.clear()
    # A registry that stores something else is not believed.
    registry.answer(201, path=put_document, headers={"Docker-Content-Digest": digest_of(b"x")})
    assert "but the registry says that it stored" in attach(registry.host, digest, documents, code=3)
    registry.clear()
    assert listed(registry.host, digest) == []
    # What passes is tried again; what breaks off is sent anew.
    registry.answer(429, path=put_document, headers={"Retry-After": "0"}, times=2)
    registry.swallow(path=put_document, times=1)
    registry.reset(path="/blobs/uploads/", times=1)
    registry.cut(after=5, path="/referrers/", times=1)
    attach(registry.host, digest, documents)
    assert {kind for _, kind in listed(registry.host, digest)} == {SPDX, CYCLONEDX, STATEMENT}
    # A proxy's page is no list.
    registry.answer(200, "<html>Sign in</html>", path="/referrers/", headers={"Content-Type": "text/html"})
    documents[0][1].write_text("{}")
    attach(registry.host, digest, documents)
    registry.clear()
    assert len(listed(registry.host, digest)) == 4
    # A document that is larger than whoever reads it wants, and one that is not what its manifest says.
    large = documents[0][1].with_name("large")
    large.write_bytes(b" " * 1_000_001)
    attach(registry.host, digest, [("text/large", large)])
    assert "the most is 1.0 MB" in ask("read", registry.host, digest, "text/large", code=3)
    registry.answer(200, "lies", path="GET /v2/app/blobs/")
    assert "its digest is" in ask("read", registry.host, digest, STATEMENT, code=3)


@pytest.mark.skipif(shutil.which("buildah") is None, reason="buildah is not installed")
def test_build_image_attaches_three_documents_in_six_requests(registry, tmp_path, buildah_environment):
    arguments = [make_source(tmp_path / "app"), "--image", f"{registry.host}/app", "--allow-insecure", "--sbom", "--provenance", "--json"]
    built = run("build-image", *arguments, env=buildah_environment)
    assert built.code == 0, built.err
    digest = built.json["digest"]
    after = registry.requests[registry.requests.index(f"PUT /v2/app/manifests/{digest}") + 1:]
    attaching = [line for line in after if re.search("/referrers/|/manifests/sha256|/tags/list", line)]
    assert len(attaching) == (1 + 3 if registry.has_api else 6), attaching
    assert sorted(kind for _, kind in listed(registry.host, digest)) == sorted((SPDX, CYCLONEDX, STATEMENT))
    registry.requests.clear()
    again = run("build-image", *arguments, env=buildah_environment)
    assert again.json["skipped"] and again.json["digest"] == digest
    assert not [line for line in registry.requests if line.startswith("PUT") and "sha256" in line and digest not in line]


COSIGN = """#!/bin/sh -e
# Says what it was called with.
printf '%s\\n' "$*" >> "$SAID"
cp "$DOCKER_CONFIG/config.json" "$SAID.config"
stat -c %a "$DOCKER_CONFIG" "$DOCKER_CONFIG/config.json" > "$SAID.modes"
echo "$DOCKER_CONFIG" > "$SAID.folder"
for option; do case $option in --predicate=*) cp "${option#*=}" "$SAID.$2.json" ;; esac; done
echo "signing as told" >&2
[ -z "$FAIL" ] || { echo "error during command execution: $FAIL" >&2; exit 1; }
"""


@pytest.fixture
def statement(documents):
    """The third of them as an in-toto statement."""
    documents[2][1].write_text(json.dumps({"_type": "https://in-toto.io/Statement/v1", "subject": [], "predicateType": "https://slsa.dev/provenance/v1",
                                           "predicate": {"buildDefinition": {"buildType": "https://example.com/build"}, "runDetails": {"builder": {"id": "https://example.com"}}}}))
    return documents


def sign(host, digest, key, documents, path, **environment):
    return subprocess.run(command("sign", host, digest, key, *(f"{kind}={place}" for kind, place in documents)), capture_output=True, text=True, timeout=120,
                          env={"PATH": path, "HOME": os.environ.get("HOME", "/"), **environment})


def test_cosign_is_called_with_key_and_credentials(tmp_path, statement):
    digest = digest_of(MANIFEST)
    (program := tmp_path / "bin" / "cosign").parent.mkdir()
    program.write_text(COSIGN)
    program.chmod(0o755)
    (key := tmp_path / "cosign.key").write_text("a key\n")
    path, said = f"{program.parent}:/usr/bin:/bin", tmp_path / "said"
    done = sign("r.example.com", digest, str(key), statement, path, SAID=str(said), REGISTRY_USER="ci")
    assert done.returncode == 0, done.stderr
    usual = f"--yes --key={key} --allow-http-registry --allow-insecure-registry"
    folder = (tmp_path / "said.folder").read_text().strip()
    assert said.read_text().splitlines() == [f"sign {usual} r.example.com/app@{digest}"] + [
        f"attest {usual} --replace --type={kind} --predicate={folder}/predicate.json r.example.com/app@{digest}" for kind in ("spdxjson", "cyclonedx", "https://slsa.dev/provenance/v1")]
    assert json.loads((tmp_path / "said.config").read_text()) == {"auths": {"r.example.com": {"auth": base64.b64encode(b"ci:sesame-open").decode()}}}
    assert (tmp_path / "said.modes").read_text().split() == ["700", "600"] and not os.path.exists(folder)
    assert json.loads((tmp_path / "said.--yes.json").read_text())["runDetails"] == {"builder": {"id": "https://example.com"}}
    failed = sign("r.example.com", digest, "env://KEY", [], path, SAID=str(said), FAIL="reading key: decrypt: encrypted: decryption failed")
    assert failed.returncode == 3 and "COSIGN_PASSWORD" in failed.stderr
    assert f"cannot sign r.example.com/app@{digest[:19]}: cosign sign: reading key: decrypt" in failed.stderr
    keyless = sign("docker.io", digest, "", [], path, SAID=str(said), REGISTRY_USER="ci", FAIL="getting key from Fulcio: no token")
    assert "id-token: write" in keyless.stderr and "--key" not in said.read_text().splitlines()[-1]
    assert "https://index.docker.io/v1/" in json.loads((tmp_path / "said.config").read_text())["auths"]
    assert not os.path.exists((tmp_path / "said.folder").read_text().strip())
    for place, wrong, words in ((path, str(tmp_path / "none"), "there is no such file"), ("/nowhere", "", "cosign is not installed")):
        none = sign("r.example.com", digest, wrong, [], place, SAID=str(said))
        assert none.returncode == 2 and words in none.stderr


@pytest.mark.skipif(not oracles.has_cosign(), reason="cosign is not installed")
def test_cosign_verifies_what_was_signed(start_registry, tmp_path, statement):
    registry = start_registry(credentials={"ci": "sesame-open"})
    digest = push_image(registry, "Basic " + base64.b64encode(b"ci:sesame-open").decode())
    environment = {"PATH": f"{oracles.COSIGN.parent}:/usr/bin:/bin", "HOME": str(tmp_path), "COSIGN_PASSWORD": "sesame-open"}
    assert subprocess.run(["cosign", "generate-key-pair"], cwd=tmp_path, env=environment, capture_output=True, timeout=60).returncode == 0
    statement[0][1].write_text('{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT"}')
    options = {"HOME": str(tmp_path), "REGISTRY_USER": "ci", "COSIGN_TLOG_UPLOAD": "false", "COSIGN_USE_SIGNING_CONFIG": "false"}
    done = sign(registry.host, digest, str(tmp_path / "cosign.key"), statement, environment["PATH"], COSIGN_PASSWORD="sesame-open", **options)
    assert done.returncode == 0, done.stderr
    (tmp_path / "config.json").write_text(json.dumps({"auths": {registry.host: {"auth": base64.b64encode(b"ci:sesame-open").decode()}}}))
    for verb, *more in (["verify"], *(["verify-attestation", "--type", kind] for kind in ("spdxjson", "cyclonedx", "slsaprovenance1"))):
        verified = subprocess.run(["cosign", verb, *more, "--key", "cosign.pub", "--insecure-ignore-tlog", "--allow-http-registry", f"{registry.host}/app@{digest}"],
                                  cwd=tmp_path, env={**environment, "DOCKER_CONFIG": str(tmp_path)}, capture_output=True, text=True, timeout=60)
        assert verified.returncode == 0, verified.stderr
    failed = sign(registry.host, digest, str(tmp_path / "cosign.key"), [], environment["PATH"], COSIGN_PASSWORD="wrong", **options)
    assert failed.returncode == 3 and "COSIGN_PASSWORD has to be" in failed.stderr
    denied = sign(registry.host, digest, str(tmp_path / "cosign.key"), [], environment["PATH"], COSIGN_PASSWORD="sesame-open", **{**options, "REGISTRY_USER": ""})
    assert denied.returncode == 3 and "nauthorized" in denied.stderr.lower()
