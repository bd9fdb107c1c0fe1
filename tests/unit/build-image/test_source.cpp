#include "catch.hpp"

#include "build-image/source.hpp"
#include "core/error.hpp"
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
    git.answers = {{"log", commit + "\n2026-11-24T14:00:00+02:00"}, {"branch", "feature/x"}, {"remote", "origin\thttps://bot:sesame@git.example.com/team/app.git (fetch)"}, {"status", ""}};
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
    auto context = git.world.context();
    git.answers = {{"status", ""}};
    CHECK_FALSE(is_modified("app", commit, context));
    CHECK(git.world.terminal.err.empty());
    git.answers = {{"status", "M a\n M b"}};
    CHECK(is_modified("app", commit, context));
    CHECK(git.says("the checkout has 2 changes that no commit has: the image is not what commit 1a2b3c4 says"));
}

TEST_CASE("what rules for tags see of a source") {
    fake::World world;
    auto context = world.context();
    Source source{.commit = commit, .short_commit = "1a2b3c4d", .branch = "topic", .base_ref = "main", .default_branch = "main", .time = "2026-11-24T12:00:00Z"};
    CHECK(facts_of(source, context).branch == "topic");
    CHECK(facts_of(source, context).short_length == 7);
    CHECK(facts_of(source, context).commit_time == parse_timestamp("2026-11-24T12:00:00Z"));
    source.pull_request = "17";
    source.is_pull_request = true;
    CHECK(facts_of(source, context).branch.empty()); // what is built is a merge
    CHECK(facts_of(source, context).pull_request == "17");
    world.environment.variables["DOCKER_METADATA_SHORT_SHA_LENGTH"] = "12";
    CHECK(facts_of(source, context).short_length == 12);
    for (const char* text : {"0", "x", "-1", "1.5"}) {
        INFO(text);
        world.environment.variables["DOCKER_METADATA_SHORT_SHA_LENGTH"] = text;
        CHECK_THROWS_AS(facts_of(source, context), Error);
    }
}

TEST_CASE("the commit that a pull request proposes, where it is wanted") {
    Git git;
    const std::string head(40, 'd');
    git.world.ci = {.system = ci::System::github, .event = ci::Event::pull_request, .commit = commit, .short_commit = "1a2b3c4", .branch = "topic", .pull_request = "17", .pull_request_head = head};
    CHECK(git.find().commit == commit);
    git.world.environment.variables["DOCKER_METADATA_PR_HEAD_SHA"] = "true";
    CHECK(git.find().commit == head);
    CHECK(git.find().short_commit == "ddddddd");
}

TEST_CASE("the default branch and the tags of the remote") {
    Git git;
    git.answers = {{"log", commit + "\n2026-11-24T14:00:00Z"}, {"for-each-ref", "refs/remotes/origin/HEAD\n"}, {"ls-remote", "aaa\trefs/tags/v1.0.0\nbbb\trefs/tags/team/v2.0.0\n"}};
    git.answers["for-each-ref"] = "refs/remotes/origin/trunk/x";
    CHECK(git.find().default_branch == "trunk/x");
    auto context = git.world.context();
    CHECK(remote_tags("app", context) == std::vector<std::string>{"v1.0.0", "team/v2.0.0"});
    git.answers["ls-remote"] = "";
    CHECK(remote_tags("app", context) == std::vector<std::string>());
    git.answers.erase("ls-remote");
    CHECK_FALSE(remote_tags("app", context));
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
    git.answers = {{"log", commit + "\n2020-01-01T00:00:00Z"}, {"branch", "other"}, {"remote", "origin\thttps://other/x (fetch)"}, {"status", ""}};
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
