"""What Go programs and Java archives in an image tell, against what Go itself and the archives' own records say."""

import io
import os
import pathlib
import re
import shutil
import subprocess
import urllib.parse
import zipfile

import pytest

from images import listed_software, make_source
from oracles import FOLDER, KUSTOMIZE, has_kustomize

pytestmark = pytest.mark.skipif(shutil.which("buildah") is None, reason="buildah is not installed")

FULL = os.environ.get("SLIPWAY_FULL") == "1"


def sbom(source, environment):
    """{package URL: the files that tell of it} of the image of a folder, and the build's log."""
    listed, log = listed_software(source, environment)
    packages = {}
    for escaped, package in listed:
        url = urllib.parse.unquote(escaped)
        if re.match("pkg:(golang|maven)/", url):
            packages.setdefault(url, package.get("sourceInfo", ""))
    return packages, log


def go_modules(program):
    """What `go version -m` shows, as package URLs."""
    lines = subprocess.run(["go", "version", "-m", program], check=True, capture_output=True, text=True).stdout.splitlines()
    columns = [line.split("\t")[1:] for line in lines[1:]]
    modules = [["stdlib", lines[0].rsplit(" go", 1)[1]]]
    for column in columns:
        if column[0] in ("mod", "dep"):
            modules.append([column[1], column[2].replace("(devel)", "")])
        elif column[0] == "=>":
            modules[-1] = [modules[-1][0] if column[1].startswith((".", "/")) else column[1], column[2]]
    if not any(column[0] == "mod" for column in columns):
        modules.append([dict(column[:2] for column in columns if len(column) > 1)["path"], ""])
    return {f"pkg:golang/{name}" + (f"@{version}" if version else "") for name, version in modules}


def lower(urls):
    """The specification of package URLs wants Go's names in lower case, which not all tools do."""
    return {url.lower() for url in urls}


@pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed")
@pytest.mark.skipif(not has_kustomize(), reason="kustomize is not installed")
def test_go_programs_have_the_modules_that_go_names(tmp_path, buildah_environment):
    """Built with modules and, as Debian does, without; a library, and files that are no Go programs."""
    source = make_source(tmp_path / "app", "FROM scratch\nCOPY root /\n")
    root = source / "root"
    root.mkdir()
    tools = [KUSTOMIZE, pathlib.Path(shutil.which("buildah"))]
    if FULL:
        tools += [path for path in FOLDER.iterdir() if path.is_file() and path.suffix != ".json" and path != KUSTOMIZE]
    others = [pathlib.Path(shutil.which(name)) for name in ("bash", "python3")]
    for path in tools + others:
        shutil.copy(path, root / path.name)
    (root / KUSTOMIZE.name).rename(root / "library.so")
    (root / "library.so").chmod(0o644)
    (root / "cut").write_bytes(KUSTOMIZE.read_bytes()[:2_000_000])
    (root / "cut").chmod(0o755)
    expected = set().union(*(go_modules(path) for path in tools))
    assert len(expected) > 20
    packages, log = sbom(source, buildah_environment)
    assert lower(packages) == lower(expected)
    told = " ".join(packages.values())
    assert "library.so" in told and "cut" not in told, log


def archive(files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in files.items():
            written.writestr(name, content)
    return held.getvalue()


def pom(group, artifact, version):
    return {f"META-INF/maven/{group}/{artifact}/pom.properties": f"#Generated\nversion={version}\ngroupId={group}\nartifactId={artifact}\n"}


def maven_modules(data):
    """What Maven recorded in an archive, and in those that are in it, as Python's zipfile finds it."""
    found = set()
    with zipfile.ZipFile(io.BytesIO(data)) as read:
        for name in read.namelist():
            if re.fullmatch(r"META-INF/maven/.*/pom\.properties", name):
                fields = dict(line.split("=", 1) for line in read.read(name).decode().splitlines() if "=" in line)
                found.add("pkg:maven/{groupId}/{artifactId}@{version}".format(**{key: value.strip() for key, value in fields.items()}))
            elif name.endswith(".jar"):
                found |= maven_modules(read.read(name))
    return found


def test_java_archives_have_the_modules_that_maven_recorded(tmp_path, buildah_environment):
    source = make_source(tmp_path / "app", "FROM scratch\nCOPY root /\nCOPY broken /broken\n")
    root = source / "root"
    root.mkdir()
    library = archive({"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n", **pom("org.example", "library", "1.5.0")})
    application = archive({"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\r\nImplementation-Title: app\r\n", **pom("org.example", "app", "2.0.0"),
                           "BOOT-INF/lib/library-1.5.0.jar": library,
                           "BOOT-INF/lib/old-0.9.jar": archive({"META-INF/MANIFEST.MF": "Bundle-SymbolicName: org.example.\r\n old\r\n"})})
    (root / "app.jar").write_bytes(b"#!/bin/sh\nexec java -jar \"$0\"\n" + application)
    installed = sorted(path for path in pathlib.Path("/usr/share/java").glob("*.jar") if path.is_file() and not path.is_symlink())
    for path in installed if FULL else installed[::8]:
        shutil.copy(path, root / path.name)
    broken = source / "broken"
    broken.mkdir()
    (broken / "cut.jar").write_bytes(application[:300])
    (broken / "no-1.0.jar").write_bytes(b"no archive at all")
    (broken / "bomb.jar").write_bytes(archive({"a-1.jar": archive({"b-1.jar": archive({"META-INF/MANIFEST.MF": "x" * 50_000_000})})}))
    expected = set().union(*(maven_modules(path.read_bytes()) for path in root.iterdir()))
    assert {"pkg:maven/org.example/app@2.0.0", "pkg:maven/org.example/library@1.5.0"} <= expected
    packages, log = sbom(source, buildah_environment)
    assert expected <= set(packages)
    assert "pkg:maven/org.example.old/old@0.9" in packages
    assert all("/" in url and "no@1.0" not in url for url in packages)
    assert "broken/cut.jar: cannot be read: " in log
