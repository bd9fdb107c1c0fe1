#include "catch.hpp"

#include "build-image/source.hpp"
#include "core/text.hpp"
#include "fakes.hpp"

#include <algorithm>
#include <map>

using namespace slipway;
using namespace slipway::build_image;

namespace {

const std::string commit = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

/// Answers by the subcommand; what is not in the table fails.
struct Git {
    fake::World world;
    std::map<std::string, std::string> answers;

    Git() {
        world.processes.installed = {"git"};
        world.processes.on_run = [this](const io::Command& command) -> io::ProcessResult {
            for (const auto& [name, answer] : answers) {
                if (std::find(command.argv.begin(), command.argv.end(), name) != command.argv.end()) return {.exit_code = 0, .out = answer + '\n', .err = ""};
            }
            return {.exit_code = 128, .out = "", .err = "fatal: not a git repository\n"};
        };
    }
    Source find() {
        auto context = world.context();
        return find_source("app", context);
    }
    bool says(const std::string& words) const { return world.terminal.err.find(words) != std::string::npos; }
};

} // namespace

TEST_CASE("plain Git: commit, branch, time and remote") {
    Git git;
    git.answers = {{"log", commit + "\n2026-11-24T14:00:00+02:00"}, {"symbolic-ref", "feature/x"}, {"remote", "https://bot:sesame@git.example.com/team/app.git"}, {"status", ""}};
    const auto source = git.find();
    CHECK(source.commit == commit);
    CHECK(source.short_commit == "1a2b3c4");
    CHECK(source.branch == "feature/x");
    CHECK(source.tag.empty());
    CHECK(source.time == "2026-11-24T12:00:00Z");
    CHECK(source.repository == "https://git.example.com/team/app.git");
    CHECK(git.world.terminal.err.empty());
}

TEST_CASE("plain Git: a detached head may be at a tag") {
    Git git;
    git.answers = {{"log", commit + "\n2026-11-24T14:00:00Z"}, {"describe", "v1.2.3"}, {"status", ""}};
    CHECK(git.find().tag == "v1.2.3");
    CHECK(git.find().branch.empty());
}

TEST_CASE("changes that no commit has are worth a warning") {
    Git git;
    git.answers = {{"log", commit + "\n2026-11-24T14:00:00Z"}, {"status", "M a\n M b"}};
    git.find();
    CHECK(git.says("the checkout has 2 changes that no commit has"));
}

TEST_CASE("without Git or a repository the build goes on, and says so") {
    Git git;
    CHECK(git.find().commit.empty());
    CHECK(git.says("no commit is known: no CI says it, and git cannot: fatal: not a git repository"));
    Git none;
    none.world.processes.installed.clear();
    CHECK(none.find().commit.empty());
    CHECK(none.says("git is not installed"));
}

TEST_CASE("what the CI says is stronger") {
    Git git;
    git.world.ci = {.system = ci::System::gitlab, .event = ci::Event::push, .commit = commit, .short_commit = "1a2b3c4d", .branch = "main",
                    .commit_time = "2026-11-24T13:00:00+01:00", .project_url = "https://gitlab.example.com/team/app", .workspace = "/builds/team/app"};
    git.answers = {{"log", commit + "\n2020-01-01T00:00:00Z"}, {"symbolic-ref", "other"}, {"remote", "https://other/x"}, {"status", ""}};
    const auto source = git.find();
    CHECK(source.short_commit == "1a2b3c4d");
    CHECK(source.branch == "main");
    CHECK(source.time == "2026-11-24T12:00:00Z");
    CHECK(source.url == "https://gitlab.example.com/team/app");
    CHECK(source.repository == "https://gitlab.example.com/team/app");
    const auto& argv = git.world.processes.commands.front().argv;
    CHECK(std::find(argv.begin(), argv.end(), "safe.directory=/builds/team/app") != argv.end());
    CHECK(git.world.terminal.err.empty());
}

TEST_CASE("a checkout of another commit than the CI's is not asked further") {
    Git git;
    git.world.ci = {.system = ci::System::github, .commit = commit, .short_commit = "1a2b3c4"};
    git.answers = {{"log", std::string(40, 'f') + "\n2020-01-01T00:00:00Z"}};
    CHECK(git.find().time.empty());
    CHECK(git.says("is a checkout of ffff"));
}

TEST_CASE("a GitHub pull request builds the commit that GitHub merged for it") {
    Git git;
    git.world.ci = {.system = ci::System::github, .event = ci::Event::pull_request, .commit = commit, .short_commit = "1a2b3c4", .branch = "main", .pull_request = "17"};
    git.answers = {{"log", commit + "\n2026-11-24T14:00:00Z"}, {"status", ""}};
    CHECK(git.find().is_pull_request);
    CHECK(git.find().pull_request == "17");
    CHECK(git.find().time == "2026-11-24T14:00:00Z");
}

TEST_CASE("remotes that may be published") {
    CHECK(published_address("https://user:token@host/x/y.git") == "https://host/x/y.git");
    CHECK(published_address("git@host:team/app.git") == "ssh://host/team/app.git");
    CHECK(published_address("host:/srv/app.git") == "ssh://host/srv/app.git");
    CHECK(published_address("ssh://git@host:22/team/app.git") == "ssh://host:22/team/app.git");
    for (const char* remote : {"", "/srv/app.git", "../app", "file:///srv/app.git", "./a:b"}) {
        INFO(remote);
        CHECK(published_address(remote).empty());
    }
}
