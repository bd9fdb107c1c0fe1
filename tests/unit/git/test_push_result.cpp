#include "catch.hpp"

#include "git/push_result.hpp"

#include <string>

using namespace slipway;
using namespace slipway::git;
using Kind = PushResult::Kind;

namespace {

io::ProcessResult said(const std::string& summary, const std::string& err = {}) {
    return {.exit_code = 1, .out = "To https://h/x.git\n!\tabc:refs/heads/main\t" + summary + "\nDone\n", .err = err};
}

} // namespace

TEST_CASE("what a server says of a reference") {
    struct Row {
        const char* summary;
        Kind kind;
    };
    const Row rows[] = {
        {"[rejected] (stale info)", Kind::stale},
        {"[rejected] (fetch first)", Kind::stale},
        {"[rejected] (non-fast-forward)", Kind::stale},
        {"[rejected] (already exists)", Kind::stale},
        {"[remote rejected] (failed to update ref)", Kind::locked},
        {"[remote rejected] (cannot lock ref 'refs/heads/main': is at 1 but expected 2)", Kind::locked},
        {"[remote rejected] (incorrect old value provided)", Kind::locked},
        {"[remote rejected] (reference already exists)", Kind::locked},
        {"[remote rejected] (Internal Server Error)", Kind::locked},
        {"[remote rejected] (pre-receive hook declined)", Kind::refused},
        {"[remote rejected] (hook declined)", Kind::refused},
        {"[remote rejected] (pre-receive hook declined: cannot lock ref)", Kind::refused},
        {"[remote rejected] (protected branch hook declined)", Kind::refused},
        {"[remote rejected] (branch is currently checked out)", Kind::refused},
        {"[remote rejected] (deny updating a hidden ref)", Kind::refused},
        {"[remote rejected] (something new)", Kind::refused},
        {"[remote rejected] (unpacker error)", Kind::failed},
        {"[remote rejected] (missing necessary objects)", Kind::failed},
        {"[remote failure] (remote failed to report status)", Kind::uncertain},
    };
    for (const auto& row : rows) {
        INFO(row.summary);
        CHECK(judge_push(said(row.summary)).kind == row.kind);
    }
    CHECK(judge_push({.exit_code = 0, .out = "Done\n"}).kind == Kind::landed);
    CHECK(judge_push(said("[remote rejected] (pre-receive hook declined)", "remote: frozen\nremote: \x1b[2J\n"))
              .words == "[remote rejected] (pre-receive hook declined): frozen | \\x1b[2J");
    CHECK(judge_push(said("[remote rejected] (unpacker error)", "remote: fatal: No space left on device\n"))
              .failure.words == "[remote rejected] (unpacker error): fatal: No space left on device");
}

TEST_CASE("a connection that breaks after the server's word is no refusal") {
    const auto result = judge_push({.exit_code = 128,
                                    .out = "To ssh://h/x.git\n \tabc:refs/heads/main\t1234567..89abcde\n",
                                    .err = "client_loop: send disconnect: Broken pipe\nfatal: the remote end hung up unexpectedly\n"});
    CHECK(result.kind == Kind::uncertain);
    CHECK(result.failure.words == "the remote end hung up unexpectedly");
}

TEST_CASE("a push without a word about the reference") {
    struct Row {
        const char* err;
        Kind kind;
    };
    const Row rows[] = {
        {"error: RPC failed; curl 56 Recv failure: Connection reset by peer\n", Kind::uncertain},
        {"fatal: the remote end hung up unexpectedly\n", Kind::uncertain},
        {"fatal: unable to access 'https://h/': The requested URL returned error: 503\n", Kind::uncertain},
        {"fatal: protocol error: bad line length character: <htm\n", Kind::uncertain},
        {"nobody knows\n", Kind::uncertain},
        {"fatal: unable to access 'https://h/': The requested URL returned error: 403\n", Kind::failed},
        {"fatal: Authentication failed for 'https://h/x.git/'\n", Kind::failed},
        {"ERROR: You are not allowed to push code to this project.\nfatal: Could not read from remote repository.\n",
         Kind::failed},
        {"ERROR: Permission to a/b.git denied to bot.\nfatal: Could not read from remote repository.\n",
         Kind::failed},
        {"ERROR: The key you are authenticating with has been marked as read only.\n", Kind::failed},
    };
    for (const auto& row : rows) {
        INFO(row.err);
        CHECK(judge_push({.exit_code = 128, .err = row.err}).kind == row.kind);
    }
    CHECK(judge_push({.exit_code = -1, .timed_out = true}).kind == Kind::uncertain);
}

TEST_CASE("a server offers to open a request for a new branch") {
    const auto url = [](const std::string& err) { return judge_push({.exit_code = 0, .out = "Done\n", .err = err}).request_url; };
    CHECK(url("remote: \nremote: To create a merge request for rel, visit:        \n"
              "remote:   https://gitlab.example.com/ops/gitops/-/merge_requests/new?merge_request%5Bsource_branch%5D=rel        \nremote: \n") ==
          "https://gitlab.example.com/ops/gitops/-/merge_requests/new?merge_request%5Bsource_branch%5D=rel");
    CHECK(url("remote: Create a pull request for 'rel' on GitHub by visiting:\nremote:      https://github.com/o/r/pull/new/rel\n") == "https://github.com/o/r/pull/new/rel");
    CHECK(url("remote: Create a new pull request for 'rel':\nremote:   https://gitea.example.com/o/r/compare/main...rel\n") == "https://gitea.example.com/o/r/compare/main...rel");
    CHECK(url("remote: see https://git.example.com/help\nhttps://github.com/o/r/pull/new/rel\n").empty());
    CHECK(url("").empty());
}
