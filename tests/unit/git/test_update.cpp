#include "catch.hpp"

#include "core/error.hpp"
#include "fakes.hpp"
#include "git/update.hpp"

#include <deque>
#include <set>
#include <string>

using namespace slipway;
using namespace slipway::git;

namespace {

/// Plays git: a branch with a tip, and a script of what pushes meet.
struct Server {
    std::string tip = "c0";
    std::set<std::string> history = {"c0"};
    std::map<std::string, std::string> parents;
    int commits = 0;
    std::vector<std::string> pushed;
    /// What each push does; the last one stays.
    std::deque<std::function<io::ProcessResult(const std::string& commit)>> script;

    void move_to(const std::string& commit, const std::string& parent) {
        parents[commit] = parent;
        history.insert(commit);
        tip = commit;
    }

    io::ProcessResult run(const io::Command& command) {
        const auto& verb = command.argv.at(1);
        if (verb == "rev-parse") return {.exit_code = 0, .out = tip + "\n"};
        if (verb == "commit-tree") {
            const auto commit = "ours" + std::to_string(++commits);
            parents[commit] = command.argv.at(4);
            return {.exit_code = 0, .out = commit + "\n"};
        }
        if (verb == "cat-file")
            return {.exit_code = 0, .out = "tree t\nparent " + parents[command.argv.back()] + "\n\nmessage\n"};
        if (verb == "merge-base") return {.exit_code = history.count(command.argv.at(3)) != 0 ? 0 : 1};
        if (verb == "log") return {.exit_code = 0, .out = command.argv.back() + " by Rival: work\n"};
        if (verb == "push") {
            const auto commit = command.argv.back().substr(0, command.argv.back().find(':'));
            pushed.push_back(commit);
            const auto step = script.front();
            if (script.size() > 1) script.pop_front();
            return step(commit);
        }
        return {.exit_code = 0};
    }

    // What a push can meet.
    io::ProcessResult accept(const std::string& commit) {
        move_to(commit, parents[commit]);
        return {.exit_code = 0, .out = "Done\n"};
    }
    static io::ProcessResult say(const std::string& summary, const std::string& err = {}) {
        return {.exit_code = 1, .out = "To x\n!\ta:refs/heads/main\t" + summary + "\nDone\n", .err = err};
    }
    static io::ProcessResult lose() {
        return {.exit_code = 128, .err = "error: RPC failed; curl 56 Recv failure: Connection reset by peer\n"};
    }
};

struct Run {
    fake::World world;
    Server server;
    int attempts = 20;
    int edits = 0;

    std::optional<std::string> go() {
        world.processes.on_run = [this](const io::Command& command) { return server.run(command); };
        auto context = world.context();
        Repository repository(context, {.url = "https://h/x.git", .user = "", .password = Secret(), .tls = {}});
        const Edit edit = [this](const std::string&) -> std::optional<Proposal> {
            ++edits;
            return Proposal{{{"f", "100644", "new"}}, "message"};
        };
        return update_branch(repository, "c0", edit, {"main", {"A", "a@b"}, attempts}, context);
    }

    std::string failure(ExitCode code) {
        try {
            go();
        } catch (const Error& error) {
            CHECK(error.code() == code);
            return error.what();
        }
        return "no error";
    }
};

} // namespace

TEST_CASE("a push that is accepted is the end") {
    Run run;
    run.server.script = {[&](const std::string& commit) { return run.server.accept(commit); }};
    CHECK(run.go() == "ours1");
    CHECK(run.edits == 1);
    CHECK(run.world.clock.sleeps.empty());
}

TEST_CASE("after a lost race the edit is made again on the newer commit") {
    for (const char* words : {"[rejected] (stale info)", "[remote rejected] (failed to update ref)",
                              "[remote rejected] (incorrect old value provided)"}) {
        INFO(words);
        Run run;
        run.server.script = {[&](const std::string&) {
                                 run.server.move_to("rival", "c0");
                                 return Server::say(words);
                             },
                             [&](const std::string& commit) { return run.server.accept(commit); }};
        CHECK(run.go() == "ours2");
        CHECK(run.server.parents["ours2"] == "rival");
        CHECK(run.edits == 2);
        CHECK(run.world.clock.sleeps.size() == 1);
        CHECK(run.world.terminal.err.find("somebody was faster: rival by Rival: work") != std::string::npos);
    }
}

TEST_CASE("a locked branch is tried again with the same commit") {
    Run run;
    run.server.script = {
        [&](const std::string&) { return Server::say("[remote rejected] (cannot lock ref 'refs/heads/main')"); },
        [&](const std::string& commit) { return run.server.accept(commit); }};
    CHECK(run.go() == "ours1");
    CHECK(run.edits == 1);
    CHECK(run.server.pushed == std::vector<std::string>{"ours1", "ours1"});
}

TEST_CASE("a lost answer is looked up") {
    Run run;
    SECTION("the commit is the tip") {
        run.server.script = {[&](const std::string& commit) {
            run.server.accept(commit);
            return Server::lose();
        }};
    }
    SECTION("somebody has built on it") {
        run.server.script = {[&](const std::string& commit) {
            run.server.accept(commit);
            run.server.move_to("r1", commit);
            run.server.move_to("r2", "r1");
            return Server::lose();
        }};
    }
    SECTION("the server says no to what libcurl sent a second time") {
        run.server.script = {[&](const std::string& commit) {
            run.server.accept(commit);
            return Server::say("[remote rejected] (failed to update ref)");
        }};
    }
    SECTION("it comes through later, in front of the second push") {
        run.server.script = {[&](const std::string&) { return Server::lose(); },
                             [&](const std::string& commit) {
                                 run.server.accept(commit);
                                 run.server.move_to("r1", commit);
                                 return Server::say("[rejected] (stale info)");
                             }};
    }
    CHECK(run.go() == "ours1");
    CHECK(run.edits == 1);
}

TEST_CASE("a lost answer to a push that did not arrive is followed by another push") {
    Run run;
    SECTION("nobody else did anything") {
        run.server.script = {[&](const std::string&) { return Server::lose(); },
                             [&](const std::string& commit) { return run.server.accept(commit); }};
        CHECK(run.go() == "ours1");
    }
    SECTION("somebody else was there") {
        run.server.script = {[&](const std::string&) {
                                 run.server.move_to("r1", "c0");
                                 run.server.move_to("r2", "r1");
                                 return Server::lose();
                             },
                             [&](const std::string& commit) { return run.server.accept(commit); }};
        CHECK(run.go() == "ours2");
        CHECK(run.server.parents["ours2"] == "r2");
    }
}

TEST_CASE("a declined push ends with the server's words") {
    Run run;
    run.server.script = {[&](const std::string&) {
        return Server::say("[remote rejected] (pre-receive hook declined)", "remote: frozen\n");
    }};
    CHECK(run.failure(ExitCode::refused) == "cannot push to main of https://h/x.git: the server declines it: [remote "
                                            "rejected] (pre-receive hook declined): frozen");
    CHECK(run.server.pushed.size() == 1);
}

TEST_CASE("refused credentials end git at once") {
    Run run;
    run.server.script = {[&](const std::string&) {
        return io::ProcessResult{
            .exit_code = 128,
            .err = "fatal: unable to access 'https://h/x/': The requested URL returned error: 403\n"};
    }};
    CHECK(run.failure(ExitCode::world).find("forbids it (403)") != std::string::npos);
    CHECK(run.server.pushed.size() == 1);
}

TEST_CASE("patience ends") {
    Run run;
    run.attempts = 3;
    SECTION("with rivals") {
        int rivals = 0;
        run.server.script = {[&](const std::string&) {
            const auto before = run.server.tip;
            run.server.move_to("rival" + std::to_string(++rivals), before);
            return Server::say("[rejected] (stale info)");
        }};
        CHECK(run.failure(ExitCode::world) == "cannot push to main of https://h/x.git: somebody was faster each "
                                              "time, at last rival3 by Rival: work (3 attempts)");
    }
    SECTION("with a lock") {
        run.server.script = {
            [&](const std::string&) { return Server::say("[remote rejected] (failed to update ref)"); }};
        CHECK(run.failure(ExitCode::world).find("the server holds the branch locked (3 attempts)") !=
              std::string::npos);
    }
    SECTION("with lost answers, sooner") {
        run.attempts = 20;
        run.server.script = {[&](const std::string&) { return Server::lose(); }};
        CHECK(run.failure(ExitCode::world).find("(4 attempts)") != std::string::npos);
        CHECK(run.server.pushed.size() == 4);
    }
}

TEST_CASE("the waits grow, and stay within five seconds") {
    Run run;
    run.attempts = 30;
    run.server.script = {[&](const std::string&) { return Server::say("[remote rejected] (failed to update ref)"); }};
    run.failure(ExitCode::world);
    REQUIRE(run.world.clock.sleeps.size() == 29);
    for (std::size_t i = 0; i < run.world.clock.sleeps.size(); ++i)
        CHECK(run.world.clock.sleeps[i].count() <= std::min(5000L, 100L << std::min<std::size_t>(i, 10)));
}
