#include "catch.hpp"

#include "core/error.hpp"
#include "failure.hpp"
#include "wait-for-slo/checks/argo/argo_condition.hpp"

#include <limits>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

QueryValue scalar(double value) { return {true, {value}}; }
QueryValue vector(std::vector<double> values) { return {false, std::move(values)}; }

/// "true", "false", or why there is no answer.
std::string of(const QueryValue& value, const std::string& condition) {
    const auto truth = Expression(condition).evaluate(value);
    return truth.holds ? (*truth.holds ? "true" : "false") : truth.mistake;
}

struct Case {
    QueryValue value;
    const char* condition;
    const char* answer;
};

std::string refusal(const std::string& condition) {
    const auto error = failure_of([&] { Expression{condition}; });
    CHECK(error.code() == ExitCode::misuse);
    const auto& said = error.diagnostics().front();
    return said.hint.empty() ? said.message : said.message + " (" + said.hint + ')';
}

std::string phase(const std::string& success, const std::string& failure, const QueryValue& value) {
    const auto judged = ArgoCondition(success, failure).judge(value);
    return judged.message.empty() ? to_string(judged.phase) : to_string(judged.phase) + ": " + judged.message;
}

} // namespace

TEST_CASE("conditions as Argo Rollouts answers them") {
    const auto one = vector({0.96});
    const auto three = vector({1, 2, 3.5});
    const auto none = vector({});
    const std::vector<Case> cases = {
        // Of Argo's documentation.
        {one, "result[0] >= 0.95", "true"},
        {vector({0.94}), "result[0] >= 0.95", "false"},
        {none, "len(result) == 0 || isNaN(result[0]) || result[0] >= 0.95", "true"},
        {vector({not_a_number}), "len(result) == 0 || isNaN(result[0]) || result[0] >= 0.95", "true"},
        {scalar(0.5), "asFloat(result) < 0.75", "true"},
        {scalar(4), "asInt(result) == 4", "true"},
        {three, "all(result, # >= 1)", "true"},
        {three, "any(result, {# > 3})", "true"},
        {none, "result == nil || len(result) == 0", "true"},
        {scalar(not_a_number), "isNaN(result) || result <= 5", "true"},
        {scalar(infinity), "isInf(result)", "true"},
        {one, "default(result, [1.0])[0] < 1", "true"},
        {one, "isNil(result)", "false"},
        {none, "isNil(result) || isNil(nil)", "false"},
        // Precedence: ** before signs before * / %, + -, comparisons, and, or, ?:; `not` binds its operand before a comparison does.
        {one, "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9", "true"},
        {one, "-2 ** 2 == -4 && 2 ** 3 ** 2 == 512 && 2 ^ -1 == 0.5", "true"},
        {one, "true || false && false", "true"},
        {one, "not false and true or false", "true"},
        {one, "!true == false", "true"},
        {one, "not result[0] > 1", "invalid operation: not of float64"},
        {one, "not (result[0] > 1)", "true"},
        {one, "result[0] > 1 ? false : true", "true"},
        {one, "(false ? 1 : true ? 2 : 3) == 2", "true"},
        {three, "result[-1] == 3.5 && result[asInt(1)] == 2 && result[len(result) - 1] > 3", "true"},
        // Whole numbers and others.
        {one, "7 / 2 == 3.5 && 7 % 4 == 3 && 1 == 1.0 && 1_000 == 1e3 && .5 + 5. == 5.5", "true"},
        {one, "9223372036854775807 + 1 < 0", "true"},
        {one, "1 / 0 > 1e308 && isNaN(0.0 / 0)", "true"},
        {one, "1 % 0 == 1", "integer divide by zero"},
        {one, "result[0] % 2 == 1", "invalid operation: % (mismatched types float64 and int)"},
        {one, "asInt(1e300) < 0 && int(2.9) == 2 && asInt(-2.9) == -2", "true"},
        {one, "ceil(1.2) == 2 && floor(-1.2) == -2 && round(2.5) == 3 && abs(-3) == 3 && abs(-0.5) == 0.5", "true"},
        {one, "max(1, 2.5) == 2.5 && min(3, result[0]) < 1", "true"},
        {three, "max(result) == 3.5 && min(result) == 1", "true"},
        {three, "sum(result) == 6.5 && mean(result) < 2.17 && median(result) == 2 && median([4, 1]) == 2.5", "true"},
        {none, "mean(result) == 0 && median(result) == 0 && sum(result) == 0", "true"},
        {three, "first(result) == 1 && last(result) == 3.5", "true"},
        {none, "first(result) == nil", "true"},
        {vector({not_a_number, 1}), "result[0] == result[0]", "false"},
        {vector({not_a_number, 1}), "result[0] < 1 || result[0] >= 1", "false"},
        {vector({not_a_number, 1}), "result[0] != 1", "true"},
        // Predicates.
        {three, "none(result, # > 4) && one(result, # > 3) && count(result, # > 1) == 2", "true"},
        {none, "all(result, # > 1) && none(result, # > 1) && !any(result, # > 1) && !one(result, # > 1)", "true"},
        {three, "len(filter(result, # >= 2)) == 2 && sum(map(result, # * 2)) == 13", "true"},
        {three, "all(result, {any([1, 2], {# < 2}) && # > 0})", "true"},
        {three, "all(result, 1)", "the predicate of all is int, not bool"},
        {scalar(1), "all(result, # > 1)", "all takes a list, not float64"},
        {three, "result[0] in [1, 2] && 5 not in [1, 2] && result[2] in result", "true"},
        {three, "result[0] in ['a']", "cannot look for float64 in a list of string"},
        {three, "1 in 2", "invalid operation: in (mismatched types int and int)"},
        // Texts.
        {one, R"('a' + "b" == 'ab' && 'a' < 'b' && "it\'s" == 'it\'s' && len('ä') == 2)", "true"},
        {one, "asFloat('0.5') == 0.5 && isInf(asFloat('+Inf')) && asInt('-7') == -7 && float('1e3') == 1000", "true"},
        {one, "asInt(' 1') == 1", "asInt(): ' 1' is no whole number"},
        {one, "asFloat('0x1') == 1", "asFloat(): '0x1' is no number"},
        {one, "asFloat(true) == 1", "asFloat() not supported on bool"},
        {one, "'a' == 1", "invalid operation: == (mismatched types string and int)"},
        // What has no answer.
        {none, "result[0] >= 0.95", "index out of range: 0 (array length is 0)"},
        {three, "result[-4] > 0", "index out of range: -4 (array length is 3)"},
        {one, "result > 0.5", "invalid operation: > (mismatched types a list of float64 and float64)"},
        {scalar(1), "result[0] > 0.5", "cannot take an element of float64"},
        {one, "isNaN(result)", "invalid argument for isNaN (a list of float64)"},
        {one, "isNaN(len(result))", "isNaN() takes float64, not int"},
        {one, "isNaN(1 + len(result)) || isInf(2)", "false"},
        {scalar(1), "len(result) == 0", "invalid argument for len (float64)"},
        {one, "result[0.0] > 1", "elements of a list are selected by int, not float64"},
        {one, "result[0]", "expected bool, but got float64"},
        {one, "1 + 1", "expected bool, but got int"},
        {one, "nil", "expected bool, but got nil"},
        {one, "result[0] > 1 ? 1 : true", "true"},
        {one, "1 ? true : false", "the condition before '?' is int, not bool"},
        {one, "true && result[0]", "invalid operation: && (mismatched types bool and float64)"},
        // Types are checked also where it is not evaluated, and values only there.
        {one, "true || result > 1", "invalid operation: > (mismatched types a list of float64 and int)"},
        {none, "len(result) == 0 || result[0] > 1", "true"},
        {none, "len(result) > 0 && result[0] > 1", "false"},
        {one, "default(result, 0) > 1", "invalid operation: a list > int"},
        {one, "-true", "invalid operation: - of bool"},
        {one, "/* good */ result[0] > 0.9 // really", "true"},
    };
    for (const auto& [value, condition, answer] : cases) {
        INFO(condition);
        CHECK(of(value, condition) == answer);
    }
    CHECK(of(vector(std::vector<double>(4000, 1)), "all(result, all(result, # > 0))") == "it takes too many steps over so many series");
}

TEST_CASE("conditions that are none") {
    CHECK(refusal("result[0] >= ") == "its end: something is missing there");
    CHECK(refusal("") == "its end: something is missing there");
    CHECK(refusal("result[0 >= 1") == "its end: expected ']' here");
    CHECK(refusal("result[0] = 1") == "'=' at character 11: is no comparison (equal is ==)");
    CHECK(refusal("reslut[0] > 1") == "'reslut' at character 1: unknown name (conditions know `result`, a number or a list of numbers)");
    CHECK(refusal("isNan(result)") == "'isNan' at character 1: unknown function (did you mean isNaN?)");
    CHECK(refusal("result > len") == "'len' at character 10: is a function (its arguments go into parentheses)");
    CHECK(refusal("len(result, 1) > 0") == "'len' at character 1: takes 1 argument, not 2");
    CHECK(refusal("default(result) > 0") == "'default' at character 1: takes 2 arguments, not 1");
    CHECK(refusal("# > 1") == "'#' at character 1: stands outside of a predicate (such as all(result, # >= 0.95))");
    CHECK(refusal("result.rate > 1") == "'.' at character 7: `result` of Prometheus has no fields (it is a number or a list of numbers: result, result[0])");
    CHECK(refusal("result ?? 1") == "'?\?' at character 8: is not supported in conditions here");
    CHECK(refusal("let x = 1; x > 0") == "'let' at character 1: is not supported in conditions here");
    CHECK(refusal("'a' matches 'b'") == "'matches' at character 5: is not supported in conditions here");
    CHECK(refusal("result[1:2] == 1") == "':' at character 9: parts of a list are not supported in conditions here");
    CHECK(refusal("result > 0x10") == "'0x10' at character 10: is no decimal number");
    CHECK(refusal("1e999 > 1") == "'1e999' at character 1: is no number");
    CHECK(refusal("99999999999999999999 > 1") == "'99999999999999999999' at character 1: is too large for a whole number");
    CHECK(refusal("'a") == "''a' at character 1: the text is not closed");
    CHECK(refusal("'\\x' == 'a'") == "''\\' at character 1: holds an escape that is not known here (known are \\n \\r \\t \\\\ \\' \\\")");
    CHECK(refusal("result[0] ≥ 1") == "'≥' at character 11: is not known in conditions");
    CHECK(refusal("/* x") == "'/*' at character 1: the comment is not closed by '*/'");
    CHECK(refusal("1 2") == "'2' at character 3: is not expected there");
    CHECK(refusal(std::string(100'000, '(')).find("more than 2000 words") != std::string::npos);
    for (const auto* nested : {"(", "-", "!", "[", "result[", "len("}) {
        std::string text;
        for (int i = 0; i < 300; ++i) text += nested;
        CHECK(refusal(text).find("nested too deep") != std::string::npos);
    }
    std::string chain = "1";
    for (int i = 0; i < 300; ++i) chain += " + 1";
    CHECK(refusal(chain).find("nested too deep") != std::string::npos);
}

TEST_CASE("success and failure conditions together") {
    CHECK(phase("result[0] >= 0.95", "", vector({0.96})) == "Successful");
    CHECK(phase("result[0] >= 0.95", "", vector({0.93})) == "Failed: [0.93], wanted result[0] >= 0.95");
    CHECK(phase("", "result > 5", scalar(3)) == "Successful");
    CHECK(phase("", "result > 5", scalar(7)) == "Failed: 7, which failureCondition 'result > 5' excludes");
    CHECK(phase("result < 1", "result > 5", scalar(0)) == "Successful");
    CHECK(phase("result < 1", "result > 5", scalar(7)) == "Failed: 7, which failureCondition 'result > 5' excludes");
    CHECK(phase("result < 1", "result > 5", scalar(3)) == "Inconclusive: 3 fits neither successCondition 'result < 1' nor failureCondition 'result > 5'");
    CHECK(phase("result < 9", "result > 5", scalar(7)) == "Failed: 7, which failureCondition 'result > 5' excludes");
    CHECK(phase("", "", vector({})) == "Successful");
    CHECK(phase("result[0] > 1", "", vector({})) == "Error: successCondition 'result[0] > 1' has no answer for no series: index out of range: 0 (array length is 0)");
    CHECK(phase("true", "result[0] > 1", vector({})).find("Error: failureCondition") == 0);
    CHECK(phase("all(result, # > 7)", "", vector({1, 2, 3, 4, 5, 6, 7})) == "Failed: [1, 2, 3, 4, 5, and 2 more], wanted all(result, # > 7)");
    CHECK(ArgoCondition(" result > 1\n", "").text() == "result > 1");
    CHECK(ArgoCondition("result > 1", "result < 0").text() == "result > 1, fails when result < 0");
    CHECK(ArgoCondition("", "").text() == "any value");
    CHECK(failure_of([] { ArgoCondition("", "result >"); }).diagnostics().front().message == "failureCondition 'result >': its end: something is missing there");

    const auto limits = [](const std::string& success, const std::string& failure) {
        const auto found = ArgoCondition(success, failure).limits();
        const auto shown = [](std::optional<double> limit) { return limit ? std::to_string(*limit).substr(0, 4) : std::string("-"); };
        return shown(found.min) + ' ' + shown(found.max);
    };
    CHECK(limits("result[0] >= 0.95", "") == "0.95 -");
    CHECK(limits("0.95 <= asFloat(result)", "") == "0.95 -");
    CHECK(limits("result[0] > 1 && result[0] < 5 and result[0] <= -2", "") == "1.00 -2.0");
    CHECK(limits("", "result > 5") == "- 5.00");
    CHECK(limits("", "result > 5 || result < 1") == "1.00 5.00");
    CHECK(limits("not (result > 5)", "") == "- 5.00");
    CHECK(limits("len(result) == 0 || result[0] > 1", "") == "- -");
    CHECK(limits("result[1] > 1", "") == "- -");
}
