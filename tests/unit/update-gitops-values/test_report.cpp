#include "update-gitops-values/report.hpp"

#include "catch.hpp"

#include <algorithm>
#include <map>
#include <string>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

EditedFile edited(const std::string& path, const std::string& before, const std::string& after) {
    yaml::Change change{.path = "a", .old = before, .value = after, .old_json = '"' + before + '"', .new_json = '"' + after + '"', .place = {path, 1, 4}};
    change.changed = true;
    return {.path = path, .before = "a: " + before + "\n", .after = "a: " + after + "\n", .mode = "100644", .changes = {change}};
}

std::map<std::string, std::string> outputs_of(const cli::Report& report) {
    std::map<std::string, std::string> outputs;
    for (const auto& output : report.outputs) outputs[output.name] = output.value;
    return outputs;
}

const std::string hash(40, 'c');

} // namespace

TEST_CASE("a commit is told in every form") {
    const auto report = report_of({.files = {edited("v.yaml", "old", "new")}, .branch = "main", .commit = hash, .late = {}, .offer = "https://h/x/new?source=main"});
    CHECK(report.code == ExitCode::done);
    CHECK(report.text == hash + "\n");
    CHECK(report.json.dump() == R"({"changed":true,"superseded":false,"commit":")" + hash +
                                    R"(","branch":"main","request_url":"https://h/x/new?source=main","request_number":null,"merged":null,"applied":null,"from_environment":null,"changes":[{"file":"v.yaml","path":"a","old":"old","new":"new"}]})");
    CHECK(outputs_of(report) == std::map<std::string, std::string>{{"changed", "true"},
                                                                   {"superseded", "false"},
                                                                   {"commit", hash},
                                                                   {"branch", "main"},
                                                                   {"request_url", "https://h/x/new?source=main"},
                                                                   {"request_number", ""},
                                                                   {"merged", ""},
                                                                   {"applied", ""},
                                                                   {"from_environment", ""},
                                                                   {"old", "old"},
                                                                   {"new", "new"}});
    CHECK(report.summary == "### update-gitops-values\n\n`v.yaml`: commit `" + hash +
                                "` on `main`\n\nA request can be opened at <https://h/x/new?source=main>.\n\n```diff\n--- a/v.yaml\n+++ b/v.yaml\n@@ -1 +1 @@\n-a: old\n+a: new\n```\n");
    CHECK(report.diagnostics.empty());
}

TEST_CASE("a folder has no commit, and its diff is the result") {
    const auto report = report_of({.files = {edited("v.yaml", "old", "new")}, .branch = {}, .commit = {}, .late = {}});
    CHECK(report.text == "--- a/v.yaml\n+++ b/v.yaml\n@@ -1 +1 @@\n-a: old\n+a: new\n");
    CHECK(report.json["commit"].is_null());
    CHECK(report.json["branch"].is_null());
    CHECK(report.json["request_url"].is_null());
    CHECK(report.summary.find("changed in the folder, without a commit") != std::string::npos);
}

TEST_CASE("nothing to change") {
    const auto report = report_of({.files = {}, .branch = "main", .commit = {}, .late = {}});
    CHECK(report.text.empty());
    CHECK(report.json["changed"] == false);
    CHECK(report.json["changes"].empty());
    CHECK(outputs_of(report)["changed"] == "false");
    CHECK(outputs_of(report)["commit"].empty());
    CHECK(report.summary.find("nothing was changed") != std::string::npos);
}

TEST_CASE("a late pipeline changes nothing, and is told why") {
    Late late{.newer = {.commit = hash, .origin = {}}, .why = {.severity = Severity::warning, .message = "it is late"}};
    const auto report = report_of({.files = {edited("v.yaml", "new", "old")}, .branch = "main", .commit = {}, .late = late});
    CHECK(report.code == ExitCode::done);
    CHECK(report.text.empty());
    CHECK(report.json["changed"] == false);
    CHECK(report.json["superseded"] == true);
    CHECK(report.json["changes"].empty());
    auto outputs = outputs_of(report);
    CHECK(outputs["superseded"] == "true");
    CHECK(outputs["changed"] == "false");
    CHECK(outputs["new"].empty());
    CHECK(report.summary == "### update-gitops-values\n\nNothing was changed: `main` holds a newer version of it since commit `" + hash + "`.\n");
    REQUIRE(report.diagnostics.size() == 1);
    CHECK(report.diagnostics.front().message == "it is late");
}

TEST_CASE("null, nothing and the empty string in JSON") {
    auto file = edited("v.yaml", "", "x");
    auto& change = file.changes.front();
    change.old = std::nullopt; // null or nothing
    change.old_json = "null";
    CHECK(json_of({.files = {file}})["changes"][0]["old"].is_null());
    change.new_json = "null";
    change.value = "null";
    CHECK(json_of({.files = {file}})["changes"][0]["new"].is_null());
    change.new_json = ""; // removed
    change.value = "";
    CHECK(json_of({.files = {file}})["changes"][0]["new"].is_null());
    change.new_json = "\"\"";
    change.old = "";
    CHECK(json_of({.files = {file}})["changes"][0]["new"] == "");
    CHECK(json_of({.files = {file}})["changes"][0]["old"] == "");
    change.new_json = "3";
    change.value = "3";
    CHECK(json_of({.files = {file}})["changes"][0]["new"] == "3");
}

TEST_CASE("files as a whole") {
    const EditedFile fresh{.path = "new.sh", .before = {}, .after = "x", .mode = "100755", .changes = {}};
    const EditedFile gone{.path = "old", .before = "y\n", .after = {}, .mode = "100644", .changes = {}};
    const EditedFile binary{.path = "b", .before = std::string("\0", 1), .after = "z\n", .mode = "100644", .changes = {}};
    const Changeset files = {fresh, gone, binary};
    CHECK(diff_of(files) == "--- /dev/null\n+++ b/new.sh\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n--- a/old\n+++ /dev/null\n@@ -1 +0,0 @@\n-y\nBinary files a/b and b/b differ\n");
    CHECK(json_of({.files = files})["changes"].dump() ==
          R"([{"file":"new.sh","path":null,"old":null,"new":null},{"file":"old","path":null,"old":null,"new":null},{"file":"b","path":null,"old":null,"new":null}])");
    const auto report = report_of({.files = files, .branch = "main", .commit = hash, .late = {}});
    CHECK(outputs_of(report)["old"].empty());
    CHECK(outputs_of(report)["changed"] == "true");
    CHECK(report.summary.find("`new.sh`, `old`, `b`: commit") != std::string::npos);
    // Without a byte there are no lines to show.
    CHECK(diff_of({{.path = "e", .before = {}, .after = "", .mode = "100755", .changes = {}}}) == "diff --git a/e b/e\nnew file mode 100755\n");
    CHECK(diff_of({{.path = "e", .before = "", .after = {}, .mode = "100644", .changes = {}}}) == "diff --git a/e b/e\ndeleted file mode 100644\n");
}

TEST_CASE("the first value that changed is an output, also behind files that were put") {
    const EditedFile put{.path = "p", .before = {}, .after = "x\n", .mode = "100644", .changes = {}};
    const auto report = report_of({.files = {put, edited("v.yaml", "old", "new"), edited("w.yaml", "1", "2")}, .branch = "main", .commit = hash, .late = {}});
    CHECK(outputs_of(report)["old"] == "old");
    CHECK(outputs_of(report)["new"] == "new");
}

TEST_CASE("the summary cannot be broken out of") {
    const auto fenced = report_of({.files = {edited("v.yaml", "x", "\"```\\n# fake\"")}, .branch = "main", .commit = hash}).summary;
    CHECK(fenced.find("\n````diff\n") != std::string::npos);
    CHECK(fenced.substr(fenced.size() - 6) == "\n````\n");
    const auto named = report_of({.files = {edited("a`](http://evil) b.yaml", "x", "y")}, .branch = "b`r", .commit = hash, .late = {}, .offer = "https://h/\n# fake"}).summary;
    CHECK(named.find("`a'](http://evil) b.yaml`: commit `" + hash + "` on `b'r`") != std::string::npos);
    CHECK(named.find("\n# fake") == std::string::npos);
}

TEST_CASE("a long diff is cut in the summary, at the end of a line, and whole on standard output") {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += "line " + std::to_string(i) + " of a file that was put\n";
    const EditedFile put{.path = "p", .before = {}, .after = text, .mode = "100644", .changes = {}};
    const auto report = report_of({.files = {put}});
    CHECK(report.text.size() > text.size());
    CHECK(report.summary.size() < 130 * 1024);
    CHECK(report.summary.find("put\n... (cut: the whole has 10003 lines)\n```\n") != std::string::npos);
    const EditedFile one_line{.path = "p", .before = {}, .after = std::string(300'000, 'x'), .mode = "100644", .changes = {}};
    CHECK(report_of({.files = {one_line}}).summary.size() < 130 * 1024);
}

TEST_CASE("many files are counted") {
    const auto report = report_of({.files = {edited("a", "1", "2"), edited("b", "1", "2"), edited("c", "1", "2"), edited("d", "1", "2")}, .branch = "main", .commit = hash});
    CHECK(report.summary.find("\n4 files: commit") != std::string::npos);
}
