"""An OpenSSH server on a loopback port, with keys of its own."""

import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path

from servers import _Server


class SshServer(_Server):
    """Lets the user of the tests in with `key`; `known_hosts` is what a client must know."""

    _PORT = r"Server listening on 127\.0\.0\.1 port (\d+)"

    def __init__(self, folder):
        super().__init__(folder)
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.key = self.folder / "key"
        self.known_hosts = self.folder / "known_hosts"
        for name in ("host", "key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", self.folder / name], check=True)
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where sshd locks its unprivileged child in

    def address(self, folder):
        return f"ssh://{self.user}@127.0.0.1:{self.port}{folder}"

    def _configure(self):
        if not self.port:  # sshd does not choose a port itself, and clients' files name it
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        public = (self.folder / "host.pub").read_text()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {public}")
        (self.folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1:{self.port}\nHostKey {self.folder}/host\nAuthorizedKeysFile {self.folder}/key.pub\n"
            "StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n")

    def _command(self):
        return [shutil.which("sshd", path="/usr/sbin:/usr/local/sbin"), "-D", "-e", "-f", str(self.folder / "sshd_config")]

    def _ready(self):
        done = subprocess.run(["ssh", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={self.known_hosts}", "-o", "IdentitiesOnly=yes", "-i", self.key,
                               "-p", str(self.port), f"{self.user}@127.0.0.1", "true"], capture_output=True)
        return done.returncode == 0
