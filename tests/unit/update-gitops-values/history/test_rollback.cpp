#include "catch.hpp"

#include "failure.hpp"
#include "update-gitops-values/history/rollback.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

/// Forty digits, the first of which are the number.
std::string hash(int number) {
    auto text = std::to_string(number);
    return text + std::string(40 - text.size(), 'e');
}

std::string blob(char letter) { return letter == '-' ? "" : std::string(40, letter); }

ValueRecord tag(const std::string& old_tag, const std::string& new_tag, const std::string& path = "image.tag") {
    const auto json = [](const std::string& text) { return text.empty() ? "" : '"' + text + '"'; };
    return {.file = "v.yaml", .document = {}, .path = path, .old_json = json(old_tag), .new_json = json(new_tag)};
}

FileRecord file(char before, char after, const std::string& path = "v.yaml") { return {path, blob(before), blob(after), "100644"}; }

git::CommitInfo commit(int number, const std::string& message) { return {hash(number), {hash(number - 1)}, "A", 1'795'525'200, message}; }

git::CommitInfo ours(int number, std::vector<ValueRecord> values, std::vector<FileRecord> files, const std::vector<int>& undone = {},
                     const std::string& day = "") {
    Record record{.origin = {"app", "", day.empty() ? "" : "2026-11-" + day + "T00:00:00Z", "", ""},
                  .values = std::move(values),
                  .files = std::move(files),
                  .undone = {}};
    for (const auto other : undone)
        record.undone.push_back(hash(other));
    return commit(number, "t\n\n" + write_trailers(record));
}

std::vector<std::string> undone_by(const RollbackPlan& plan) {
    std::vector<std::string> result;
    for (const auto& info : plan.undone)
        result.push_back(info.hash);
    return result;
}

std::vector<std::string> hashes(const std::vector<int>& numbers) {
    std::vector<std::string> result;
    for (const auto number : numbers)
        result.push_back(hash(number));
    return result;
}

const Target target{"v.yaml", {"image.tag"}};

std::string why_not(const std::vector<git::CommitInfo>& commits, const std::string& to = "", const Target& wanted = target) {
    const auto error = failure_of([&] { plan_rollback(commits, wanted, to); });
    CHECK(error.code() == ExitCode::refused);
    const auto& diagnostic = error.diagnostics().front();
    return diagnostic.message + (diagnostic.hint.empty() ? "" : " (" + diagnostic.hint + ')');
}

/// v1 to v4, and between them something of other files and values.
std::vector<git::CommitInfo> four_versions() {
    return {ours(1000006, {tag("v3", "v4")}, {file('d', 'e')}, {}, "06"),
            commit(1000005, "README by hand\n"),
            ours(1000004, {tag("v2", "v3")}, {file('c', 'd'), file('-', '1', "rules.yml"), file('2', '-', "old.yml")}, {}, "04"),
            ours(1000003, {}, {file('3', '4', "other.yml")}, {}, "03"),
            ours(1000002, {tag("v1", "v2")}, {file('b', 'c')}, {}, "02"),
            ours(1000001, {tag("", "v1")}, {file('a', 'b')}, {}, "01"),
            {hash(1000000), {}, "A", 0, "the first"}};
}

} // namespace

TEST_CASE("a rollback takes back the last change, and with it all that its commit did") {
    auto commits = four_versions();
    auto plan = plan_rollback(commits, target, "");
    CHECK(undone_by(plan) == hashes({1000006}));
    CHECK(plan.files == std::vector<FileRecord>{file('d', 'e')});
    CHECK(plan.values == std::vector<ValueRecord>{tag("v3", "v4")});
    CHECK(plan.origin.commit_time == "2026-11-06T00:00:00Z");

    commits.erase(commits.begin());
    plan = plan_rollback(commits, target, "");
    CHECK(undone_by(plan) == hashes({1000004}));
    CHECK(plan.files == std::vector<FileRecord>{file('2', '-', "old.yml"), file('-', '1', "rules.yml"), file('c', 'd')});

    CHECK(undone_by(plan_rollback(four_versions(), {"rules.yml", {}}, "")) == hashes({1000004}));
    CHECK(undone_by(plan_rollback(four_versions(), {"v.yaml", {}}, "")) == hashes({1000006}));
    CHECK(undone_by(plan_rollback(four_versions(), {"other.yml", {"any.path"}}, "")) == hashes({1000003}));
}

TEST_CASE("which commits a rollback takes back") {
    const auto rolled_back = [](std::vector<int> undone, const std::string& old_tag, const std::string& new_tag) {
        auto commits = four_versions();
        commits.insert(commits.begin(), ours(1000007, {tag(old_tag, new_tag)}, {}, undone));
        return commits;
    };
    auto twice = rolled_back({1000006}, "v4", "v3");
    twice.insert(twice.begin(), ours(1000008, {tag("v3", "v2")}, {}, {1000004}));
    auto forth = rolled_back({1000006, 1000004}, "v4", "v2");
    forth.insert(forth.begin(), ours(1000008, {tag("v2", "v4")}, {}, {1000007}));
    // A rollback of something that went there and back again does not name the value.
    auto unnamed = four_versions();
    unnamed.insert(unnamed.begin(), ours(1000007, {tag("v4", "v3")}, {}));
    unnamed.insert(unnamed.begin(), ours(1000008, {tag("x", "y", "other")}, {}, {1000007, 1000006}));
    struct Row {
        std::vector<git::CommitInfo> commits;
        std::string to;
        std::vector<int> undone;
    };
    for (const auto& [commits, to, undone] : std::vector<Row>{
             {four_versions(), hash(1000006), {}}, // see below: already there
             {four_versions(), hash(1000005), {1000006}},
             {four_versions(), "1000004", {1000006}},
             {four_versions(), "1000003EE", {1000006, 1000004}},
             {four_versions(), "1000000", {1000006, 1000004, 1000002, 1000001}},
             {four_versions(), "v3", {1000006}},
             {four_versions(), "\"v3\"", {1000006}},
             {four_versions(), "v1", {1000006, 1000004, 1000002}},
             {rolled_back({1000006}, "v4", "v3"), "", {1000004}},
             {rolled_back({1000006, 1000004}, "v4", "v2"), "", {1000002}},
             {rolled_back({1000006}, "v4", "v3"), "v4", {1000007}}, // forward again
             {rolled_back({1000006}, "v4", "v3"), "v2", {1000007, 1000006, 1000004}},
             {rolled_back({1000006}, "v4", "v3"), "1000002", {1000007, 1000006, 1000004}},
             {twice, "", {1000002}},
             {forth, "", {1000006}}, // the rollback was taken back, so that what it took back counts again
             {unnamed, "", {1000004}},
         }) {
        INFO("to '" << to << "' of " << commits.size());
        if (undone.empty())
            CHECK(why_not(commits, to).find("did not change it after commit 1000006e") != std::string::npos);
        else
            CHECK(undone_by(plan_rollback(commits, target, to)) == hashes(undone));
    }
}

TEST_CASE("several commits that are taken back make one change of each file and value") {
    const auto plan = plan_rollback(four_versions(), target, "v1");
    CHECK(plan.files == std::vector<FileRecord>{file('2', '-', "old.yml"), file('-', '1', "rules.yml"), file('b', 'e')});
    CHECK(plan.values == std::vector<ValueRecord>{tag("v1", "v4")});
    const auto record = record_of(plan);
    CHECK(record.values == std::vector<ValueRecord>{tag("v4", "v1")});
    CHECK(record.files == std::vector<FileRecord>{file('-', '2', "old.yml"), file('1', '-', "rules.yml"), file('e', 'b')});
    CHECK(record.undone == hashes({1000006, 1000004, 1000002}));
    CHECK(read_record("t\n\n" + write_trailers(record)) == record);
}

TEST_CASE("the mode of a file is that from before, or of the file that was made") {
    auto made = file('-', '1', "script");
    made.mode = "100755";
    const std::vector<git::CommitInfo> commits{ours(1000002, {tag("v1", "v2")}, {file('1', '2', "script")}),
                                               ours(1000001, {tag("v0", "v1")}, {made})};
    const auto files = plan_rollback(commits, target, "v0").files;
    REQUIRE(files.size() == 1);
    CHECK(files[0].old_blob.empty());
    CHECK(files[0].mode == "100644");
    auto changed = file('0', '1', "script");
    changed.mode = "100755";
    CHECK(plan_rollback({commits[0], ours(1000001, {tag("v0", "v1")}, {changed})}, target, "v0").files.at(0).mode == "100755");
}

TEST_CASE("what others changed in between stays, or is named") {
    // Another value of the file: the blobs do not fit, the values do.
    auto plan = plan_rollback(
        {ours(3, {tag("v2", "v3")}, {file('8', '9')}), commit(2, "by hand"), ours(1, {tag("v1", "v2")}, {file('a', 'b')})}, target, "v1");
    CHECK(plan.files.empty());
    CHECK(plan.values == std::vector<ValueRecord>{tag("v1", "v3")});

    // There and back again: somebody may have changed it after that, so that it is looked at, but it is no change of the rollback's own.
    plan = plan_rollback({ours(3, {tag("v2", "v1")}, {file('b', 'a'), file('-', '1', "rules.yml")}),
                          ours(1, {tag("v1", "v2")}, {file('a', 'b')}), ours(1000000, {tag("v0", "v1")}, {})},
                         target, hash(1000000));
    CHECK(plan.files == std::vector<FileRecord>{file('-', '1', "rules.yml"), file('a', 'a')});
    CHECK(plan.values == std::vector<ValueRecord>{tag("v1", "v1")});
    CHECK(record_of(plan).values.empty());
    CHECK(record_of(plan).files == std::vector<FileRecord>{file('1', '-', "rules.yml")});

    // The same value.
    CHECK(
        why_not({ours(3, {tag("hand", "v3")}, {file('8', '9')}), commit(2, "by hand"), ours(1, {tag("v1", "v2")}, {file('a', 'b')})}, "v1")
            .find("cannot roll back v.yaml: image.tag: somebody changed it since") == 0);
    // A file that has no values.
    CHECK(why_not({ours(3, {tag("v2", "v3")}, {file('b', 'c'), file('8', '9', "rules.yml")}),
                   ours(1, {tag("v1", "v2")}, {file('a', 'b'), file('-', '7', "rules.yml")})},
                  "v1")
              .find("cannot roll back rules.yml: somebody changed it since") == 0);
    // Values that are not recorded, or lie within each other, go back with their file or not at all.
    auto hidden = tag("v2", "v3");
    hidden.unrecorded = true;
    const auto whole = tag("v2", "v3", "image");
    for (const auto& value : {hidden, whole}) {
        plan = plan_rollback({ours(3, {value}, {file('b', 'c')}), ours(1, {tag("v1", "v2")}, {file('a', 'b')})}, target, "v1");
        CHECK(plan.files == std::vector<FileRecord>{file('a', 'c')});
        REQUIRE_FALSE(plan.values.empty());
        for (const auto& left : plan.values)
            CHECK((left.unrecorded && left.old_json.empty() && left.new_json.empty()));
        CHECK(why_not({ours(3, {value}, {file('8', 'c')}), ours(1, {tag("v1", "v2")}, {file('a', 'b')})}, "v1")
                  .find("v.yaml: somebody changed it") != std::string::npos);
    }
    // A commit that changed the file as a whole says nothing of its values.
    plan = plan_rollback({ours(3, {tag("v2", "v3")}, {file('b', 'c')}), ours(1, {}, {file('a', 'b')}), ours(0, {tag("v1", "v0")}, {})},
                         target, "v0");
    CHECK(plan.files == std::vector<FileRecord>{file('a', 'c')});
    CHECK(plan.values.empty());
    // Without the line of the file, its values are what is left.
    plan = plan_rollback({ours(1, {tag("v1", "v2")}, {})}, target, "");
    CHECK(plan.files.empty());
    CHECK(plan.values.size() == 1);
}

TEST_CASE("a rollback that cannot be told is refused") {
    const auto whole = four_versions();
    auto part = whole;
    part.resize(3);
    CHECK(why_not({}).find("this tool has never changed it") != std::string::npos);
    CHECK(why_not(whole, "", {"v.yaml", {"image.name"}}) == "cannot roll back v.yaml: image.name: this tool has never changed it");
    CHECK(why_not(part, "", {"w.yaml", {}}) == "cannot roll back w.yaml: no commit of this tool that changed it was found (only the newest "
                                               "3 commits were read, back to 1000004e)");
    CHECK(why_not({ours(2, {tag("v2", "v1")}, {}, {1}), ours(1, {tag("v1", "v2")}, {})})
              .find("every change of it by this tool is taken back already") != std::string::npos);
    CHECK(why_not(whole, "v4").find("it is 'v4' already") != std::string::npos);
    CHECK(why_not(whole, "v9").find("'v9' is neither a commit of the branch") != std::string::npos);
    CHECK(why_not(part, "v1").find("only the newest 3 commits were read") != std::string::npos);
    CHECK(why_not(whole, "100000").find("neither a commit") != std::string::npos); // six digits
    CHECK(why_not(whole, std::string(41, 'e')).find("neither a commit") != std::string::npos);
    CHECK(why_not(whole, "x\n\x1B").find("'x | \\x1b'") == std::string::npos);
    CHECK(why_not(whole, "x\n\x1B").find('\n') == std::string::npos);

    auto twins = whole;
    twins[1].hash = hash(1000006).substr(0, 39) + 'f';
    CHECK(why_not(twins, hash(1000006).substr(0, 39)).find("is the beginning of two commits (they are ") != std::string::npos);
    CHECK(undone_by(plan_rollback(twins, target, twins[1].hash)) == hashes({1000006}));

    const auto both = [] {
        return std::vector<git::CommitInfo>{ours(2222222, {tag("1111111", "v3")}, {}), ours(1111111, {tag("v1", "1111111")}, {})};
    };
    CHECK(why_not(both(), "1111111").find("is the beginning of commit 1111111e, and a value that it had") != std::string::npos);
    CHECK(undone_by(plan_rollback(both(), target, hash(1111111))) == hashes({2222222}));

    CHECK(why_not({ours(1000003, {tag("v2", "v1")}, {file('b', 'a')}), ours(1000002, {tag("v1", "v2")}, {file('a', 'b')}),
                   ours(1000001, {tag("v0", "v1")}, {})},
                  "1000001")
              .find("there is nothing to take back") != std::string::npos);
}

TEST_CASE("a target's values, and what lies below them, are what --rollback-to is compared with") {
    auto number = tag("", "");
    number.old_json = "1";
    number.new_json = "2.50";
    auto text = tag("", "v2");
    text.old_json = "2.50";
    const std::vector<git::CommitInfo> commits{ours(1000003, {text}, {}), ours(1000002, {number}, {}),
                                               ours(1000001, {tag("w", "x", "image")}, {})};
    CHECK(undone_by(plan_rollback(commits, target, "2.50")) == hashes({1000003}));
    CHECK(undone_by(plan_rollback(commits, target, "1")) == hashes({1000003, 1000002}));
    CHECK(undone_by(plan_rollback(commits, {"v.yaml", {"image"}}, "2.50")) == hashes({1000003}));
    CHECK(undone_by(plan_rollback(commits, {"v.yaml", {}}, "2.50")) == hashes({1000003}));
    CHECK(why_not(commits, "x").find("neither") != std::string::npos); // the value of something above it
    CHECK(why_not(commits, "w", {"v.yaml", {"image"}}).find("somebody changed it since") != std::string::npos); // one within the other
    // What people set in between counts, since that is where the rollback leads to; values that are not recorded are gone behind.
    const std::vector<git::CommitInfo> by_hand{ours(1000002, {tag("hand", "v3")}, {}), ours(1000001, {tag("v1", "v2")}, {})};
    CHECK(undone_by(plan_rollback(by_hand, target, "hand")) == hashes({1000002}));
    CHECK(why_not(by_hand, "v2").find("neither") != std::string::npos);
    auto hidden = tag("", "");
    hidden.unrecorded = true;
    const std::vector<git::CommitInfo> secret{ours(1000002, {hidden}, {file('b', 'c')}),
                                              ours(1000001, {tag("v1", "v2")}, {file('a', 'b')})};
    CHECK(undone_by(plan_rollback(secret, target, "v2")) == hashes({1000002}));
    CHECK(undone_by(plan_rollback(secret, target, "v1")) == hashes({1000002, 1000001}));
    // The first value of a file that is named alone.
    const std::vector<git::CommitInfo> two{ours(1000002, {tag("1", "2", "replicas")}, {}), ours(1000001, {tag("v1", "v2")}, {})};
    CHECK(why_not(two, "v2", {"v.yaml", {"image.tag", "replicas"}}).find("already") != std::string::npos);
    CHECK(undone_by(plan_rollback(two, {"v.yaml", {"image.tag", "replicas"}}, "v1")) == hashes({1000002, 1000001}));
}

TEST_CASE("late pipelines are compared with the latest that was ever taken back since") {
    auto commits = four_versions();
    commits.insert(commits.begin(), ours(1000007, {tag("v4", "v3")}, {}, {1000006}, "06"));
    const auto plan = plan_rollback(commits, target, "");
    CHECK(undone_by(plan) == hashes({1000004}));
    CHECK(plan.origin.commit_time == "2026-11-06T00:00:00Z");
    // The pipeline of v4 comes late once more.
    commits.insert(commits.begin(), commit(1000008, "t\n\n" + write_trailers(record_of(plan))));
    const auto late = find_newer(commits, {target}, {"app", "v4", "2026-11-06T00:00:00Z", "", ""});
    REQUIRE(late.newer);
    CHECK(late.newer->taken_back);
    CHECK_FALSE(find_newer(commits, {target}, {"app", "v5", "2026-11-07T00:00:00Z", "", ""}).newer);
}

TEST_CASE("a change goes back by the operation that is its inverse") {
    using Kind = yaml::Operation::Kind;
    auto changed = tag("v1", "v2");
    changed.document = 3;
    const auto set = inverse_of(changed);
    CHECK(set.kind == Kind::set_json);
    CHECK(set.value == "\"v1\"");
    CHECK(set.document == 3);
    CHECK_FALSE(set.create);
    CHECK(yaml::to_string(set.path) == "image.tag");
    CHECK(inverse_of(tag("", "v1")).kind == Kind::remove);
    CHECK(inverse_of(tag("v1", "")).create);
    CHECK_THROWS_AS(inverse_of(tag("a", "b", "][")), Error);
}
