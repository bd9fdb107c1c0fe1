#include "catch.hpp"

#include "failure.hpp"
#include "git/update.hpp"
#include "real_git.hpp"

#include <string>

using namespace slipway;
using namespace slipway::git;

namespace {

std::vector<std::string> paths_of(const std::vector<Entry>& entries) {
    std::vector<std::string> paths;
    for (const auto& entry : entries)
        paths.push_back(entry.path);
    return paths;
}

const std::vector<File> first = {{"apps/a/values.yaml", "100644", "tag: 1\n"},
                                 {"apps/b/values.yaml", "100755", "tag: 2\r\n"},
                                 {"apps/b/link", "120000", "values.yaml"},
                                 {"other \"x\"\\[1].yaml", "100644", std::string("\0\xFF", 2)},
                                 {"z/deep/er/file", "100644", ""}};

} // namespace

TEST_CASE("files are found, listed and read, with one request for all contents") {
    const bool filters = GENERATE(true, false);
    INFO("a server that " << (filters ? "leaves out what is not asked for" : "always sends all"));
    real::World world(filters);
    const auto tip = world.add("main", first);
    auto context = world.context();
    Repository repository(context, world.remote());
    CHECK(repository.default_branch() == "main");
    CHECK(repository.fetch("main") == tip);
    CHECK(repository.try_fetch("nowhere") == std::nullopt);
    CHECK(failure_of([&] { repository.fetch("mian"); }).diagnostics().front().hint == "did you mean main?");

    CHECK(repository.find(tip, "apps/b/values.yaml")->mode == "100755");
    CHECK(repository.find(tip, "apps/b/link")->mode == "120000");
    CHECK_FALSE(repository.find(tip, "apps")->is_file());
    CHECK_FALSE(repository.find(tip, "apps/c/values.yaml"));
    CHECK_FALSE(repository.find(tip, "apps/*/values.yaml"));
    CHECK(paths_of(repository.list(tip, "apps/*/*")) ==
          std::vector<std::string>{"apps/a/values.yaml", "apps/b/values.yaml"});
    CHECK(paths_of(repository.list(tip, "**")).size() == 4);
    CHECK(paths_of(repository.list(tip, "other*.yaml")) == std::vector<std::string>{"other \"x\"\\[1].yaml"});
    CHECK(repository.list(tip, "none/*").empty());

    const auto entries = repository.list(tip, "**");
    std::vector<std::string> hashes;
    for (const auto& entry : entries)
        hashes.push_back(entry.hash);
    hashes.push_back(hashes.front());
    world.processes.commands.clear();
    const auto contents = repository.read_blobs(hashes);
    CHECK(world.processes.commands.size() == 2);
    CHECK(contents == std::vector<std::string>{"tag: 1\n", "tag: 2\r\n", std::string("\0\xFF", 2), "", "tag: 1\n"});
    CHECK(repository.read_blobs({}).empty());
    CHECK(hashes[2] == blob_hash(contents[2]));
    // Git's own fetching of what is missing makes a request for each file; it has nothing left to do here.
    world.git({"update-ref", "-d", "refs/heads/main"});
    world.files.remove_folder(world.server);
    CHECK(repository.read(tip, "apps/b/values.yaml").content == "tag: 2\r\n");

    CHECK(failure_of([&] { repository.read(tip, "apps/b/link"); }).code() == ExitCode::refused);
    CHECK(failure_of([&] { repository.read(tip, "apps/b"); }).code() == ExitCode::refused);
    const auto missing = failure_of([&] { repository.read(tip, "apps/b/valeus.yaml"); });
    CHECK(missing.code() == ExitCode::misuse);
    CHECK(missing.diagnostics().front().hint == "did you mean apps/b/values.yaml?");
    CHECK(failure_of([&] { repository.read(tip, "apps/b/link/x"); })
              .diagnostics()
              .front()
              .message.find("apps/b/link is a symbolic link") != std::string::npos);
}

TEST_CASE("a Git that makes repositories of another format by itself reads those of today") {
    real::World world;
    const auto tip = world.add("main", first);
    world.processes.variables.set("GIT_DEFAULT_HASH", std::string("sha256")); // as Git 3 does without it
    auto context = world.context();
    Repository repository(context, world.remote());
    CHECK(repository.fetch("main") == tip);
    CHECK(repository.read(tip, "apps/a/values.yaml").content == "tag: 1\n");
}

TEST_CASE("a commit changes, makes and removes files, and nothing else") {
    const bool filters = GENERATE(true, false);
    real::World world(filters);
    const auto parent = world.add("main", first);
    auto context = world.context();
    Repository repository(context, world.remote());
    const auto tip = repository.fetch("main");
    const auto commit = repository.commit(tip,
                                          {{"apps/b/values.yaml", "100755", "tag: 3\r\n"},
                                           {"new/\"a\\ b\"/x", "100644", "n"},
                                           {"z/deep/er/file", "", ""},
                                           {"apps/a/values.yaml", "", ""},
                                           {"apps/a", "100644", "a file where a folder was"}},
                                          "subject\n\nTrailer: \xC3\xBC", {"Ad\xC3\xA9", "ada@example.invalid"});
    CHECK(repository.push(commit, "main", tip).kind == PushResult::Kind::landed);
    CHECK(world.git({"rev-parse", "main", "main^"}) == commit + '\n' + parent + '\n');
    CHECK(world.git({"ls-tree", "-r", "--name-only", "-z", "main"}) ==
          std::string("apps/a\0apps/b/link\0apps/b/values.yaml\0new/\"a\\ b\"/x\0other \"x\"\\[1].yaml\0", 70));
    CHECK(world.show("main", "apps/b/values.yaml") == "tag: 3\r\n");
    CHECK(world.git({"ls-tree", "main", "apps/b/values.yaml"}).substr(0, 6) == "100755");
    CHECK(world.git({"log", "-1", "--format=%an|%ae|%cn|%B", "main"}) ==
          "Ad\xC3\xA9|ada@example.invalid|Ad\xC3\xA9|subject\n\nTrailer: \xC3\xBC\n\n");
    CHECK(world.git({"fsck", "--strict"}).find("error") == std::string::npos);

    CHECK(repository.push(commit, "main", parent).kind == PushResult::Kind::landed); // it is there already
    CHECK(repository.push(commit, "other", "").kind == PushResult::Kind::landed);
    CHECK(repository.push(parent, "other", "").kind == PushResult::Kind::stale);
}

TEST_CASE("an edit is made again on top of what others pushed, and a new branch on top of theirs") {
    real::World world;
    world.add("main", {{"a", "100644", "a0\n"}, {"b", "100644", "b0\n"}});
    auto context = world.context();
    Repository repository(context, world.remote());
    const bool new_branch = GENERATE(false, true);
    const std::string branch = new_branch ? "release" : "main";
    if (new_branch) world.git({"config", "receive.denyDeletes", "true"});
    int rivals = 0;
    const Edit edit = [&](const std::string& tip) -> std::optional<Proposal> {
        auto file = repository.read(tip, "a");
        file.content += "ours\n";
        if (++rivals < 4) {
            if (new_branch && rivals == 1) world.git({"branch", "release", "main"});
            world.add(branch, {{"b", "100644", "b" + std::to_string(rivals) + '\n'},
                               {"a", "100644", "a" + std::to_string(rivals) + '\n'}});
        }
        return Proposal{{file}, "ours\n"};
    };
    const auto landed = update_branch(
        repository, repository.fetch("main"), edit,
        {.branch = branch, .identity = {"A", "a@b"}, .timeout = Duration{60'000}, .new_branch = new_branch}, context);
    CHECK(world.git({"rev-parse", branch}) == landed.value_or(Landed{}).commit + '\n');
    CHECK(world.show(branch, "a") == "a3\nours\n");
    CHECK(world.show(branch, "b") == "b3\n");
    CHECK(world.git({"rev-list", "--count", branch}) == "5\n");
}

TEST_CASE("a branch's history comes newest first, as far back as asked for") {
    const bool filters = GENERATE(true, false);
    real::World world(filters);
    std::vector<std::string> commits;
    for (int i = 0; i < 6; ++i)
        commits.push_back(world.add("main", {{"a", "100644", std::to_string(i)}}, 1'700'000'000 + 100L * i,
                                    "m" + std::to_string(i) + "\n\nK: \x1b\n"));
    auto context = world.context();
    Repository repository(context, world.remote());
    const auto tip = repository.fetch("main");
    CHECK(repository.info(tip).message == "m5\n\nK: \x1b\n");
    CHECK(repository.info(tip).author == "Rival");
    CHECK(repository.describe(tip) == short_hash(tip) + " by Rival: m5");

    const auto all = repository.history("main", 500);
    REQUIRE(all.size() == 6);
    CHECK(all.front().hash == tip);
    CHECK(all.back().parents.empty());
    CHECK(all[2].seconds == 1'700'000'300);
    const auto cut = repository.history("main", 2);
    REQUIRE(cut.size() == 2);
    CHECK(cut.back().parents == std::vector{commits[3]}); // Git itself shows none where it was cut

    // What only the history has can be read, and a commit on top of it all can be made.
    CHECK(repository.read_blob(blob_hash("2")) == "2");
    CHECK(repository.contains("main", tip, commits[3], commits[2]));
    CHECK_FALSE(repository.contains("main", tip, std::string(40, '1'), commits[2]));
    const auto newer = world.add("main", {{"a", "100644", "9"}, {"b", "100644", "b"}});
    CHECK(repository.fetch("main") == newer);
    CHECK(repository.read(newer, "b").content == "b");
    const auto commit = repository.commit(newer, {{"a", "100644", "10"}}, "m", {"A", "a@b"});
    CHECK(repository.push(commit, "main", newer).kind == PushResult::Kind::landed);
    CHECK(failure_of([&] { repository.read_blob(std::string(40, '1')); }).code() == ExitCode::refused);
}

TEST_CASE("what was there before a commit of the history") {
    const bool filters = GENERATE(true, false);
    real::World world(filters);
    world.add("main", {{"a/b/c", "100755", "1"}, {"x/y", "100644", "y"}});
    const auto second = world.add("main", {{"a/b/c", "100644", "2"}, {"a/new", "100644", "n"}});
    world.add("main", {{"a/b/c", "100644", "3"}});
    auto context = world.context();
    Repository repository(context, world.remote());
    repository.fetch("main");
    const auto parent = repository.history("main", 10)[1].parents.front();
    CHECK(repository.history("main", 10)[1].hash == second);
    repository.get_folders(parent);
    const auto commands = world.processes.commands.size();
    repository.get_folders(parent);
    CHECK(world.processes.commands.size() == commands);
    CHECK(repository.find(parent, "a/b/c").value_or(Entry{}).hash == blob_hash("1"));
    CHECK(repository.find(parent, "a/b/c").value_or(Entry{}).mode == "100755");
    CHECK_FALSE(repository.find(parent, "a/new"));
    CHECK(repository.read_blob(blob_hash("1")) == "1");
}

TEST_CASE("many paths are looked up by one command") {
    real::World world;
    const auto tip = world.add("main", first);
    auto context = world.context();
    Repository repository(context, world.remote());
    repository.fetch("main");
    std::vector<std::string> paths{"apps", "apps/b/values.yaml", "apps/b", "nope", "nope/x", "apps/a/values.yaml"};
    for (int i = 0; i < 300; ++i)
        paths.push_back("z/deep/" + std::to_string(i));
    const auto commands = world.processes.commands.size();
    repository.look_up(tip, paths);
    CHECK(world.processes.commands.size() == commands + 2);
    CHECK(repository.find(tip, "apps/b/values.yaml").value_or(Entry{}).mode == "100755");
    CHECK(repository.find(tip, "apps/a/values.yaml").value_or(Entry{}).hash == blob_hash("tag: 1\n"));
    CHECK_FALSE(repository.find(tip, "nope/x"));
    CHECK_FALSE(repository.find(tip, "z/deep/7"));
    CHECK(world.processes.commands.size() == commands + 2);
    for (const std::string folder : {"apps", "apps/b"}) CHECK(repository.find(tip, folder).value_or(Entry{}).mode == "040000");
    CHECK_FALSE(repository.find(tip, "nope"));
}

TEST_CASE("what stands in the way of a new file") {
    real::World world;
    const auto tip = world.add("main", first);
    auto context = world.context();
    Repository repository(context, world.remote());
    repository.fetch("main");
    const auto blocking = repository.in_the_way(tip, {"apps/b/link/x/y", "apps/b/values.yaml/x", "new", "apps/b/new", "apps/b/values.yaml", "apps/new/er/x",
                                                      "apps/b/values.yaml2/x"});
    REQUIRE(blocking.size() == 2);
    CHECK(blocking.at("apps/b/link/x/y").path == "apps/b/link");
    CHECK(blocking.at("apps/b/values.yaml/x").path == "apps/b/values.yaml");
    CHECK(repository.in_the_way(tip, {}).empty());
}

TEST_CASE("a server that gives nothing by its hash gives it with its commits") {
    real::World world(false);
    world.processes.settings = {"-c", "protocol.version=0"};
    world.add("main", {{"a", "100644", "old"}});
    world.add("main", {{"a", "100644", "new"}});
    auto context = world.context();
    Repository repository(context, world.remote());
    const auto tip = repository.fetch("main");
    const auto hash = GENERATE(blob_hash("old"), blob_hash("new"));
    CHECK(repository.read_blob(hash) == (hash == blob_hash("old") ? "old" : "new"));
    CHECK(failure_of([&] { repository.read_blob(std::string(40, '1')); }).code() == ExitCode::refused);
    CHECK(repository.read(tip, "a").content == "new");
}

TEST_CASE("a hook's refusal ends the update with its words") {
    real::World world;
    world.add("main", {{"a", "100644", "1"}});
    world.files.make_folders(io::Path(world.server) / "hooks");
    const auto hook = io::Path(world.server) / "hooks" / "pre-receive";
    world.files.write_atomic(hook, "#!/bin/sh\necho frozen until Monday\nexit 1\n", io::Access::usual);
    std::filesystem::permissions(hook, std::filesystem::perms::owner_all);
    auto context = world.context();
    Repository repository(context, world.remote());
    const Edit edit = [](const std::string&) { return Proposal{{{"a", "100644", "2"}}, "m"}; };
    const auto error = failure_of([&] {
        update_branch(repository, repository.fetch("main"), edit, {.branch = "main", .identity = {"A", "a@b"}},
                      context);
    });
    CHECK(error.code() == ExitCode::refused);
    CHECK(std::string(error.what()).find("frozen until Monday") != std::string::npos);
}
