"""The container image with all steps, for tests that run it.

The fixture `slipway_image` names it in podman's storage. It is built by images/build with the build-image under test, upon a Debian
that images/base makes; its Debian package is compiled for that release, once in a session.

    SLIPWAY_IMAGE=NAME   takes this image of podman's storage; nothing is built, and tests of the build itself are skipped
    SLIPWAY_DEB=FILE     takes this package instead of compiling one
"""

import contextlib
import hashlib
import os
import pathlib
import resource
import subprocess
import uuid

import pytest

from steps import BIN, ROOT


def prepare_podman(folder):
    """Podman and Buildah raise limits by default, which fails where lower ones are set; and podman's other runtime refuses hybrid cgroups."""
    if "CONTAINERS_CONF" in os.environ:
        return

    def limit(kind, enough):
        hard = resource.getrlimit(kind)[1]
        return enough if hard == resource.RLIM_INFINITY else min(hard, enough)

    files, processes = limit(resource.RLIMIT_NOFILE, 1024), limit(resource.RLIMIT_NPROC, 4096)
    configuration = pathlib.Path(folder) / "containers.conf"
    configuration.write_text(f'[containers]\ndefault_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]\n[engine]\nruntime = "runc"\n')
    os.environ["CONTAINERS_CONF"] = str(configuration)


def podman(*arguments, check=True, **options):
    done = subprocess.run(["podman", *map(str, arguments)], capture_output=True, text=True, timeout=options.pop("timeout", 120), **options)
    assert not check or done.returncode == 0, done.stderr
    return done


def run(image, *command, options=(), check=True, **more):
    """Runs a command in a new container, with this machine's network: servers on loopback are reached."""
    return podman("run", "--rm", "--network", "host", *options, image, *command, check=check, **more)


@contextlib.contextmanager
def built(containerfile, context, sources):
    """An image by podman; `sources` stand in for the images that the Containerfile names."""
    name = f"localhost/slipway-example:{uuid.uuid4().hex[:12]}"
    podman("build", "--quiet", "--pull=never", f"--tag={name}", f"--file={containerfile}", *(f"--build-context={image}={source}" for image, source in sources.items()), context)
    try:
        yield name
    finally:
        podman("rmi", "--force", name, check=False)


class Builder:
    """Builds images with the package of this session."""

    def __init__(self, folder):
        self.folder = folder
        self._base = None
        self._package = None
        self._names = []

    def _call(self, *command):
        done = subprocess.run(["nice", *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=3600)
        assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stderr[-4000:]}"
        return done.stdout.strip()

    @property
    def base(self):
        self._base = self._base or self._call(ROOT / "images" / "base")
        return self._base

    def compile(self, folder):
        """Compiles anew. The path of the package."""
        folder.mkdir()
        return folder / self._call(ROOT / "images" / "build", "--bin", BIN, "--base", self.base, "--package", folder)

    @property
    def package(self):
        if self._package is None:
            given = os.environ.get("SLIPWAY_DEB")
            self._package = pathlib.Path(given) if given else self.compile(self.folder / "package")
        return self._package

    def build(self, variant, *more, package=True):
        """What images/build prints. Without the session's package the Containerfile compiles one, as for people."""
        deb = ("--deb", self.package) if package else ()
        return self._call(ROOT / "images" / "build", "--bin", BIN, "--base", self.base, *deb, "--variant", variant, *more)

    def keep(self, name):
        """Removed in the end."""
        self._names.append(name)
        return name

    def clear(self):
        """The base stays, as its file in the cache does: another session may use it."""
        if self._package is not None:
            digest = hashlib.sha256(self._package.read_bytes()).hexdigest()
            self.keep(f"localhost/slipway-package:{digest[:12]}")
        for name in self._names:
            podman("rmi", "--force", name, check=False)


@pytest.fixture(scope="session")
def image_builder(tmp_path_factory):
    if "SLIPWAY_IMAGE" in os.environ and "SLIPWAY_DEB" not in os.environ:
        pytest.skip("SLIPWAY_IMAGE names the image, and there is no SLIPWAY_DEB to build another with")
    folder = tmp_path_factory.mktemp("image")
    prepare_podman(folder)
    builder = Builder(folder)
    yield builder
    builder.clear()


@pytest.fixture(scope="session")
def slipway_image(request, tmp_path_factory):
    prepare_podman(tmp_path_factory.mktemp("podman"))
    given = os.environ.get("SLIPWAY_IMAGE")
    if given:
        return given
    builder = request.getfixturevalue("image_builder")
    tag = f"test-{os.getpid()}"
    builder.build("full", "--tag", tag)
    return builder.keep(f"localhost/slipway:{tag}")
