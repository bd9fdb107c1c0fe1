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
    std::vector<std::string> leases; ///< what each push demands
    /// What each push does; the last one stays.
    std::deque<std::function<io::ProcessResult(const std::string& commit)>> script;

    void move_to(const std::string& commit, const std::string& parent) {
        parents[commit] = parent;
        history.insert(commit);
        tip = commit;
    }

    io::ProcessResult run(const io::Command& command) {
        const auto& verb = command.argv.at(1);
        if (verb == "fetch" && tip.empty())
            return {.exit_code = 128, .err = "fatal: couldn't find remote ref refs/heads/main\n"};
        if (verb == "fast-import") {
            const auto commit = "ours" + std::to_string(++commits);
            const auto from = command.input.find("\nfrom ") + 6;
            parents[commit] = command.input.substr(from, command.input.find('\n', from) - from);
            return {.exit_code = 0, .out = commit + "\n"};
        }
        if (verb == "merge-base") return {.exit_code = history.count(command.argv.at(3)) != 0 ? 0 : 1};
        if (verb == "log") {
            const auto& name = command.argv.at(command.argv.size() - 2);
            const auto commit = name == "refs/slipway/tip" ? tip : name;
            const std::string zero(1, '\0');
            return {.exit_code = 0,
                    .out = commit + zero + parents[commit] + zero + "Rival" + zero + "1" + zero + "work\n" + zero};
        }
        if (verb == "push") {
            const auto commit = command.argv.back().substr(0, command.argv.back().find(':'));
            pushed.push_back(commit);
            leases.push_back(command.argv.at(5));
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
    Duration timeout{60'000};
    bool new_branch = false;
    int edits = 0;

    std::optional<std::string> go() {
        world.processes.on_run = [this](const io::Command& command) { return server.run(command); };
        auto context = world.context();
        Repository repository(context, {.url = "https://h/x.git", .user = "", .password = Secret(), .tls = {}});
        const Edit edit = [this](const std::string&) -> std::optional<Proposal> {
            ++edits;
            return Proposal{{{"f", "100644", "new"}}, "message"};
        };
        const auto landed = update_branch(
            repository, "c0", edit,
            {.branch = "main", .identity = {"A", "a@b"}, .timeout = timeout, .new_branch = new_branch}, context);
        return landed ? std::optional(landed->commit) : std::nullopt;
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
    run.timeout = Duration{10'000};
    SECTION("with rivals") {
        int rivals = 0;
        run.server.script = {[&](const std::string&) {
            run.world.clock.time += Duration{3000};
            const auto before = run.server.tip;
            run.server.move_to("rival" + std::to_string(++rivals), before);
            return Server::say("[rejected] (stale info)");
        }};
        const auto words = run.failure(ExitCode::inconclusive);
        CHECK(words.find("cannot push to main of https://h/x.git: somebody was faster each time, at last rival") ==
              0);
        CHECK(words.find(" attempts in 10s)") != std::string::npos);
        CHECK(rivals <= 4); // each takes three seconds
    }
    SECTION("with a lock") {
        run.server.script = {
            [&](const std::string&) { return Server::say("[remote rejected] (failed to update ref)"); }};
        CHECK(run.failure(ExitCode::inconclusive).find("the server holds the branch locked (") != std::string::npos);
        CHECK(run.edits == 1);
    }
    SECTION("with lost answers, sooner") {
        run.timeout = Duration{3600'000};
        run.server.script = {[&](const std::string&) { return Server::lose(); }};
        CHECK(run.failure(ExitCode::world).find("(4 attempts)") != std::string::npos);
        CHECK(run.server.pushed.size() == 4);
    }
}

TEST_CASE("a push that took all the time is looked up all the same") {
    Run run;
    run.timeout = Duration{5'000};
    run.server.script = {[&](const std::string& commit) {
        run.server.accept(commit);
        run.world.clock.time += Duration{6'000};
        return io::ProcessResult{.exit_code = -1, .timed_out = true};
    }};
    CHECK(run.go() == "ours1");
    CHECK(run.world.clock.sleeps == std::vector<Duration>{Duration{0}});
    CHECK(run.world.processes.commands.back().timeout >= Duration{10'000});
}

TEST_CASE("the waits grow, and stay within five seconds and the deadline") {
    Run run;
    run.timeout = Duration{100'000};
    run.server.script = {[&](const std::string&) { return Server::say("[remote rejected] (failed to update ref)"); }};
    const auto begin = run.world.clock.time;
    run.failure(ExitCode::inconclusive);
    CHECK(run.world.clock.time - begin == run.timeout);
    REQUIRE(run.world.clock.sleeps.size() >= 20);
    for (std::size_t i = 0; i < run.world.clock.sleeps.size(); ++i)
        CHECK(run.world.clock.sleeps[i].count() <= std::min(5000L, 100L << std::min<std::size_t>(i + 1, 10)));
}

TEST_CASE("a branch that does not exist is made, unless somebody else makes it") {
    Run run;
    run.new_branch = true;
    run.server.tip.clear();
    SECTION("nobody does") {
        run.server.script = {[&](const std::string& commit) { return run.server.accept(commit); }};
        CHECK(run.go() == "ours1");
        CHECK(run.server.parents["ours1"] == "c0");
        CHECK(run.server.leases == std::vector<std::string>{"--force-with-lease=refs/heads/main:"});
    }
    SECTION("a lock is in the way") {
        run.server.script = {[&](const std::string&) { return Server::say("[remote rejected] (cannot lock ref)"); },
                             [&](const std::string& commit) { return run.server.accept(commit); }};
        CHECK(run.go() == "ours1");
        CHECK(run.server.leases.back() == "--force-with-lease=refs/heads/main:");
    }
    SECTION("somebody does, on the same commit") {
        run.server.script = {[&](const std::string&) {
                                 run.server.tip = "c0";
                                 return Server::say("[rejected] (stale info)");
                             },
                             [&](const std::string& commit) { return run.server.accept(commit); }};
        CHECK(run.go() == "ours1");
        CHECK(run.server.leases.back() == "--force-with-lease=refs/heads/main:c0");
    }
    SECTION("somebody does, with work of their own") {
        run.server.script = {[&](const std::string&) {
                                 run.server.move_to("rival", "c0");
                                 return Server::say("[remote rejected] (reference already exists)");
                             },
                             [&](const std::string& commit) { return run.server.accept(commit); }};
        CHECK(run.go() == "ours2");
        CHECK(run.server.parents["ours2"] == "rival");
        CHECK(run.server.leases.back() == "--force-with-lease=refs/heads/main:rival");
    }
    SECTION("our own push made it, and its answer is lost") {
        run.server.script = {[&](const std::string& commit) {
            run.server.accept(commit);
            return Server::lose();
        }};
        CHECK(run.go() == "ours1");
        CHECK(run.server.pushed.size() == 1);
    }
}
