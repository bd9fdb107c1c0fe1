"""Who is let in: tokens, TLS, ssh with pinned host keys, and commits that are signed."""

import base64
import os
import ssl
import subprocess

import pytest

from conftest import needs
from gitops import ENVIRONMENT, FILE, STEP, VALUES, Gitops, git
from servers import wait_for
from steps import BIN, cancel, run, start, under_strace

CALL = ["--branch", "main", "--file", FILE, "--set", "image.tag=new"]

TOKEN = "sesame-open-4711"


@pytest.fixture
def gitops(start_git_server):
    return Gitops(start_git_server(), {FILE: VALUES})


@pytest.fixture
def guarded(start_git_server):
    return Gitops(start_git_server(user="oauth2", password=TOKEN), {FILE: VALUES})


@pytest.mark.parametrize("way", ["file", "variable", "user and password", "address"])
def test_credentials(guarded, tmp_path, way):
    secret = tmp_path / "token"
    secret.write_text(TOKEN + "\n")
    arguments, env = {
        "file": (["--git-token-file", secret], {}),
        "variable": ([], {"SLIPWAY_UPDATE_GITOPS_VALUES_GIT_TOKEN": TOKEN}),
        "user and password": (["--git-user", "oauth2", "--git-password-file", secret], {}),
        "address": ([], {}),
    }[way]
    url = guarded.url
    if way == "address":
        url = url.replace("://", f"://oauth2:{TOKEN}@")
    done = run(STEP, "--repo", url, "--file", FILE, "--set", "image.tag=new", "--verbose", *arguments, env=env)
    assert done.code == 0, done.err
    assert guarded.commits() == 2
    assert TOKEN not in done.out + done.err


@needs("strace")
def test_credentials_are_in_nobodys_argv(guarded, tmp_path):
    log = tmp_path / "strace"
    done = subprocess.run(["strace", "-f", "-s", "10000", "-e", "trace=execve", "-o", str(log),
                           str(BIN / STEP), "--repo", guarded.url, "--file", FILE, "--set", "image.tag=new"],
                          env=under_strace(SLIPWAY_UPDATE_GITOPS_VALUES_GIT_TOKEN=TOKEN), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    calls = log.read_text()
    assert "git-remote-http" in calls  # else nothing was seen
    assert TOKEN not in calls
    assert base64.b64encode(f"oauth2:{TOKEN}".encode()).decode() not in calls


@pytest.mark.parametrize("token, words, hint", [
    (None, "the server asks for credentials, and none were given", "give a token with --git-token-file, or a key with --ssh-key-file, or their variables"),
    ("wrong-sesame", "the server refuses the credentials", "check the token or key: right server, not expired, allowed to push"),
])
def test_refused_credentials(guarded, tmp_path, token, words, hint):
    done = run(STEP, "--repo", guarded.url, "--branch", "main", "--file", FILE, "--set", "image.tag=new", "--json",
               env={"SLIPWAY_UPDATE_GITOPS_VALUES_GIT_TOKEN": token} if token else {})
    assert done.code == 3
    assert done.json["error"]["message"] == f"cannot read the branch main of {guarded.url}: {words}"
    assert done.json["error"]["hint"] == hint
    assert guarded.commits() == 1


def test_credentials_may_read_but_not_push(gitops, start_proxy):
    proxy = start_proxy(gitops.server.url)
    proxy.answer(403, "forbidden", path="/git-receive-pack")
    done = run(STEP, "--repo", f"{proxy.url}/ops/gitops.git", "--branch", "main", "--file", FILE, "--set", "image.tag=new",
               env={"SLIPWAY_UPDATE_GITOPS_VALUES_GIT_TOKEN": TOKEN})
    assert done.code == 3
    assert f"error: cannot push to main of {proxy.url}/ops/gitops.git: the server forbids it (403)" in done.err
    assert gitops.commits() == 1


def test_credentials_do_not_follow_a_redirection(gitops, start_proxy):
    elsewhere, proxy = start_proxy(gitops.server.url), start_proxy(gitops.server.url)
    proxy.answer(302, headers={"Location": f"{elsewhere.url}/ops/gitops.git/info/refs?service=git-upload-pack"}, path="/info/refs")
    arguments = ["--repo", f"{proxy.url}/ops/gitops.git", "--file", FILE, "--set", "image.tag=new"]
    done = run(STEP, *arguments, env={"SLIPWAY_UPDATE_GITOPS_VALUES_GIT_TOKEN": TOKEN})
    assert done.code == 3
    assert "the server redirects to another address" in done.err
    assert elsewhere.requests == []


def test_the_surrounding_jobs_git_settings_do_not_matter(gitops, tmp_path):
    (tmp_path / ".gitconfig").write_text(f'[url "http://127.0.0.1:1/"]\n\tinsteadOf = {gitops.server.url}/\n'
                                         f'[core]\n\thooksPath = {tmp_path}\n[commit]\n\tgpgSign = true\n')
    hook = tmp_path / "pre-push"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    done = run(STEP, "--repo", gitops.url, "--file", FILE, "--set", "image.tag=new",
               env={"HOME": tmp_path, "GIT_DIR": "/nonexistent", "GIT_INDEX_FILE": "/nonexistent",
                    "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.proxy", "GIT_CONFIG_VALUE_0": "http://127.0.0.1:1",
                    "GIT_AUTHOR_NAME": "Nobody", "GIT_TRACE": "1", "LANGUAGE": "de", "LC_ALL": "C.UTF-8"})
    assert done.code == 0, done.err
    assert git(gitops.bare, "log", "-1", "--format=%an", "main") == "Slipway"


def test_tls_with_an_authority_of_ones_own(gitops, start_proxy, certificates):
    proxy = start_proxy(gitops.server.url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server.certificate, certificates.server.key)
    proxy._server.socket = context.wrap_socket(proxy._server.socket, server_side=True)
    arguments = ["--repo", f"https://{proxy.host}/ops/gitops.git", "--file", FILE]
    done = run(STEP, *arguments, "--set", "image.tag=new")
    assert done.code == 3
    assert "the connection is not trusted" in done.err
    done = run(STEP, *arguments, "--set", "image.tag=new", "--ca-file", certificates.authority)
    assert done.code == 0, done.err
    for option in ("--ca-file", "--client-cert"):
        done = run(STEP, *arguments, "--set", "image.tag=newer", option, "nowhere.pem")
        assert done.code == 2
        assert "error: cannot read nowhere.pem: No such file or directory" in done.err
    done = run(STEP, *arguments, "--set", "image.tag=newer", "--allow-insecure")
    assert done.code == 0, done.err
    assert gitops.commits() == 3


def test_the_token_of_a_gitlab_job_goes_to_its_own_server_only(guarded, start_git_server):
    """Only where nothing else is given; its user is gitlab-ci-token."""
    own = Gitops(start_git_server(user="gitlab-ci-token", password=TOKEN), {FILE: VALUES})
    job = {"GITLAB_CI": "true", "CI_JOB_TOKEN": TOKEN, "CI_SERVER_HOST": "127.0.0.1", "CI_SERVER_PROTOCOL": "http", "CI_SERVER_PORT": own.server.port}
    done = run(STEP, "--repo", own.url, *CALL, env=job)
    assert done.code == 0, done.err
    assert TOKEN not in done.out + done.err
    done = run(STEP, "--repo", guarded.url, *CALL, env=job)
    assert done.code == 3
    assert "the server asks for credentials, and none were given" in done.err


@pytest.mark.parametrize("status, words", [(401, "the server refuses the credentials"), (403, "the server forbids it (403)")])
@pytest.mark.parametrize("path", ["/info/refs?service=git-upload-pack", "/info/refs?service=git-receive-pack"])
def test_a_server_that_refuses_is_not_asked_again(gitops, start_proxy, status, words, path):
    proxy = start_proxy(gitops.server.url)
    proxy.answer(status, "no", headers={"WWW-Authenticate": 'Basic realm="git"'} if status == 401 else {}, path=path)
    done = run(STEP, "--repo", f"{proxy.url}/{gitops.path}", *CALL, env={"SLIPWAY_UPDATE_GITOPS_VALUES_GIT_TOKEN": TOKEN})
    assert done.code == 3
    assert words in done.err
    assert len([request for request in proxy.requests if request.endswith(path)]) <= 2
    assert gitops.commits() == 1


def nobody_is_left(folder):
    """Neither files nor a process that has them in its command line, such as ssh and gpg's agent."""
    assert list(folder.iterdir()) == []
    for process in os.listdir("/proc"):
        if process.isdigit():
            try:
                with open(f"/proc/{process}/cmdline", "rb") as line:
                    assert str(folder).encode() not in line.read(), "it still runs"
            except OSError:
                pass


@pytest.fixture
def scratch(tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def test_signed_with_an_ssh_key(gitops, tmp_path, scratch):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    done = run(STEP, "--repo", gitops.url, *CALL, "--author", AUTHOR, "--signing-key-file", tmp_path / "key", env={"TMPDIR": scratch})
    assert done.code == 0, done.err
    (tmp_path / "signers").write_text("bot@example.invalid " + (tmp_path / "key.pub").read_text())
    assert 'Good "git" signature for bot@example.invalid' in verified(gitops, "-c", f"gpg.ssh.allowedSignersFile={tmp_path}/signers")
    assert git(gitops.bare, "log", "-1", "--format=%an <%ae>|%cn <%ce>", "main") == f"{AUTHOR}|{AUTHOR}"
    nobody_is_left(scratch)


# ---------------------------------------------------------------------------------------------
# ssh

needs_sshd = pytest.mark.skipif(not any(os.access(f"{folder}/sshd", os.X_OK) for folder in ("/usr/sbin", "/usr/local/sbin")), reason="sshd is not installed")


class OverSsh:
    def __init__(self, gitops, server):
        self.gitops = gitops
        self.server = server
        self.address = server.address(gitops.bare)

    def run(self, *more, env=None):
        return run(STEP, "--repo", self.address, *CALL, *more, env=env)

    def variables(self, **changes):
        """Key and host keys as variables of a pipeline."""
        return {"SLIPWAY_UPDATE_GITOPS_VALUES_SSH_KEY": self.server.key.read_text(),
                "SLIPWAY_UPDATE_GITOPS_VALUES_SSH_KNOWN_HOSTS": self.server.known_hosts.read_text()} | changes


@pytest.fixture
def over_ssh(gitops, ssh_server):
    return OverSsh(gitops, ssh_server)


@needs_sshd
def test_a_key_and_the_servers_keys_in_files(over_ssh, tmp_path):
    name = tmp_path / "it's 100% odd $HOME"
    name.mkdir()
    for path in (over_ssh.server.key, over_ssh.server.known_hosts):
        (name / path.name).write_text(path.read_text())
    done = over_ssh.run("--ssh-key-file", name / "key", "--ssh-known-hosts", name / "known_hosts", env={"TMPDIR": name})
    assert done.code == 0, done.err
    assert done.out.strip() == over_ssh.gitops.tip()
    assert sorted(path.name for path in name.iterdir()) == ["key", "known_hosts"]


@needs_sshd
@pytest.mark.parametrize("mangle", [lambda key: key.replace("\n", "\r\n"), lambda key: key.strip(), lambda key: key.replace("\n", "\\n")],
                         ids=["CRLF", "no line break at its end", "in one line"])
def test_a_key_from_a_variable(over_ssh, mangle):
    env = over_ssh.variables()
    env["SLIPWAY_UPDATE_GITOPS_VALUES_SSH_KEY"] = mangle(env["SLIPWAY_UPDATE_GITOPS_VALUES_SSH_KEY"])
    done = over_ssh.run(env=env)
    assert done.code == 0, done.err
    assert over_ssh.gitops.commits() == 2


@needs_sshd
def test_another_host_key_than_the_pinned_one(over_ssh, tmp_path):
    """Nothing of this machine's own ssh helps: neither its files nor an agent."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    pinned = f"[127.0.0.1]:{over_ssh.server.port} {(tmp_path / 'other.pub').read_text()}"
    done = over_ssh.run(env=over_ssh.variables(SLIPWAY_UPDATE_GITOPS_VALUES_SSH_KNOWN_HOSTS=pinned))
    assert (done.code, done.out) == (3, "")
    assert "the connection is not trusted: Host key verification failed." in done.err
    assert "hint: the server's key must stand in --ssh-known-hosts" in done.err
    assert over_ssh.gitops.commits() == 1


@needs_sshd
def test_another_key_than_the_servers_user_has(over_ssh, tmp_path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    done = over_ssh.run("--ssh-key-file", tmp_path / "other", env={"SLIPWAY_UPDATE_GITOPS_VALUES_SSH_KNOWN_HOSTS": over_ssh.server.known_hosts.read_text()})
    assert done.code == 3
    assert "the server refuses the credentials" in done.err


@needs_sshd
def test_a_hook_and_a_missing_repository_over_ssh(over_ssh):
    over_ssh.gitops.hook("pre-receive", "echo 'no pushes on Fridays' >&2; exit 1\n")
    done = over_ssh.run(env=over_ssh.variables())
    assert done.code == 1
    assert "(pre-receive hook declined): no pushes on Fridays" in done.err
    over_ssh.address += ".nowhere"
    done = over_ssh.run(env=over_ssh.variables())
    assert done.code == 3
    assert "the server knows no such repository" in done.err


# Ends the connection that the hook was called over, as a machine that crashes does.
CRASH = """
pid=$$
while [ "$(cat /proc/$pid/comm)" != sshd ]; do pid=$(sed -n 's/^PPid:[[:space:]]*//p' /proc/$pid/status); done
[ -e crashed ] || { touch crashed; kill -9 $pid; }
"""


@needs_sshd
@pytest.mark.parametrize("hook", ["pre-receive", "post-receive"])
def test_an_ssh_connection_that_breaks_during_the_push(over_ssh, hook):
    """Before or after the commit is on the branch: it is there in the end, once."""
    over_ssh.gitops.hook(hook, CRASH)
    done = over_ssh.run(env=over_ssh.variables())
    assert done.code == 0, done.err
    assert (over_ssh.gitops.bare / "crashed").exists()
    assert done.out.strip() == over_ssh.gitops.tip() and over_ssh.gitops.commits() == 2


@needs_sshd
def test_cancelled_over_ssh(over_ssh, scratch):
    over_ssh.gitops.hook("pre-receive", "touch waiting\nwhile [ ! -e go ]; do sleep 0.05; done\nexit 1\n")
    process = start(STEP, "--repo", over_ssh.address, *CALL, env=over_ssh.variables(TMPDIR=scratch))
    wait_for(lambda: (over_ssh.gitops.bare / "waiting").exists(), "the hook")
    done = cancel(process)
    (over_ssh.gitops.bare / "go").touch()
    assert done.code == 143
    nobody_is_left(scratch)
    assert over_ssh.gitops.commits() == 1


@pytest.mark.parametrize("passphrase, change, words", [
    ("", lambda key: key + ".pub", "it is a public key; the private one is the file without .pub"),
    ("sesame", lambda key: key, "a passphrase protects it, and nobody is here to type it"),
])
def test_keys_that_cannot_be_used(tmp_path, passphrase, change, words):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", tmp_path / "key"], check=True)
    (tmp_path / "hosts").write_text("host ssh-ed25519 AAAA\n")
    done = run(STEP, "--repo", "git@127.0.0.1:gitops.git", *CALL, "--ssh-key-file", change(str(tmp_path / "key")), "--ssh-known-hosts", tmp_path / "hosts")
    assert done.code == 2
    assert f"cannot use --ssh-key-file: {words}" in done.err
    done = run(STEP, "--repo", "git@127.0.0.1:gitops.git", *CALL, "--ssh-key-file", tmp_path / "key")
    assert done.code == 2
    assert "--ssh-key-file needs --ssh-known-hosts" in done.err


# ---------------------------------------------------------------------------------------------
# Signed commits

AUTHOR = "Release Bot <bot@example.invalid>"


def verified(gitops, *settings, env=None):
    """What git says of the newest commit's signature."""
    done = subprocess.run(["git", "-C", str(gitops.bare), "-c", "safe.directory=*", *settings, "verify-commit", "main"],
                          env=ENVIRONMENT | (env or {}), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture
def gpg_home(tmp_path):
    """Short: the sockets of an agent have names of at most 107 characters."""
    home = tmp_path / "g"
    home.mkdir(mode=0o700)
    yield {"GNUPGHOME": str(home)}
    subprocess.run(["gpgconf", "--kill", "all"], env=ENVIRONMENT | {"GNUPGHOME": str(home)}, capture_output=True)


def openpgp_key(home, passphrase):
    """A new one of AUTHOR, as `gpg --armor --export-secret-keys` prints it."""
    def gpg(*arguments):
        return subprocess.run(["gpg", "--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", passphrase, "--s2k-count", "65536", *arguments],
                              env=ENVIRONMENT | home, check=True, capture_output=True, text=True).stdout
    gpg("--quick-generate-key", AUTHOR, "ed25519", "sign", "1d")
    return gpg("--armor", "--export-secret-keys")


@needs("gpg")
@pytest.mark.parametrize("passphrase", ["", "sésame open"])
def test_signed_with_an_openpgp_key(gitops, tmp_path, scratch, gpg_home, passphrase):
    env = {"SLIPWAY_UPDATE_GITOPS_VALUES_SIGNING_KEY": openpgp_key(gpg_home, passphrase), "TMPDIR": scratch}
    if passphrase:
        done = run(STEP, "--repo", gitops.url, *CALL, "--author", AUTHOR, env=env | {"SLIPWAY_UPDATE_GITOPS_VALUES_SIGNING_PASSPHRASE": "wrong one"})
        assert done.code == 3
        assert "cannot sign the commit: " in done.err and "hint: is the key's passphrase right" in done.err
        nobody_is_left(scratch)
        env["SLIPWAY_UPDATE_GITOPS_VALUES_SIGNING_PASSPHRASE"] = passphrase
    done = run(STEP, "--repo", gitops.url, *CALL, "--author", AUTHOR, env=env)
    assert done.code == 0, done.err
    assert f'Good signature from "{AUTHOR}"' in verified(gitops, env=gpg_home)
    assert gitops.commits() == 2
    nobody_is_left(scratch)


@needs("gpg")
def test_cancelled_while_a_signed_commit_is_pushed(gitops, start_proxy, scratch, gpg_home):
    """The agent that gpg has started is gone as well."""
    proxy = start_proxy(gitops.server.url)
    proxy.stall(path="/git-receive-pack$")
    process = start(STEP, "--repo", f"{proxy.url}/{gitops.path}", *CALL,
                    env={"SLIPWAY_UPDATE_GITOPS_VALUES_SIGNING_KEY": openpgp_key(gpg_home, ""), "TMPDIR": scratch})
    wait_for(lambda: any(request.endswith("/git-receive-pack") for request in proxy.requests), "the push")
    assert cancel(process).code == 143
    nobody_is_left(scratch)
    assert gitops.commits() == 1


def test_a_signing_key_that_is_none(gitops, tmp_path):
    (tmp_path / "key").write_text("sesame\n")
    done = run(STEP, "--repo", gitops.url, *CALL, "--signing-key-file", tmp_path / "key")
    assert done.code == 2
    assert "cannot use --signing-key-file: it does not begin with '-----BEGIN ... PRIVATE KEY-----'" in done.err
