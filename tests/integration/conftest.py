"""The real servers as fixtures. Each fixture is a function that starts one more server for this test; all are ended after it.

    def test_x(start_registry, start_prometheus, start_git_server, start_ruler, start_proxy, certificates, buildah_environment, tmp_path): ...

    registry = start_registry(credentials={"ci": "sesame-open"}, certificate=certificates.server)   # see servers.Registry
    prometheus = start_prometheus(targets=["127.0.0.1:8000"])                                        # see servers.Prometheus
    git = start_git_server(user="bot", password="sesame-open"); url = git.create("gitops.git")       # see git_server.GitServer
    proxy = start_proxy(prometheus.url)                                                              # see fault_proxy.FaultProxy
    ruler = start_ruler(activate_after=0)                                                            # see ruler_server.RulerServer
    release.nomad, release.run("web.nomad")                                                          # see run_job.Release

`steps.run`, `steps.start` and `steps.cancel` run the executables; `servers.wait_for` polls. A test that needs a program which is not
a package of dev/packages is marked with `needs("name")`.
"""

import pathlib
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import steps  # noqa: E402
from fault_proxy import FaultProxy  # noqa: E402
from git_server import GitServer  # noqa: E402
from ruler_server import RulerServer  # noqa: E402
from run_job import NomadCluster, Release  # noqa: E402
from servers import Prometheus, Registry  # noqa: E402
from slipway_image import image_builder, slipway_image  # noqa: E402, F401
from ssh_server import SshServer  # noqa: E402

# Most tests are about images that no registry has.
steps.DEFAULTS["SLIPWAY_UPDATE_GITOPS_VALUES_NO_VERIFY_IMAGE"] = "true"


def pytest_configure(config):
    config.addinivalue_line("markers", "container: runs in the container image, or needs what it is built with")


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items):
    for item in items:
        if {"slipway_image", "image_builder"} & set(item.fixturenames):
            item.add_marker("container")


def _starter(make):
    """A fixture's value and its end: starts context managers on demand and leaves them in reverse order."""
    running = []

    def start(*arguments, **options):
        server = make(len(running), *arguments, **options)
        server.__enter__()
        running.append(server)
        return server

    yield start
    for server in reversed(running):
        server.__exit__(None, None, None)


@pytest.fixture
def start_registry(tmp_path):
    yield from _starter(lambda n, **options: Registry(tmp_path / f"registry{n}", **options))


@pytest.fixture
def start_prometheus(tmp_path):
    yield from _starter(lambda n, **options: Prometheus(tmp_path / f"prometheus{n}", **options))


@pytest.fixture
def ssh_server(tmp_path):
    with SshServer(tmp_path / "ssh") as server:
        yield server


@pytest.fixture
def start_git_server(tmp_path):
    yield from _starter(lambda n, **options: GitServer(tmp_path / f"git{n}", **options))


@pytest.fixture
def start_ruler():
    yield from _starter(lambda n, **options: RulerServer(**options))


@pytest.fixture
def start_proxy():
    yield from _starter(lambda n, upstream: FaultProxy(upstream))


@pytest.fixture
def release(tmp_path):
    """A folder with job files for run-job, and a cluster of its own to release them to."""
    folder = tmp_path / "release"
    folder.mkdir()
    with NomadCluster() as nomad:
        yield Release(folder, nomad)


@dataclass
class Certificate:
    certificate: pathlib.Path
    key: pathlib.Path
    authority: pathlib.Path


@dataclass
class Certificates:
    authority: pathlib.Path
    server: Certificate  # for 127.0.0.1 and localhost
    client: Certificate
    nomad: Certificate   # for server.global.nomad, as Nomad names its servers


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """An authority of our own, with a server's and a client's certificate."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    authority, authority_key = folder / "ca.pem", folder / "ca.key"
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *new_key, "-keyout", authority_key, "-out", authority, "-days", "2", "-subj", "/CN=test authority",
            "-addext", "basicConstraints=critical,CA:TRUE")

    def issue(name, extensions):
        certificate, key, request, extra = (folder / f"{name}.{end}" for end in ("pem", "key", "csr", "ext"))
        extra.write_text(extensions)
        openssl("req", "-new", *new_key, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", request, "-CA", authority, "-CAkey", authority_key, "-CAcreateserial", "-days", "2",
                "-extfile", extra, "-out", certificate)
        return Certificate(certificate, key, authority)

    return Certificates(authority, issue("server", "subjectAltName=IP:127.0.0.1,DNS:localhost\n"),
                        issue("client", "extendedKeyUsage=clientAuth\n"), issue("nomad", "subjectAltName=DNS:server.global.nomad\n"))


@pytest.fixture
def buildah_environment(tmp_path):
    """Variables that give Buildah a storage of this test's own, emptied and unmounted afterwards."""
    storage = tmp_path / "storage"
    configuration = tmp_path / "storage.conf"
    configuration.write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{storage}/graph"\nrunroot = "{storage}/run"\n')
    home = tmp_path / "home"
    policy = home / ".config" / "containers" / "policy.json"
    policy.parent.mkdir(parents=True)
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    yield {"CONTAINERS_STORAGE_CONF": str(configuration), "BUILDAH_ISOLATION": "chroot", "HOME": str(home), "TMPDIR": str(temporary)}
    own = ["buildah", "--root", f"{storage}/graph", "--runroot", f"{storage}/run", "--storage-driver", "vfs"]
    subprocess.run([*own, "rm", "--all"], capture_output=True)
    subprocess.run([*own, "rmi", "--all", "--force"], capture_output=True)


def needs(program):
    """Marks a test that cannot run without a program; what is missing is named in the run's report."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")
