#include "catch.hpp"

#include "ci/code_quality.hpp"

#include <nlohmann/json.hpp>

#include <set>

using namespace slipway;
using nlohmann::json;

namespace {

json report(const std::vector<Diagnostic>& diagnostics, const std::string& workspace = {}) {
    return json::parse(ci::code_quality_report(diagnostics, "push-rules", workspace));
}

} // namespace

TEST_CASE("a code-quality report has what GitLab asks for") {
    const auto findings = report({{.message = "bad \"expr\"", .place = {"./rules//a.yml", 3, 7}, .hint = "no", .id = "syntax"},
                                  {.severity = Severity::warning, .message = "odd", .place = {"a.yml"}},
                                  {.severity = Severity::notice, .message = "fine", .place = {"a.yml", 9}},
                                  {.message = "without a place"}});
    REQUIRE(findings.size() == 3);
    CHECK(findings[0]["description"] == "bad \"expr\"");
    CHECK(findings[0]["check_name"] == "push-rules/syntax");
    CHECK(findings[0]["severity"] == "major");
    CHECK(findings[0]["location"] == json{{"path", "rules/a.yml"}, {"lines", {{"begin", 3}}}});
    CHECK(findings[0]["fingerprint"].get<std::string>().size() == 64);
    CHECK(findings[1]["check_name"] == "push-rules");
    CHECK(findings[1]["severity"] == "minor");
    CHECK(findings[1]["location"]["lines"]["begin"] == 1);
    CHECK(findings[2]["severity"] == "info");
    CHECK(ci::code_quality_report({}, "x") == "[]\n");
}

TEST_CASE("a finding that only moved keeps its fingerprint, and no two are equal") {
    const Diagnostic finding{.message = "bad", .place = {"a.yml", 3}};
    auto moved = finding;
    moved.place.line = 30;
    CHECK(report({finding})[0]["fingerprint"] == report({moved})[0]["fingerprint"]);
    auto elsewhere = finding;
    elsewhere.place.file = "b.yml";
    auto other = finding;
    other.message = "worse";
    std::set<std::string> fingerprints;
    for (const auto& entry : report({finding, moved, elsewhere, other})) fingerprints.insert(entry["fingerprint"]);
    CHECK(fingerprints.size() == 4);
}

TEST_CASE("paths are those of the repository") {
    const auto path_of = [](const std::string& file) { return report({{.message = "x", .place = {file, 1}}}, "/builds/team/app/")[0]["location"]["path"]; };
    CHECK(path_of("/builds/team/app/rules/a.yml") == "rules/a.yml");
    CHECK(path_of("/builds/team/app/../app/a.yml") == "a.yml");
    CHECK(path_of("/builds/team/other/a.yml") == "/builds/team/other/a.yml");
    CHECK(path_of("rules/a.yml") == "rules/a.yml");
}

TEST_CASE("a description that is no UTF-8 does not break the report") {
    CHECK(report({{.message = "a\xFFz", .place = {"a.yml", 1}}})[0]["description"] == "a\xEF\xBF\xBDz");
}
