"""Images that no tool would make, written into a registry piece by piece.

    layer = tar_layer(("usr/bin/tool", b"..."), ("../up", b""))
    digest = push_image(registry, "team/app", [layer, Layer(b"no tar", GZIP)])
    attach(registry, "team/app", digest, "application/spdx+json", b"{}")
"""

import hashlib
import io
import json
import tarfile
import urllib.request
from dataclasses import dataclass, field

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
TAR = "application/vnd.oci.image.layer.v1.tar"
GZIP = TAR + "+gzip"


@dataclass
class Layer:
    content: bytes
    media_type: str = TAR
    only_named: bool = False  # the registry gets no such blob
    more: dict = field(default_factory=dict)  # of its descriptor


def tar_layer(*members):
    """Of files, by names and contents."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return Layer(archive.getvalue())


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _put(url, content, media_type):
    urllib.request.urlopen(urllib.request.Request(url, data=content, method="PUT", headers={"Content-Type": media_type}), timeout=60).close()


def push_blob(registry, repository, content, media_type):
    """Its descriptor."""
    with urllib.request.urlopen(urllib.request.Request(f"{registry.url}/v2/{repository}/blobs/uploads/", data=b"", method="POST"), timeout=20) as answer:
        place = answer.headers["Location"].split("/v2/", 1)[1]
    _put(f"{registry.url}/v2/{place}&digest={digest_of(content)}", content, "application/octet-stream")
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def push_manifest(registry, repository, manifest, *tags):
    """Its descriptor. `manifest` is a dict with a mediaType."""
    content = json.dumps(manifest).encode()
    for tag in tags or [digest_of(content)]:
        _put(f"{registry.url}/v2/{repository}/manifests/{tag}", content, manifest["mediaType"])
    return {"mediaType": manifest["mediaType"], "digest": digest_of(content), "size": len(content)}


def push_config(registry, repository, layers, architecture="amd64", **more):
    config = {"os": "linux", "architecture": architecture, "created": "2026-01-01T00:00:00Z", "config": {},
              "rootfs": {"type": "layers", "diff_ids": [digest_of(layer.content) for layer in layers]}, **more}
    return push_blob(registry, repository, json.dumps(config).encode(), CONFIG)


def push_image(registry, repository, layers, *tags, config=None, architecture="amd64"):
    """Its descriptor."""
    described = []
    for layer in layers:
        blob = {"mediaType": layer.media_type, "digest": digest_of(layer.content), "size": len(layer.content)}
        described.append({**(blob if layer.only_named else push_blob(registry, repository, layer.content, layer.media_type)), **layer.more})
    config = config or push_config(registry, repository, layers, architecture)
    return push_manifest(registry, repository, {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": described}, *tags)


def attach(registry, repository, subject, kind, content, annotations=None):
    """As clients do at a registry without the referrers API; whatever else was attached is no longer listed."""
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": kind, "config": push_blob(registry, repository, b"{}", EMPTY),
                "layers": [push_blob(registry, repository, content, kind)], "subject": subject, "annotations": annotations or {}}
    entry = {**push_manifest(registry, repository, manifest), "artifactType": kind, "annotations": annotations or {}}
    push_manifest(registry, repository, {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}, subject["digest"].replace(":", "-"))
