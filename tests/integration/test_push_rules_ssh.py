"""push-rules into a folder on another machine: a real OpenSSH server, and a real Prometheus that reads the folder."""

import os
import signal
import subprocess

import pytest

from servers import wait_for
from steps import cancel, run, start
from test_push_rules import Publication, files, loaded, rules, with_old_rules


class RemotePublication(Publication):
    def __init__(self, folder, prometheus, server, url=None):
        super().__init__(folder, prometheus, url)
        self.server = server
        self.address = server.address(prometheus.rules)

    def arguments(self, *more):
        return ("push-rules", self.source, "--rules-dir", self.address, "--ssh-known-hosts", self.server.known_hosts, "--ssh-key-file", self.server.key,
                "--prometheus-url", self.url, *more)


@pytest.fixture
def publication(tmp_path, start_prometheus, ssh_server):
    return RemotePublication(tmp_path, start_prometheus(), ssh_server)


@pytest.fixture
def through_proxy(tmp_path, start_prometheus, start_proxy, ssh_server):
    prometheus = start_prometheus()
    proxy = start_proxy(prometheus.url)
    return with_old_rules(RemotePublication(tmp_path, prometheus, ssh_server, proxy.url), proxy)


def nothing_left(prometheus):
    """Neither temporary files nor the lock."""
    return [name for name in os.listdir(prometheus.rules) if name.startswith(".")] == []


def test_rules_are_written_proven_and_written_again_only_when_they_change(publication):
    odd = rules("a") + "# it's \"odd\": $HOME `x` \\ ü\n"
    publication.write("it's odd $x.yml", odd)
    publication.write("no-line-break.yml", rules("b").rstrip("\n"))
    done = publication.run("--json")
    assert done.code == 0, done.err
    assert files(publication.prometheus.rules) == {"it's odd $x.yml": odd, "no-line-break.yml": rules("b").rstrip("\n")}
    assert loaded(publication.prometheus) == {"it's odd $x.yml:a": ["up"], "no-line-break.yml:b": ["up"]}
    assert nothing_left(publication.prometheus)
    done = publication.run()
    assert (done.code, done.out) == (0, "")
    assert "nothing to do" in done.err


def test_permissions_and_links_stay(publication, tmp_path):
    real = tmp_path / "real.yml"
    real.write_text(rules("a", "old"))
    real.chmod(0o640)
    (publication.prometheus.rules / "a.yml").symlink_to(real)
    publication.write("a.yml", rules("a"))
    assert publication.run().code == 0
    assert real.read_text() == rules("a")
    assert real.stat().st_mode & 0o777 == 0o640
    assert (publication.prometheus.rules / "a.yml").is_symlink()


def test_refused_rules_are_taken_back(publication):
    """Another file of the folder is broken, so the server refuses whatever is there."""
    (publication.prometheus.rules / "broken.yml").write_text("groups: 7\n")
    publication.write("a.yml", rules("a"))
    done = publication.run()
    assert done.code == 3
    assert "it refuses without these changes, too" in done.err
    assert files(publication.prometheus.rules) == {"broken.yml": "groups: 7\n"}
    assert nothing_left(publication.prometheus)


def test_a_full_disk_leaves_the_old_file(publication, tmp_path):
    """A file system of 64 KiB takes the small file and not the large one."""
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", small]).returncode != 0:
        pytest.skip("mount is not allowed here")
    try:
        (small / "a.yml").write_text(rules("a", "old"))
        publication.address = publication.server.address(small)
        publication.write("a.yml", rules("a", "new") + "# filler\n" * 20000)
        done = publication.run()
        assert done.code == 3
        assert "write error" in done.err or "No space left on device" in done.err
        assert files(small) == {"a.yml": rules("a", "old")}
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_host_key_that_is_not_known_or_another(publication, tmp_path):
    publication.write("a.yml", rules("a"))
    for text in ("", publication.server.known_hosts.read_text().replace("AAAA", "AAAB", 1)):
        known = tmp_path / "known"
        known.write_text(text)
        done = run("push-rules", publication.source, "--rules-dir", publication.address, "--ssh-known-hosts", known, "--ssh-key-file", publication.server.key, "--prometheus-url", publication.url)
        assert done.code == 3, done.err
        assert "Host key verification failed" in done.err
        assert "--ssh-known-hosts" in done.err
    assert files(publication.prometheus.rules) == {}


def test_a_key_that_is_not_welcome(publication, tmp_path):
    publication.write("a.yml", rules("a"))
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    done = run("push-rules", publication.source, "--rules-dir", publication.address, "--ssh-known-hosts", publication.server.known_hosts, "--ssh-key-file", tmp_path / "other", "--prometheus-url", publication.url)
    assert done.code == 3
    assert "Permission denied" in done.err


def test_a_folder_that_is_not_there_or_takes_nothing(publication):
    publication.write("a.yml", rules("a"))
    publication.address = publication.server.address("/nowhere/rules")
    done = publication.run()
    assert done.code == 2
    assert "there is no such folder" in done.err
    publication.address = publication.server.address("/proc")
    done = publication.run()
    assert done.code == 3, done.err


def test_no_server(publication):
    publication.write("a.yml", rules("a"))
    publication.server.stop()
    done = publication.run()
    assert done.code == 3
    assert "Connection refused" in done.err
    assert files(publication.prometheus.rules) == {}


def test_two_at_once(publication, tmp_path):
    processes = []
    for number in range(3):
        source = tmp_path / f"team{number}.yml"
        source.write_text(rules(f"team{number}"))
        processes.append(start("push-rules", source, "--rules-dir", publication.address, "--ssh-known-hosts", publication.server.known_hosts, "--ssh-key-file", publication.server.key,
                               "--prometheus-url", publication.url))
    ends = [(process.communicate(timeout=60), process.returncode) for process in processes]
    assert [code for _, code in ends] == [0, 0, 0], ends
    assert set(loaded(publication.prometheus)) == {f"team{number}.yml:team{number}" for number in range(3)}
    assert nothing_left(publication.prometheus)


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_cancelled_before_the_proof(through_proxy, number, code):
    through_proxy.proxy.stall(path="/-/reload", times=1)
    process = start(*through_proxy.arguments())
    wait_for(lambda: "POST /-/reload" in through_proxy.proxy.requests, "the reload")
    done = cancel(process, number)
    assert done.code == code
    assert files(through_proxy.prometheus.rules) == {"a.yml": rules("a", "old")}
    assert nothing_left(through_proxy.prometheus)


def test_a_server_that_never_reloads_gets_the_old_files_back(through_proxy):
    through_proxy.proxy.answer(200, path="/-/reload")
    done = through_proxy.run("--timeout", "2s")
    assert done.code == 3
    assert files(through_proxy.prometheus.rules) == {"a.yml": rules("a", "old")}
