"""What is installed: by `cmake --install`, and as the Debian package, in a Debian of its own."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from conftest import needs
from debian_tree import DebianTree
from steps import BIN, ROOT, environment, run

BUILD = BIN.parent
STEPS = sorted(path.name for path in BIN.iterdir() if path.is_file() and (ROOT / "steps" / path.name).is_dir())
TOPICS = ("slipway", "slipway-objectives", *(f"update-gitops-values-{topic}" for topic in ("promotion", "pull-requests", "waiting")),
          *(f"wait-for-slo-{topic}" for topic in ("google", "probes", "prometheus", "reports", "thresholds")))
SHARED = [*(f"man/man1/{step}.1.gz" for step in STEPS), *(f"man/man7/{topic}.7.gz" for topic in TOPICS),
          *(f"bash-completion/completions/{step}" for step in STEPS), *(f"zsh/site-functions/_{step}" for step in STEPS),
          *(f"fish/vendor_completions.d/{step}.fish" for step in STEPS), "doc/slipway/copyright"]


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def pack(folder, **variables):
    """The package of what is built, compressed quickly; nothing is built anew."""
    command = ["cpack", "-G", "DEB", "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", "-B", folder, "--config", BUILD / "CPackConfig.cmake"]
    done = subprocess.run(command, cwd=BUILD, env=environment(**variables), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    package, = folder.glob("slipway_*.deb")
    return package


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return pack(tmp_path_factory.mktemp("package"))


def dpkg_deb(*arguments):
    return subprocess.run(["dpkg-deb", *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def test_install(tmp_path):
    done = subprocess.run(["cmake", "--install", BUILD, "--prefix", "/opt/slipway"], env=environment(DESTDIR=tmp_path), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    root = tmp_path / "opt" / "slipway"
    assert files_below(root) == sorted([*(f"bin/{step}" for step in STEPS), *(f"share/{name}" for name in SHARED)])
    for step in STEPS:
        installed = subprocess.run([root / "bin" / step, "--version"], env=environment(), capture_output=True, text=True)
        assert installed.stdout == run(step, "--version").out


def test_a_build_for_another_machine(tmp_path):
    """The executables do not run where they are built; others of the same version say what the manual is made of."""
    def cmake(*arguments):
        done = subprocess.run(["cmake", *map(str, arguments)], env=environment(), capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    configure = ("-G", "Ninja", "-S", ROOT, "-B", tmp_path, "-D", "CMAKE_SYSTEM_NAME=Linux", "-D", "SLIPWAY_TESTS=OFF")
    assert "No manual pages and completions: the executables do not run here" in cmake(*configure)
    assert "No manual pages" not in cmake(*configure, "-D", f"SLIPWAY_HOST_BIN={BIN}")
    cmake("--build", tmp_path, "--target", "slipway_share")
    assert [name for name in SHARED if not (tmp_path / "share" / name).exists()] == ["doc/slipway/copyright"]
    assert list((tmp_path / "bin").glob("*")) == []
    assert "No manual pages and completions: the package python3-markdown-it is not installed" in cmake(*configure, "-D", "SLIPWAY_PYTHON=/bin/false")


def test_what_the_package_says_of_itself(package):
    fields = dict(re.findall(r"^(\S+): (.*)", dpkg_deb("--field", package), re.M))
    release = re.search(r'^VERSION_ID="?(\d+)', pathlib.Path("/etc/os-release").read_text(), re.M)[1]
    number = run("run-job", "--version").out.split()[1]
    assert fields["Package"] == "slipway"
    assert fields["Version"] == f"{number}-1~deb{release}"
    assert package.name == f"slipway_{fields['Version']}_{fields['Architecture']}.deb"
    depends = {name.split(" ")[0] for name in fields["Depends"].split(", ")}
    # The first is loaded when it is needed and not linked; the last is what dpkg-shlibdeps has found.
    assert {"libcurl4", "git", "ca-certificates", "libc6"} <= depends
    assert not [name for name in depends if name.startswith(("libarchive", "libxml2", "libicu"))], "libarchive is linked statically"
    assert {"buildah", "openssh-client"} <= set(fields["Recommends"].split(", "))


def test_what_is_in_the_package(package, tmp_path):
    """Debian's policy: everything is root's, readable by all, and as old as the commit."""
    expected = [*(f"usr/bin/{step}" for step in STEPS), *(f"usr/share/{name}".replace("site-functions", "vendor-completions") for name in SHARED), "usr/share/doc/slipway/changelog.gz", "usr/share/doc/slipway/changelog.Debian.gz"]
    listed = [line.split() for line in dpkg_deb("--contents", package).splitlines()]
    assert sorted(line[-1].removeprefix("./") for line in listed if not line[0].startswith("d")) == sorted(expected)
    for mode, owner, _, day, minute, name in listed:
        assert (mode, owner) == ("drwxr-xr-x" if name.endswith("/") else "-rwxr-xr-x" if "/bin/" in name else "-rw-r--r--", "root/root"), name
    assert len({(line[3], line[4]) for line in listed}) == 1
    dpkg_deb("--extract", package, tmp_path)
    for step in STEPS:
        sections = subprocess.run(["readelf", "--sections", "--wide", tmp_path / "usr" / "bin" / step], check=True, capture_output=True, text=True).stdout
        assert ".debug_info" not in sections and ".symtab" not in sections


full = pytest.mark.skipif("SLIPWAY_FULL" not in os.environ, reason="takes long; --full does it")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="making a Debian needs root")


@full
def test_the_same_build_gives_the_same_package(package, tmp_path):
    assert pack(tmp_path).read_bytes() == package.read_bytes()
    at_another_time = pack(tmp_path, SOURCE_DATE_EPOCH="1000000000")
    assert "2001-09-09" in dpkg_deb("--contents", at_another_time)


@needs("lintian")
def test_nothing_for_lintian_to_say(package, tmp_path):
    copy = shutil.copy(package, tmp_path)
    done = subprocess.run(["lintian", "--profile", "debian", "--allow-root", copy], env=environment(HOME=tmp_path), capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, "")


def check_installed(tree, package):
    """Installs the package in a Debian, looks at all that it brings, and removes it without a trace."""
    shutil.copy(package, tree.folder / "root")
    deb = f"/root/{package.name}"
    tree.run("apt-get", "update", "-q")
    # What is recommended exists, too; it is too much to install here.
    assert "Inst buildah" in tree.run("apt-get", "install", "--simulate", deb).stdout
    tree.run("apt-get", "install", "-y", "-q", "--no-install-recommends", deb, "man-db", "bash-completion")
    number = dpkg_deb("--field", package, "Version").partition("-")[0]
    for step in STEPS:
        assert re.fullmatch(rf"{step} {number} \(commit \w+, \S+\)\n", tree.run(step, "--version").stdout)
        page = tree.run("man", step, MANWIDTH="80").stdout
        assert re.search(rf"^{step.upper()}\(1\) .* {step.upper()}\(1\)$", page, re.M)
        assert "\nOPTIONS\n" in page and "--dry-run" in page
        # As a shell does it for the first TAB behind the name.
        loaded = tree.run("bash", "-c", f". /usr/share/bash-completion/bash_completion; _completion_loader {step} || _comp_load {step}; complete -p {step}")
        assert f"-F _{step.replace('-', '_')} {step}" in loaded.stdout
    assert "service level objectives" in tree.run("man", "slipway-objectives").stdout
    assert "wait-for-slo (1)" in tree.run("apropos", "objectives").stdout
    assert tree.run("dpkg", "--verify", "slipway").stdout == ""
    brought = [line for line in tree.run("dpkg", "--listfiles", "slipway").stdout.splitlines() if not (tree.folder / line.lstrip("/")).is_dir()]
    assert len(brought) == len(STEPS) + len(SHARED) + 2
    tree.run("dpkg", "--purge", "slipway")
    left = tree.run("find", "/usr", "/etc", "/var/lib", "-xdev", *[word for name in ("*slipway*", *STEPS) for word in ("-o", "-name", name)][1:]).stdout
    assert left == ""


@as_root
def test_the_package_in_a_clean_debian(package, tmp_path):
    with DebianTree(tmp_path / "tree") as tree:
        check_installed(tree, package)


@full
@as_root
def test_the_package_of_debian_13(image_builder, tmp_path):
    """The one that the container image is made with: compiled in a Debian 13."""
    with DebianTree(tmp_path / "tree", "trixie") as tree:
        check_installed(tree, image_builder.package)
