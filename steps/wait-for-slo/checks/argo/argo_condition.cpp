#include "wait-for-slo/checks/argo/argo_condition.hpp"

#include "core/text.hpp"
#include "wait-for-slo/decision/wording.hpp"

#include <algorithm>
#include <string_view>

namespace slipway::wait_for_slo {

namespace {

/// "0.93", "[0.93, 0.97]", and of many the first ones.
std::string shown(const QueryValue& value) {
    constexpr std::size_t most = 5;
    std::vector<std::string> numbers;
    for (std::size_t i = 0; i < std::min(value.values.size(), most); ++i) numbers.push_back(number(value.values[i]));
    if (value.is_scalar) return join(numbers, "");
    if (value.values.size() > most) numbers.push_back("and " + std::to_string(value.values.size() - most) + " more");
    return '[' + join(numbers, ", ") + ']';
}

/// As much of a condition as a line of a log can hold.
std::string in_short(std::string_view text) {
    constexpr std::size_t most = 300;
    if (text.size() <= most) return visible(text);
    return visible(text.substr(0, valid_utf8_length(text.substr(0, most)))) + "...";
}

std::string why_unknown(const char* name, const std::string& condition, const std::string& mistake, const QueryValue& value) {
    return std::string(name) + " '" + in_short(condition) + "' has no answer for " + (value.values.empty() ? std::string("no series") : shown(value)) + ": " + mistake;
}

} // namespace

ArgoCondition::Part ArgoCondition::read(const char* name, const std::string& text) {
    if (trim(text).empty()) return {};
    try {
        auto expression = std::make_unique<const Expression>(text);
        return {std::string(trim(text)), std::move(expression)};
    } catch (const Error& error) {
        const auto& mistake = error.diagnostics().front();
        throw misuse(std::string(name) + " '" + in_short(trim(text)) + "': " + mistake.message, mistake.hint);
    }
}

ArgoCondition::ArgoCondition(const std::string& success, const std::string& failure) : success_(read("successCondition", success)), failure_(read("failureCondition", failure)) {}

Judgement ArgoCondition::judge(const QueryValue& value) const {
    const auto success = success_.expression ? success_.expression->evaluate(value) : Truth{};
    if (!success.mistake.empty()) return {Phase::error, why_unknown("successCondition", success_.text, success.mistake, value)};
    const auto failure = failure_.expression ? failure_.expression->evaluate(value) : Truth{};
    if (!failure.mistake.empty()) return {Phase::error, why_unknown("failureCondition", failure_.text, failure.mistake, value)};
    const bool succeeded = success.holds.value_or(!failure.holds.value_or(false));
    const bool failed = failure.holds.value_or(!succeeded);
    if (failed) return {Phase::failed, failure.holds ? shown(value) + ", which failureCondition '" + visible(failure_.text) + "' excludes" : shown(value) + ", wanted " + visible(success_.text)};
    if (!succeeded) return {Phase::inconclusive, shown(value) + " fits neither successCondition '" + visible(success_.text) + "' nor failureCondition '" + visible(failure_.text) + '\''};
    return {Phase::successful, {}};
}

std::string ArgoCondition::text() const {
    if (!success_.expression && !failure_.expression) return "any value";
    if (!failure_.expression) return success_.text;
    return (success_.expression ? success_.text + ", " : std::string()) + "fails when " + failure_.text;
}

Limits ArgoCondition::limits() const {
    if (success_.expression) return success_.expression->limits();
    return failure_.expression ? failure_.expression->limits(true) : Limits{};
}

} // namespace slipway::wait_for_slo
