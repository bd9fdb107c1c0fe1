"""What is in an image, against what its own tools say: dpkg-query, Python and npm, on what they really installed."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import urllib.parse
from importlib import metadata

import pytest

from conftest import needs
from images import listed_software, make_source
from oracles import FOLDER, has_npm
from steps import ROOT

pytestmark = needs("buildah")

DIST_PACKAGES = "usr/lib/python3/dist-packages"

# As apk writes it.
APK = """\
C:Q1Ew0mTxUHzoyUUvK1mjKvcRX6a7o=
P:libcrypto3
V:3.3.2-r0
A:x86_64
S:1764563
I:4648960
T:Crypto library from openssl
U:https://www.openssl.org/
L:Apache-2.0
o:openssl
m:Ariadne Conill <ariadne@dereferenced.org>
t:1725402110
D:so:libc.musl-x86_64.so.1
p:so:libcrypto.so.3=3
F:usr
F:usr/lib
R:libcrypto.so.3
a:0:0:755
Z:Q1pQm0jTzMzT8yD0oT4YgZq7J3sVo=

C:Q1yc8VZ8vZrFq5h3x0sTJX1yqg5rk=
P:busybox
V:1.36.1-r29
A:x86_64
T:Size optimized toolbox of many common UNIX utilities
L:GPL-2.0-only
o:busybox
F:bin
R:busybox
a:0:0:755

"""


def sbom(source, environment):
    """{(type, namespace/name, version, architecture or nothing): other qualifiers} of the image of a folder, and the build's log."""
    listed, log = listed_software(source, environment)
    packages = {}
    for url, _ in listed:
        found = re.fullmatch(r"pkg:(deb|apk|pypi|npm)/([^@?]+)@([^?]+)(?:\?(.*))?", url)
        if not found:
            continue
        kind, name, version = map(urllib.parse.unquote, found.groups()[:3])
        qualifiers = {key: urllib.parse.unquote(value) for key, value in (part.split("=") for part in (found[4] or "").split("&") if part)}
        packages[kind, name, version, qualifiers.pop("arch", "")] = qualifiers
    return packages, log


def copy_records(source, target, *patterns):
    """Of a tree the files that tell of packages alone."""
    for pattern in patterns:
        for file in source.glob(pattern):
            if file.is_file() and not file.is_symlink():
                copy = target / file.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, copy)


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def python_packages(*folders):
    """What `pip list` shows, which asks this module."""
    found = {("pypi", normalized(each.metadata["Name"]), each.version, "") for folder in folders for each in metadata.distributions(path=[str(folder)])}
    assert found
    return found


def npm_packages(folder):
    """What `npm ls --all` lists."""
    tree = json.loads(subprocess.run(["npm", "ls", "--all", "--json"], cwd=folder, capture_output=True, text=True, timeout=60).stdout)
    found, rest = set(), [tree]
    while rest:
        for name, package in rest.pop().get("dependencies", {}).items():
            rest.append(package)
            if "version" in package:  # an optional one that is not installed has none
                found.add(("npm", name, package["version"], ""))
    assert found
    return found


def of_type(packages, kind):
    return {key for key in packages if key[0] == kind}


@pytest.mark.skipif(os.geteuid() != 0, reason="dpkg runs in the image, as root")
@needs("mmdebstrap")
def test_a_debian_and_the_python_packages_of_this_one(tmp_path, buildah_environment):
    """One package is removed, of which dpkg keeps the configuration, and one with all that it had."""
    query = r"deb\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\t${db:Status-Status}\n"
    source = make_source(tmp_path / "app", "FROM scratch\nADD base.tar /\nCOPY root /\n"
                         "RUN dpkg --force-depends --force-remove-protected --remove apt && dpkg --force-depends --purge gpgv \\\n"
                         f"  && dpkg-query --show --showformat '{query}'\n")
    base = subprocess.run([ROOT / "images" / "base", "--suite", "machine", "--tar"], check=True, capture_output=True, text=True, timeout=600).stdout.strip()
    shutil.copy(base, source / "base.tar")
    library = source / "root" / DIST_PACKAGES
    copy_records(pathlib.Path("/", DIST_PACKAGES), library, "*.dist-info/METADATA", "*.egg-info/PKG-INFO", "*.egg-info")
    # One that a package brings along, whose name the index writes in another way.
    inside = library / "pip" / "_vendor" / "Some_Thing.x-1.0.dist-info"
    inside.mkdir(parents=True)
    (inside / "METADATA").write_text("Metadata-Version: 2.1\nName: Some_Thing.x\nVersion: 1.0\n\nName: body\n")
    packages, log = sbom(source, buildah_environment)
    (source / "base.tar").unlink()

    release = dict(line.rstrip().split("=", 1) for line in open("/etc/os-release"))["VERSION_ID"].strip('"')
    expected, kept = {}, []
    for name, version, architecture, source_name, source_version, state in re.findall(r"^ *deb\t(.*)\t(.*)\t(.*)\t(.*)\t(.*)\t(.*)$", log, re.MULTILINE):
        if state == "config-files":
            kept.append(name)
            continue
        upstream = {} if (name, version) == (source_name, source_version) else {"upstream": source_name + ("" if source_version == version else "@" + source_version)}
        expected["deb", f"debian/{name}", version, architecture] = {"distro": f"debian-{release}", **upstream}
    assert kept == ["apt"] and len(expected) > 50
    assert {key: packages[key] for key in of_type(packages, "deb")} == expected
    assert of_type(packages, "pypi") == python_packages(library, inside.parent)


@needs("npm")
@pytest.mark.skipif(not has_npm("yaml"), reason="yaml is not installed")
def test_node_packages_and_an_alpine(tmp_path, buildah_environment):
    source = make_source(tmp_path / "app", "FROM scratch\nCOPY root /\n")
    root = source / "root"
    copy_records(FOLDER, root / "app", "node_modules/**/package.json")
    inside = root / "app" / "node_modules" / "yaml" / "dist" / "deeper"
    inside.mkdir(parents=True)
    (inside / "package.json").write_text('{"name": "no-package", "version": "1.0.0"}')
    alpine = root / "lib" / "apk" / "db" / "installed"
    alpine.parent.mkdir(parents=True)
    alpine.write_text(APK)
    (root / "etc").mkdir()
    (root / "etc" / "os-release").write_text('NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"\n')
    packages, _ = sbom(source, buildah_environment)
    assert of_type(packages, "npm") == npm_packages(FOLDER)
    assert {key: packages[key] for key in of_type(packages, "apk")} == {
        ("apk", "alpine/libcrypto3", "3.3.2-r0", "x86_64"): {"distro": "alpine-3.20.3", "upstream": "openssl"},
        ("apk", "alpine/busybox", "1.36.1-r29", "x86_64"): {"distro": "alpine-3.20.3"}}
