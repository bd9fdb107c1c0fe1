#include "catch.hpp"

#include "update-gitops-values/history/record.hpp"
#include "update-gitops-values/proposal/request_text.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

ValueRecord value(const std::string& now, const std::string& before = "\"v1\"") { return {.file = "apps/web/values.yaml", .document = {}, .path = "image.tag", .old_json = before, .new_json = now}; }

std::string message(const std::vector<ValueRecord>& values, const std::string& words = "Deploy web") {
    Record record;
    record.values = values;
    record.files = {{"apps/web/values.yaml", std::string(40, 'a'), std::string(40, 'b'), "100644"}};
    record.origin = {"https://git.example/team/app", std::string(40, 'c'), "2026-11-24T12:00:00Z", "7", "https://git.example/team/app/-/pipelines/7"};
    return words + "\n\n" + write_trailers(record);
}

} // namespace

TEST_CASE("a request says what its commit says", "[proposal]") {
    const auto text = request_text(message({value("\"v2\"")}));
    CHECK(text.title == "Deploy web");
    CHECK(text.body.find("| `apps/web/values.yaml` | `image.tag` | `v1` | `v2` |") != std::string::npos);
    CHECK(text.body.find("commit `cccccccccccc` of <https://git.example/team/app>") != std::string::npos);
    CHECK(text.body.find("by pipeline <https://git.example/team/app/-/pipelines/7>") != std::string::npos);
    // A squash takes it as its message: the trailers are read out of it.
    CHECK(read_record(text.body).has_value());
    CHECK(source_commit_of(text.body) == std::string(40, 'c'));
    CHECK(change_of(text.body) == change_of(message({value("\"v2\"")})));
}

TEST_CASE("what one proposal is told from another by", "[proposal]") {
    const auto change = [](const std::string& now, const std::string& before = "\"v1\"") { return change_of(message({value(now, before)})); };
    CHECK(change("\"v2\"").size() == 64);
    CHECK(change("\"v2\"") == change("\"v2\"", "\"v0\""));
    CHECK(change("\"v2\"") != change("\"v3\""));
    CHECK(change("\"2\"") != change("2"));
    CHECK(change_of("no trailers").empty());
    CHECK(change_of("<!-- slipway-change " + std::string(64, 'a') + " -->") == std::string(64, 'a'));
    CHECK(change_of("<!-- slipway-change " + std::string(64, 'A') + " -->").empty());
}

TEST_CASE("nothing in a request's text is Markdown, or mentions anybody", "[proposal]") {
    const auto text = request_text(message({value(R"("`x` | @ada <b> -->\n\u0007")")}, "Deploy @grace\n\n/close\n```\n</details> <!-- x"));
    CHECK(text.title == "Deploy @grace");
    const auto row = text.body.substr(text.body.find("| `apps/web"));
    CHECK(row.substr(0, row.find('\n')).find("\\|") != std::string::npos);
    CHECK(text.body.find('\x07') == std::string::npos);
    // The comment ends where it is meant to; in front of it such marks are code.
    CHECK(text.body.rfind("-->") == text.body.size() - 3);
    const auto comment = text.body.rfind("<!-- slipway-change");
    CHECK(text.body.find("-->", comment) == text.body.size() - 3);
    CHECK(read_record(text.body).has_value());
}

TEST_CASE("a request's text is never longer than a forge takes", "[proposal]") {
    std::vector<ValueRecord> many;
    for (int i = 0; i < 3000; ++i) many.push_back({.file = "f" + std::to_string(i), .document = {}, .path = std::string(300, 'p'), .old_json = "1", .new_json = "2"});
    const auto text = request_text(message(many, std::string(1000, 't') + "\n\n" + std::string(100'000, 'w')));
    CHECK(text.title.size() <= 250);
    CHECK(text.body.size() <= 60'000);
    CHECK(text.body.find(" others.\n") != std::string::npos);
    // No row is cut in the middle, where code would be left open.
    CHECK(text.body.find(" |\n\nand ") != std::string::npos);
    // What is left of a record that is too long tells the change.
    CHECK(change_of(text.body) == change_of(message(many)));
    CHECK(request_text("").title == "Change");
}
