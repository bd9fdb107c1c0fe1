#include "catch.hpp"

#include "core/error.hpp"
#include "wait-for-slo/checks/inline_check.hpp"

#include <limits>
#include <optional>
#include <string>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

std::string refusal(const std::string& text, std::optional<double> min = {}, std::optional<double> max = {}) {
    try {
        parse_inline_check(text, min, max);
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        return std::string(error.what()) + (error.diagnostics().front().hint.empty() ? "" : " | " + error.diagnostics().front().hint);
    }
    return {};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("the comparison at the top is the limit, and the other side is asked for") {
    struct Row {
        std::string text, query, condition;
    };
    for (const auto& row : {Row{"x <= 0.5", "x", "<= 0.5"},
                            Row{"x<0.5", "x", "< 0.5"},
                            Row{"0.5 >= x", "x", "<= 0.5"},
                            Row{"0.5 < x", "x", "> 0.5"},
                            Row{"3 == x", "x", "== 3"},
                            Row{"x != bool 0", "x", "!= 0"},
                            Row{"x > bool -1", "x", "> -1"},
                            Row{"x > -(-(1))", "x", "> 1"},
                            Row{"(((x))) >= (0.95)", "x", ">= 0.95"},
                            Row{"((x >= 0.95))", "x", ">= 0.95"},
                            Row{"x < 1e3", "x", "< 1000"},
                            Row{"x < +Inf", "x", "< +Inf"},
                            Row{"1 < x < 5", "x", "< 5 and > 1"},
                            Row{"(1 < bool x) == 1", "1 < bool x", "== 1"},
                            Row{"scalar(x) <= bool 2", "scalar(x)", "<= 2"},
                            Row{"a / b <= 0.01", "a / b", "<= 0.01"},
                            Row{"sum by (job) (rate(x[5m])) / on (job) sum by (job) (y) >= 0.99", "sum by (job) (rate(x[5m])) / on (job) sum by (job) (y)", ">= 0.99"},
                            Row{"(a > 1) + b < 5", "(a > 1) + b", "< 5"},
                            Row{"# why\n x\n  <= 1", "x", "<= 1"}}) {
        INFO(row.text);
        const auto check = parse_inline_check(row.text, {}, {});
        CHECK(check.query == row.query);
        CHECK(check.condition->text() == row.condition);
    }
}

TEST_CASE("limits of options, inclusive") {
    const auto check = parse_inline_check("a / b", 0.1, 0.5);
    CHECK(check.condition->text() == ">= 0.1 and <= 0.5");
    CHECK(check.min == 0.1);
    CHECK(check.max == 0.5);
    CHECK(parse_inline_check("a and b", {}, 1).query == "a and b");
    CHECK(parse_inline_check("x == 1", {}, {}).min == 1);
    CHECK_FALSE(parse_inline_check("x != 1", {}, {}).max);
    CHECK(contains(refusal("x <= 1", {}, 2), "--check-max do not apply"));
    CHECK(contains(refusal("x"), "it has no limit | compare it with a number: 'x <= 0.5'"));
}

TEST_CASE("names of checks") {
    struct Row {
        std::string text, name, query;
    };
    for (const auto& row : {Row{"p99: x <= 1", "p99", "x"}, Row{"p.99-of_x:\n x <= 1", "p.99-of_x", "x"}, Row{" x <= 1 ", "x <= 1", "x"}, Row{"job:x:rate5m <= 1", "job:x:rate5m <= 1", "job:x:rate5m"},
                            Row{"a\n<=\n1", "a | <= | 1", "a"}, Row{"up: job:x:rate5m <= 1", "up", "job:x:rate5m"}, Row{":x <= 1", ":x <= 1", ":x"}, Row{"1: x <= 1", "1", "x"}}) {
        INFO(row.text);
        CHECK(parse_inline_check(row.text, {}, {}).name == row.name);
        CHECK(parse_inline_check(row.text, {}, {}).query == row.query);
    }
}

TEST_CASE("burn rates of Google Cloud Monitoring") {
    const std::string call = R"(select_slo_burn_rate("projects/p/services/s)x/serviceLevelObjectives/o","300s"))";
    for (const auto* rest : {" <= 1", "<=1", "  <= 1.0  "}) {
        const auto check = parse_inline_check("burn: " + call + rest, {}, {});
        CHECK(check.name == "burn");
        CHECK(check.query == call);
        CHECK(check.condition->text() == "<= 1");
        CHECK(is_google_query(check.query));
    }
    CHECK(is_google_query("burn: " + call + " <= 1"));
    CHECK_FALSE(is_google_query("burn: x <= 1"));
    CHECK(parse_inline_check(call, {}, 2).max == 2);
    CHECK(contains(refusal(call), "it has no limit"));
    CHECK(contains(refusal(call + " <= one"), "'one' is no number"));
    CHECK(contains(refusal(call + " / 2 <= 1"), "'/ 2 <= 1' is no comparison with a number"));
    CHECK(contains(refusal("select_slo_burn_rate(\"x\" <= 1"), "does not end"));
    CHECK(contains(refusal(call + " <= NaN"), "NaN is no limit"));
}

TEST_CASE("checks that say nothing, or never pass, are refused") {
    struct Row {
        std::string text, words;
    };
    for (const auto& row : {Row{"a < b", "'a' is compared with 'b', and a limit is a number | compare their quotient"},
                            Row{"a < scalar(b)", "a limit is a number"},
                            Row{"a <= 1 and b <= 2", "no comparison is at its top, but 'and' | give each part a --check"},
                            Row{"1 <= bool 2", "two numbers are compared"},
                            Row{"x[5m]", "'x[5m]' is a range of time, not one value"},
                            Row{"\"x\"", "a text is no number"},
                            Row{"5", "a number says nothing"},
                            Row{"x <= NaN", "NaN is no limit"},
                            Row{"5 < x < 1", "it can never pass: no value is both at least 5 and at most 1"},
                            Row{"1 < x < 1", "it can never pass"},
                            Row{"x > Inf", "it can never pass"},
                            Row{"", "there is no expression"},
                            Row{"x <=", "at character"},
                            Row{"sum(x <= 1", "at character"},
                            Row{"sum(x)) <= 1", "at character 7"},
                            Row{"x <= 0.5 5", "at character"}}) {
        INFO(row.text);
        const auto words = refusal(row.text);
        INFO(words);
        CHECK(contains(words, row.words));
    }
    const std::string deep(100'000, '(');
    CHECK_FALSE(refusal(deep + "x <= 1").empty());
    std::string chain = "x <= 1";
    for (int i = 0; i < 3000; ++i) chain += " < 5";
    CHECK(refusal(chain).empty());
}
