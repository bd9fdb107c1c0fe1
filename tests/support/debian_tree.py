"""A Debian in a folder, to install packages into: what a clean machine has, and nothing of this one."""

import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


class DebianTree:
    """As a context manager: `suite` is a Debian release, by default this machine's. Needs root. `run` runs a command in it."""

    def __init__(self, folder, suite="machine"):
        self.folder = pathlib.Path(folder)
        self._suite = suite

    def __enter__(self):
        base = subprocess.run([ROOT / "images" / "base", "--suite", self._suite, "--tar"], check=True, stdout=subprocess.PIPE, text=True, timeout=600)
        self.folder.mkdir(parents=True)
        subprocess.run(["tar", "--extract", "--numeric-owner", "--exclude=./dev/*", "--file", base.stdout.strip(), "--directory", self.folder], check=True)
        # Manual pages and documentation are left out of images; here they are what is looked at.
        for configuration in (self.folder / "etc" / "dpkg" / "dpkg.cfg.d").iterdir():
            if "path-exclude" in configuration.read_text():
                configuration.unlink()
        shutil.copy("/etc/resolv.conf", self.folder / "etc" / "resolv.conf")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def run(self, *command, check=True, timeout=300, **variables):
        """Devices and /proc are this machine's, mounted for this command alone."""
        script = 'mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", "MANPAGER": "cat", **variables}
        environment.update({name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")})
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script, str(self.folder), *map(str, command)], env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=timeout)
        assert not check or done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
        return done
