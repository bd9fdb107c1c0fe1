#include "catch.hpp"

#include "git/failure.hpp"

#include <string>

using namespace slipway;
using namespace slipway::git;

namespace {

Failure of(std::string standard_error) { return diagnose({.exit_code = 128, .err = std::move(standard_error)}); }

} // namespace

TEST_CASE("Git's messages are told apart") {
    CHECK(of("fatal: unable to access 'http://127.0.0.1:1/x/': Failed to connect to 127.0.0.1 port 1 after 0 ms: "
             "Couldn't connect to server\n")
              .cause == Cause::unreachable);
    CHECK(of("fatal: unable to access 'https://h.invalid/': Could not resolve host: h.invalid\n").cause ==
          Cause::unreachable);
    CHECK(of("error: RPC failed; curl 56 Recv failure: Connection reset by peer\nfatal: the remote end hung up "
             "unexpectedly\n")
              .cause == Cause::unreachable);
    CHECK(of("fatal: unable to access 'http://h/': The requested URL returned error: 503\n").cause == Cause::busy);
    CHECK(of("error: RPC failed; HTTP 500 curl 22 The requested URL returned error: 500\nfatal: the remote end hung "
             "up unexpectedly\n")
              .cause == Cause::busy);
    CHECK(of("fatal: could not read Username for 'http://h': terminal prompts disabled\n").cause ==
          Cause::credentials);
    CHECK(of("remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://h/x.git/'\n").cause ==
          Cause::credentials);
    CHECK(of("git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.\n").cause ==
          Cause::credentials);
    CHECK(of("fatal: unable to access 'https://h/x.git/': The requested URL returned error: 403\n").cause ==
          Cause::forbidden);
    for (const char* words :
         {"ERROR: You are not allowed to push code to this project.", "ERROR: Permission to a/b.git denied to bot.",
          "ERROR: The key you are authenticating with has been marked as read only.",
          "remote: User does not have permission to write"}) {
        INFO(words);
        CHECK(of(std::string(words) + "\nfatal: Could not read from remote repository.\n").cause == Cause::forbidden);
    }
    CHECK(of("fatal: remote error: upload-pack: not our ref 1234\n").cause == Cause::no_object);
    CHECK(of("fatal: Server does not allow request for unadvertised object 1234\n").cause == Cause::no_object);
    CHECK(of("remote: Repository not found.\nfatal: repository 'https://h/x.git/' not found\n").cause ==
          Cause::not_found);
    CHECK(of("fatal: '/srv/x' does not appear to be a git repository\n").cause == Cause::not_found);
    CHECK(of("fatal: couldn't find remote ref refs/heads/x\n").cause == Cause::no_branch);
    CHECK(of("fatal: unable to access 'https://h/x/': The requested URL returned error: 301\n").cause ==
          Cause::redirected);
    CHECK(of("fatal: http://h/x/info/refs not valid: is this a git repository?\n").cause == Cause::no_repository);
    CHECK(of("fatal: protocol error: bad line length character: <htm\n").cause == Cause::no_repository);
    CHECK(of("fatal: protocol error: bad pack header\n").cause == Cause::unreachable);
    CHECK(of("fatal: unable to access 'https://h/': server certificate verification failed. CAfile: none CRLfile: "
             "none\n")
              .cause == Cause::certificate);
    CHECK(of("Host key verification failed.\nfatal: Could not read from remote repository.\n").cause ==
          Cause::certificate);
    CHECK(of("error: file write error: No space left on device\nfatal: unpack-objects failed\n").cause ==
          Cause::disk);
    CHECK(of("fatal: something else\n").cause == Cause::other);
}

TEST_CASE("a full disk in Git's own words") {
    CHECK(of("fatal: sha1 file '/tmp/x/pack/tmp_idx' write error. Out of diskspace\n").cause == Cause::disk);
    CHECK(of("error: cannot update ref 'refs/slipway/tip': couldn't write '/tmp/x/refs/slipway/tip.lock'\n").cause == Cause::disk);
}

TEST_CASE("words in an address say nothing about the failure") {
    CHECK(of("fatal: unable to access 'https://h/SSL-certificate.git/': Failed to connect to h port 443\n").cause ==
          Cause::unreachable);
    CHECK(of("fatal: unable to access 'https://h/a/': Failed to connect to h port 443\n").words ==
          "Failed to connect to h port 443");
}

TEST_CASE("the line that says most is shown, harmless and short") {
    CHECK(of("warning: w\nerror: RPC failed; HTTP 500\nfatal: the remote end hung up unexpectedly\n").words ==
          "RPC failed; HTTP 500");
    CHECK(of("ssh: x\nHost key verification failed.\r\nfatal: Could not read from remote repository.\n\nPlease make "
             "sure you have the correct "
             "access rights\nand the repository exists.\n")
              .words == "Host key verification failed.");
    CHECK(of("remote: only this\n").words == "only this");
    CHECK(of("").words == "exit code 128");
    CHECK(of("fatal: \x1b[2J\n").words.find('\x1b') == std::string::npos);
    CHECK(of("fatal: " + std::string(5000, 'x')).words.size() < 500);
    CHECK(words_of_server("remote: one\nremote:   \nother\nremote: two \n") == "one | two");
    CHECK(diagnose({.exit_code = -1, .timed_out = true}).cause == Cause::unreachable);
}

TEST_CASE("causes become exit codes") {
    CHECK(to_error({Cause::no_branch, ""}, "cannot read", false).code() == ExitCode::misuse);
    CHECK(to_error({Cause::no_object, ""}, "cannot read", false).code() == ExitCode::refused);
    CHECK(std::string(to_error({Cause::forbidden, "You are not allowed"}, "cannot push", true).what()) ==
          "cannot push: the server forbids it: You are not allowed");
    CHECK(std::string(
              to_error({Cause::forbidden, "The requested URL returned error: 403"}, "cannot push", true).what()) ==
          "cannot push: the server forbids it (403)");
    for (const auto cause :
         {Cause::unreachable, Cause::busy, Cause::credentials, Cause::forbidden, Cause::not_found, Cause::redirected,
          Cause::no_repository, Cause::certificate, Cause::disk, Cause::other}) {
        CHECK(to_error({cause, "words"}, "cannot read", true).code() == ExitCode::world);
    }
    CHECK(to_error({Cause::certificate, "Host key verification failed."}, "cannot read", true)
              .diagnostics()
              .front()
              .hint == "the server's key must stand in --ssh-known-hosts, or without it in ssh's own file");
    CHECK(may_pass(Cause::busy));
    CHECK_FALSE(may_pass(Cause::credentials));
}
