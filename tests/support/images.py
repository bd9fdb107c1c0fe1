"""Sources of small images that need no network, and what a registry has under a name."""

import base64
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import urllib.error
import urllib.request

from steps import run

MANIFESTS = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"


def git(folder, *arguments):
    settings = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid", "-c", "init.defaultBranch=main"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(["git", *settings, *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def make_source(folder, containerfile="FROM scratch\nCOPY hello /hello\n", **files):
    """A Git checkout with one commit on main."""
    folder.mkdir(parents=True)
    (folder / "Containerfile").write_text(containerfile)
    (folder / "hello").write_text("hello\n")
    for name, content in files.items():
        (folder / name).write_text(content)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "The source")
    return folder


def add_programs(folder, *programs):
    """Copies programs of this machine, and the libraries that they need, below folder/root."""
    for program in programs:
        source = pathlib.Path(shutil.which(program))
        libraries = re.findall(r"(/\S+) \(0x", subprocess.run(["ldd", str(source)], capture_output=True, text=True).stdout)
        for path in [f"/bin/{program}", *libraries]:
            target = folder / "root" / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source if path == f"/bin/{program}" else path, target)


def add_python(folder):
    """This machine's Python with its library below folder/root; returns its path in there. It needs PYTHONHOME=/usr and the option -S."""
    name = pathlib.Path("/usr/bin/python3").resolve().name
    add_programs(folder, "/usr/bin/python3")
    shutil.copytree(pathlib.Path("/usr/lib") / name, folder / "root" / "usr" / "lib" / name, symlinks=True,
                    ignore=shutil.ignore_patterns("__pycache__", "test", "idlelib", "lib2to3", "config-*", "dist-packages"))
    return "/" + str(next(path for path in (folder / "root").rglob("python3") if path.is_file()).relative_to(folder / "root"))


def listed_software(source, environment):
    """What the SBOM of a folder's image lists, as [(package URL, package of SPDX)], and the build's log."""
    file = source.parent / "image.spdx.json"
    done = run("build-image", "--sbom", "--no-push", "--image", "localhost/app", "--spdx-file", file, env=environment, cwd=source, timeout=300)
    assert done.code == 0, done.err
    listed = [(reference["referenceLocator"], package) for package in json.loads(file.read_text())["packages"] for reference in package.get("externalRefs", ())]
    return listed, done.err


def attached(image, user=None):
    """What build-image says is attached to an image: (its SBOM as CycloneDX, the one provenance statement). `user` is "name:password"."""
    name, _, password = (user or "").partition(":")
    credentials = {"SLIPWAY_BUILD_IMAGE_REGISTRY_USER": name, "SLIPWAY_BUILD_IMAGE_REGISTRY_PASSWORD": password}
    shown = []
    for what in ("sbom", "provenance"):
        done = run("build-image", "--show", what, image, "--allow-insecure", "--json", env=credentials)
        assert done.code == 0, done.err
        shown.append(done.json)
    [provenance] = shown[1]["provenance"]
    assert provenance["subject"][0]["digest"]["sha256"] == shown[0]["digest"].removeprefix("sha256:")
    return shown[0]["sbom"]["cyclonedx"], provenance


class Client:
    """Asks a registry directly. `user` is "name:password"."""

    def __init__(self, registry, user=None, authority=None):
        self._url = registry.url
        self._headers = {"Authorization": "Basic " + base64.b64encode(user.encode()).decode()} if user else {}
        handlers = [urllib.request.ProxyHandler({})]
        if authority:
            handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=authority)))
        self._opener = urllib.request.build_opener(*handlers)

    def get(self, path, **headers):
        return self._opener.open(urllib.request.Request(self._url + path, headers={**self._headers, **headers}), timeout=20)

    def digest(self, repository, tag):
        """Nothing when there is no such tag."""
        try:
            with self.get(f"/v2/{repository}/manifests/{tag}", Accept=MANIFESTS) as answer:
                return answer.headers["Docker-Content-Digest"]
        except urllib.error.HTTPError as error:
            assert error.code == 404
            return None

    def manifest(self, repository, reference):
        with self.get(f"/v2/{repository}/manifests/{reference}", Accept=MANIFESTS) as answer:
            return json.load(answer)

    def config(self, repository, reference):
        with self.get(f"/v2/{repository}/blobs/{self.manifest(repository, reference)['config']['digest']}") as answer:
            return json.load(answer)
