#include "catch.hpp"

#include "core/text.hpp"
#include "update-gitops-values/history/message.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

const std::string blob_a(40, 'a');
const std::string blob_b(40, 'b');

yaml::Change change(std::optional<std::string> old, const std::string& value) {
    return {.path = "a", .old = std::move(old), .value = value, .place = {}};
}

ValueRecord value(const std::string& file, const std::string& path, const std::string& old_json, const std::string& new_json) {
    return {.file = file, .document = {}, .path = path, .old_json = old_json, .new_json = new_json};
}

Record of_values(std::vector<ValueRecord> values) { return {.origin = {}, .values = std::move(values), .files = {}, .undone = {}}; }

/// What stands in front of the trailers.
std::string body_of(const std::string& message) { return message.substr(0, message.find("\n\nSlipway-") + 1); }

std::string body(const std::string& given, const Record& record, const ci::Info& ci = {}) {
    return body_of(commit_message(given, record, ci));
}

std::string problem(const std::string& given) {
    std::vector<Diagnostic> problems;
    check_message(given, problems);
    return problems.empty() ? "" : problems[0].message + (problems[0].hint.empty() ? "" : " (" + problems[0].hint + ')');
}

} // namespace

TEST_CASE("a message names the change") {
    const FileRecord made{"new.yml", "", blob_a, "100644"};
    const FileRecord replaced{"rules.yml", blob_a, blob_b, "100644"};
    const FileRecord deleted{"old.yml", blob_a, "", "100644"};
    const FileRecord edited{"v.yaml", blob_a, blob_b, "100644"};
    auto hidden = value("v.yaml", "a", "", "");
    hidden.unrecorded = true;
    const auto tag = value("v.yaml", "image.tag", "\"abc\"", "\"def\"");
    struct Row {
        Record record;
        std::string expected;
    };
    for (const auto& [record, expected] : std::vector<Row>{
             {of_values({value("apps/myapp/values.yaml", "image.tag", "\"abc\"", "\"def\"")}),
              "apps/myapp/values.yaml: image.tag abc -> def\n"},
             {of_values({value("v.yaml", "a", "", "\"x\""), value("v.yaml", "b", "\"y\"", "\"\"")}),
              "v.yaml: 2 values\n\na: (empty) -> x\nb: y -> (empty)\n"},
             {of_values({value("v.yaml", "a", "null", "3")}), "v.yaml: a (empty) -> 3\n"},
             {of_values({value("v.yaml", "a", "[1]", "")}), "v.yaml: a [1] -> (removed)\n"},
             {of_values({hidden}), "v.yaml: a changed\n"},
             {{{}, {tag}, {edited}, {}}, "v.yaml: image.tag abc -> def\n"},
             {{{}, {}, {made}, {}}, "new.yml: new\n"},
             {{{}, {}, {deleted}, {}}, "old.yml: deleted\n"},
             {{{}, {tag}, {edited, made, replaced, deleted}, {}},
              "4 files, 1 value\n\nv.yaml image.tag: abc -> def\nnew.yml: new\nrules.yml: replaced\nold.yml: deleted\n"},
             {{{}, {}, {made, deleted}, {}}, "2 files\n\nnew.yml: new\nold.yml: deleted\n"},
         })
        CHECK(body("", record) == expected);
    CHECK(commit_message("", {}, {}) == "no change\n");
}

TEST_CASE("a rollback's message names the change and the commits") {
    const Record record{{}, {value("v.yaml", "image.tag", "\"v2\"", "\"v1\"")}, {}, {std::string(40, 'd')}};
    const std::vector<git::CommitInfo> undone{{std::string(40, 'd'), {}, "A", 0, "v.yaml: image.tag v1 -> v2\n\nmore"}};
    const auto text = commit_message("", record, {}, undone);
    CHECK(body_of(text) == "Roll back v.yaml: image.tag v2 -> v1\n\nThis takes back dddddddddddd, v.yaml: image.tag v1 -> v2\n");
    CHECK(read_record(text) == record);
    const std::vector<git::CommitInfo> many(30, {std::string(40, 'e'), {}, "A", 0, "\x1B[1m\xFF"});
    const auto long_one = commit_message("", record, {}, many);
    CHECK(long_one.find("and 10 older commits\n") != std::string::npos);
    CHECK(long_one.find('\x1B') == std::string::npos);
}

TEST_CASE("a message is the user's own, filled in, with the trailers in one block") {
    ci::Info ci;
    ci.project_name = "team/app";
    ci.branch = "main";
    ci.tag = "v2";
    ci.commit = "c0ffee00c0ffee";
    ci.short_commit = "c0ffee0";
    ci.pipeline_url = "https://git.example/p/7";
    const auto record = of_values({value("v.yaml", "image.tag", "\"v1\"", "\"v2\""), value("w.yaml", "replicas", "1", "2")});
    struct Row {
        std::string given, expected;
    };
    for (const auto& [given, expected] : std::vector<Row>{
             {" Take back\n\nbecause\n\n", "Take back\n\nbecause\n"},
             {"{file}: {path} {old} -> {new}", "v.yaml: image.tag v1 -> v2\n"},
             {"{files}\n\n{changes}", "v.yaml, w.yaml\n\nv.yaml image.tag: v1 -> v2\nw.yaml replicas: 1 -> 2\n"},
             {"{project} {branch} {tag} {commit} {short_commit} {pipeline_url}",
              "team/app main v2 c0ffee00c0ffee c0ffee0 https://git.example/p/7\n"},
             {"{{file}} {{{file}}} }}{{", "{file} {v.yaml} }{\n"},
             {"a\r\nb\x1B", "a\nb\\x1b\n"},
         }) {
        INFO(given);
        CHECK(problem(given).empty());
        const auto text = commit_message(given, record, ci);
        CHECK(body_of(text) == expected);
        CHECK(read_record(text) == record);
    }
    CHECK(body("{branch}", of_values({value("v.yaml", "a", "1", "2")})) == "v.yaml: a 1 -> 2\n"); // nothing is left of it
    const auto signed_off = commit_message("t\n\nSigned-off-by: A <a@b>", record, ci);
    CHECK(signed_off.find("Signed-off-by: A <a@b>\nSlipway-Change: ") != std::string::npos);
    CHECK(read_record(signed_off) == record);
}

TEST_CASE("a template that cannot be filled in is refused") {
    struct Row {
        std::string given, expected;
    };
    for (const auto& [given, expected] : std::vector<Row>{
             {"", ""},
             {"{fil}", "cannot use --message: there is no {fil} (did you mean {file}? {{ is a brace as it is)"},
             {"{}", "cannot use --message: it has a brace that stands for nothing ({{ and }} are braces as they are, and {name} a value)"},
             {"a { b",
              "cannot use --message: it has a brace that stands for nothing ({{ and }} are braces as they are, and {name} a value)"},
             {"a } b",
              "cannot use --message: it has a brace that stands for nothing ({{ and }} are braces as they are, and {name} a value)"},
             {"{", "cannot use --message: it has a brace that stands for nothing ({{ and }} are braces as they are, and {name} a value)"},
             {" \n\t", "cannot use --message: it is blank"},
             {"\xFF", "cannot use --message: it is no valid UTF-8"},
             {std::string("a\0b", 3), "cannot use --message: it holds a NUL character"},
             {"t\n\nSlipway-Undoes: x",
              "cannot use --message: the line 'Slipway-Undoes: x' begins with Slipway-, as the trailers do that this tool writes and "
              "reads (put other words in front of it)"},
         })
        CHECK(problem(given) == expected);
    CHECK(problem("t\n  sLIPWAY-Change: {{").find("begins with Slipway-") != std::string::npos);
    CHECK(problem("{nothing-like-that\x1B}").find("there is no {nothing-like-that\\x1b} (known are file, files, ") != std::string::npos);
    std::vector<Diagnostic> problems;
    check_message("{fil} { {" + std::string(100'000, 'x') + "} {nwe} {", problems);
    CHECK(problems.size() == 4);
    CHECK(problems[2].message.size() < 200);
}

TEST_CASE("nothing that is filled in can look like a trailer of ours") {
    ci::Info ci;
    ci.branch = "Slipway-Undoes: " + std::string(40, 'f');
    ci.project_name = "x\nSlipway-Undoes: " + std::string(40, 'f');
    const auto hostile = value("Slipway-Undoes", "Slipway-Undoes", "\"v1\"", "\"x\\n\\nSlipway-Undoes: " + std::string(40, 'f') + "\"");
    const Record record = of_values({hostile, value("Slipway-Undoes", "slipway-b", "1", "2")});
    for (const std::string& given :
         std::vector<std::string>{"", "t\n\n{branch}", "t\n\n{project}", "t\n\n{changes}", "t\n\n{old}\n{new}\n{file}: {path}",
                                  "t\n\nSee: it\n{branch}", "{branch}\n{changes}"}) {
        const auto text = commit_message(given, record, ci);
        INFO(text);
        CHECK(read_record(text) == record);
    }
    for (const std::string& given : std::vector<std::string>{"", "t\n\n{branch}", "t\n\n{changes}", "t\n\nSee: it\n{branch}"})
        CHECK_FALSE(read_record(commit_message(given, {}, ci)));
}

TEST_CASE("values make no lines, no trailers and no long titles") {
    CHECK(old_and_new(change("x\nSlipway-Commit: fake", "\x1b[1m")).find('\n') == std::string::npos);
    CHECK(old_and_new(change("x", "\x1b[1m")).find('\x1b') == std::string::npos);
    const auto long_one = old_and_new(change("x", std::string(79, 'x') + "\xC3\xA9" + std::string(200, 'y')));
    CHECK(long_one == "x -> " + std::string(79, 'x') + "...");
    CHECK(body("", of_values({value("v.yaml", "a", "1", '"' + std::string(100'000, 'x') + '"')})).size() < 200);
}
