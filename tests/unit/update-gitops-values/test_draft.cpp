#include "update-gitops-values/draft.hpp"

#include "../git/real_git.hpp"
#include "catch.hpp"
#include "failure.hpp"
#include "update-gitops-values/history/message.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

const std::string commit_a(40, 'a');
const std::string commit_b(40, 'b');

/// A repository on a real Git server, in which the step commits.
struct Hub {
    git::real::World world;
    cli::Context context = world.context();
    git::Repository repository{context, world.remote()};

    Hub() {
        world.add("main", {{"v.yaml", "100644", "t: v1\nu: u1\n"}, {"rules/old.yaml", "100755", "old\n"}, {"rules/link", "120000", "old.yaml"}, {"w.yaml", "100644", "t: w1\n"}});
    }

    static Options setting(const std::vector<std::string>& set, const std::string& file = "v.yaml") {
        Options options;
        options.files = {file};
        options.set = set;
        return options;
    }
    static Options rollback(const std::string& to = {}) {
        Options options;
        options.files = {"v.yaml"};
        options.rollback = to.empty();
        options.rollback_to = to;
        return options;
    }
    static Options of_source(Options options, const std::string& commit, const std::string& time) {
        options.source_url = "https://h/app";
        options.source_commit = commit;
        options.source_time = time;
        return options;
    }

    Draft draft(const Options& options) {
        Drafts drafts(options, repository, "main", context);
        return drafts.make(repository.fetch("main"));
    }
    /// Commits it, and gives the hash.
    std::string push(const Options& options) {
        const auto draft = this->draft(options);
        REQUIRE_FALSE(draft.late);
        std::vector<git::File> files;
        for (const auto& file : draft.files) files.push_back({file.path, file.after ? file.mode : "", file.after.value_or("")});
        const auto tip = repository.fetch("main");
        const auto commit = repository.commit(tip, files, commit_message("", draft.record, context.ci, draft.undone), {"Slipway", "slipway@example.invalid"});
        REQUIRE(repository.push(commit, "main", tip).kind == git::PushResult::Kind::landed);
        return commit;
    }
    std::string failure(const Options& options) {
        std::string text;
        const auto error = failure_of([&] { draft(options); });
        CHECK(error.code() == ExitCode::refused);
        for (const auto& problem : error.diagnostics()) text += to_line(problem) + '\n';
        return text;
    }
    std::string show(const std::string& path) { return world.show("main", path); }
};

} // namespace

TEST_CASE("a draft says what changes, and records it") {
    Hub hub;
    auto options = Hub::of_source(Hub::setting({"t=v2", "u=u1"}), commit_a, "2026-11-24T12:00:00Z");
    options.remove = {"rules/old.yaml"};
    const auto draft = hub.draft(options);
    REQUIRE(draft.files.size() == 2);
    CHECK(draft.files[0].after == "t: v2\nu: u1\n");
    CHECK(draft.files[1].mode == "100755");
    REQUIRE(draft.record.values.size() == 1);
    CHECK(draft.record.values[0].path == "t");
    CHECK(draft.record.values[0].old_json == "\"v1\"");
    REQUIRE(draft.record.files.size() == 2);
    CHECK(draft.record.files[0].new_blob == git::blob_hash("t: v2\nu: u1\n"));
    CHECK(draft.record.files[1].new_blob.empty());
    CHECK(draft.record.origin.commit == commit_a);
    CHECK_FALSE(draft.late);
    CHECK(hub.draft(Hub::setting({"t=v1"})).files.empty());
}

TEST_CASE("what a commit has in the way of a file is not replaced") {
    Hub hub;
    auto options = Options();
    const auto local = (hub.world.folder.path() / "local").string();
    hub.world.files.write_atomic(local, "new\n", io::Access::usual);
    for (const std::string obstacle : {"v.yaml", "rules/link", "rules/old.yaml"}) {
        const auto path = obstacle + "/deep/er";
        INFO(path);
        options.put = {path + '=' + local};
        CHECK(hub.failure(options).find("cannot make " + path + ": " + obstacle + " is a") == 0);
    }
    for (const std::string path : {"rules", "rules/link"}) {
        INFO(path);
        options.put = {path + '=' + local};
        CHECK(hub.failure(options).find("cannot change " + path + " in ") == 0);
    }
    options.put = {"rules/fresh/x=" + local, "rules/old.yaml=" + local, "deep/er/y=" + local};
    const auto draft = hub.draft(options);
    REQUIRE(draft.files.size() == 3);
    CHECK(draft.files[1].mode == "100755"); // it was that before
}

TEST_CASE("an older source commit comes too late, the same one and a newer one do not") {
    Hub hub;
    hub.push(Hub::of_source(Hub::setting({"t=v2"}), commit_b, "2026-11-24T12:00:00Z"));
    const auto older = Hub::of_source(Hub::setting({"t=v1"}), commit_a, "2026-11-24T12:59:59+01:00");
    const auto late = hub.draft(older).late;
    REQUIRE(late);
    CHECK(late->newer.origin.commit == commit_b);
    CHECK(late->why.message.find("v.yaml: t") != std::string::npos);
    CHECK_FALSE(hub.draft(Hub::of_source(Hub::setting({"u=u2"}), commit_a, "2026-11-24T11:00:00Z")).late);
    CHECK_FALSE(hub.draft(Hub::of_source(Hub::setting({"t=w2"}, "w.yaml"), commit_a, "2026-11-24T11:00:00Z")).late);
    CHECK_FALSE(hub.draft(Hub::of_source(Hub::setting({"t=v3"}), commit_a, "2026-11-24T12:00:01Z")).late);
    CHECK_FALSE(hub.draft(Hub::setting({"t=v3"})).late);
    auto allowed = older;
    allowed.allow_older = true;
    CHECK_FALSE(hub.draft(allowed).late);
    // Nothing to change is no reason to be told of.
    CHECK_FALSE(hub.draft(Hub::of_source(Hub::setting({"t=v2"}), commit_a, "2026-11-24T11:00:00Z")).late);
}

TEST_CASE("the newer version may lie behind other people's commits") {
    Hub hub;
    hub.push(Hub::of_source(Hub::setting({"t=v2"}), commit_b, "2026-11-24T12:00:00Z"));
    for (int i = 0; i < 3; ++i) hub.world.add("main", {{"other", "100644", std::to_string(i)}}, 2'000'000'000);
    CHECK(hub.draft(Hub::of_source(Hub::setting({"t=v1"}), commit_a, "2026-11-24T11:00:00Z")).late);
}

TEST_CASE("a rollback takes back values, put and deleted files, byte for byte") {
    Hub hub;
    const auto local = (hub.world.folder.path() / "local").string();
    hub.world.files.write_atomic(local, "new\n", io::Access::usual);
    auto options = Hub::setting({"t=v2", "u=u2"});
    options.put = {"rules/new.yaml=" + local};
    options.remove = {"rules/old.yaml"};
    const auto changed = hub.push(options);
    CHECK(hub.show("v.yaml") == "t: v2\nu: u2\n");

    const auto draft = hub.draft(Hub::rollback());
    REQUIRE(draft.undone.size() == 1);
    CHECK(draft.undone[0].hash == changed);
    CHECK(draft.record.undone == std::vector<std::string>{changed});
    hub.push(Hub::rollback());
    CHECK(hub.show("v.yaml") == "t: v1\nu: u1\n");
    CHECK(hub.show("rules/old.yaml") == "old\n");
    CHECK(hub.repository.find(hub.repository.fetch("main"), "rules/old.yaml")->mode == "100755");
    CHECK_FALSE(hub.repository.find(hub.repository.fetch("main"), "rules/new.yaml"));
    CHECK(hub.failure(Hub::rollback()).find("is taken back already") != std::string::npos);
}

TEST_CASE("a rollback sets values back where other lines changed since") {
    Hub hub;
    hub.push(Hub::setting({"t=v2"}));
    hub.world.add("main", {{"v.yaml", "100644", "# ours\nt: v2 # kept\nu: u9\n"}});
    hub.push(Hub::rollback());
    CHECK(hub.show("v.yaml") == "# ours\nt: v1 # kept\nu: u9\n");
}

TEST_CASE("what somebody changed since is named, and nothing is taken back") {
    Hub hub;
    const auto local = (hub.world.folder.path() / "local").string();
    hub.world.files.write_atomic(local, "new\n", io::Access::usual);
    auto options = Hub::setting({"t=v2"});
    options.put = {"rules/new.yaml=" + local};
    hub.push(options);
    hub.world.add("main", {{"v.yaml", "100644", "t: mine\nu: u1\n"}, {"rules/new.yaml", "100644", "mine\n"}});
    const auto failure = hub.failure(Hub::rollback());
    CHECK(failure.find("v.yaml: t") != std::string::npos);
    CHECK(failure.find("rules/new.yaml") != std::string::npos);
    hub.world.add("main", {{"v.yaml", "", ""}});
    CHECK(hub.failure(Hub::rollback()).find("v.yaml") != std::string::npos);
}

TEST_CASE("a rollback goes back to a commit or a value, and to the value that --path names however it is written") {
    Hub hub;
    const auto second = hub.push(Hub::setting({"t=v2"}));
    hub.push(Hub::setting({"t=v3"}));
    hub.push(Hub::setting({"u=u2"}));
    CHECK(hub.draft(Hub::rollback("v1")).undone.size() == 3);
    CHECK(hub.draft(Hub::rollback(second)).undone.size() == 2);
    CHECK(hub.draft(Hub::rollback("v2")).files.at(0).after == "t: v2\nu: u1\n");
    auto of_path = Hub::rollback();
    of_path.paths = {".\"t\""};
    CHECK(hub.draft(of_path).files.at(0).after == "t: v2\nu: u2\n");
    CHECK(hub.failure(Hub::rollback("v9")).find("v9") != std::string::npos);
}

TEST_CASE("a late pipeline does not put back what was taken back") {
    Hub hub;
    const auto of_b = Hub::of_source(Hub::setting({"t=v2"}), commit_b, "2026-11-24T12:00:00Z");
    hub.push(of_b);
    hub.push(Hub::rollback());
    const auto late = hub.draft(of_b).late;
    REQUIRE(late);
    CHECK(late->newer.taken_back);
    CHECK_FALSE(hub.draft(Hub::of_source(Hub::setting({"t=v3"}), std::string(40, 'c'), "2026-11-24T12:00:01Z")).late);
}

TEST_CASE("a rollback of one's own release is refused when another has come in between") {
    Hub hub;
    hub.push(Hub::setting({"t=v2"}));
    auto options = Hub::rollback();
    options.expect_old = "v2";
    CHECK(hub.draft(options).files.at(0).after == "t: v1\nu: u1\n");
    hub.push(Hub::setting({"t=v3"}));
    CHECK(hub.failure(options).find("cannot roll back v.yaml: nothing that would go back is 'v2' now, as --expect-old says") == 0);
    CHECK(hub.show("v.yaml") == "t: v3\nu: u1\n");
}

TEST_CASE("a version that was taken back stays away, also where no time is known") {
    Hub hub;
    auto options = Hub::setting({"t=v2"});
    options.source_url = "https://bot:secret@h/app";
    options.source_commit = commit_a;
    CHECK(hub.draft(options).record.origin.source == "https://h/app");
    hub.push(options);
    hub.push(Hub::rollback());
    const auto late = hub.draft(options).late;
    REQUIRE(late);
    CHECK(late->newer.taken_back);
    CHECK(hub.draft(Hub::setting({"t=v2"})).files.size() == 1);
    options.source_commit = commit_b;
    CHECK_FALSE(hub.draft(options).late);
}
