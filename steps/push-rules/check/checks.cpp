#include "push-rules/check/checks.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace slipway::push_rules {

const std::vector<Check>& checks() {
    constexpr auto error = Severity::error;
    constexpr auto warning = Severity::warning;
    static const std::vector<Check> all = {
        {"alert-without-comparison", warning, "an alert that fires whenever its series exist, because nothing compares or selects"},
        {"rate-on-gauge", warning, "rate, irate or increase of what goes up and down, or has no counter's name"},
        {"rate-of-sum", warning, "rate, irate or increase of counters that were added up before, so that a restart looks like an increase"},
        {"removed-label", warning, "a label in a template that the expression cannot have"},
        {"value-in-label", warning, "$value in a label: each value makes another alert"},
        {"never-matching", warning, "an operation whose two sides never have the same labels"},
        {"quantile-without-le", error, "histogram_quantile of an expression without the label le: it gives nothing"},
        {"absent-without-for", warning, "an alert on absent() without 'for': it fires at each restart of Prometheus"},
        {"duplicate-rule", warning, "two rules that write the same series, in one file or in several"},
        {"needless-regex", warning, "a regular expression that is a plain text, or matches everything"},
        {"short-range", warning, "a range of less than two scrape intervals"},
        {"missing-severity", warning, "an alert without the label severity"},
        {"missing-summary", warning, "an alert without any of the annotations summary, description, message and title"},
        {"utf8-name", warning, "a name that queries must quote, and that older tools do not take"},
        {"unknown-metric", error, "a metric that nothing makes: not the service, no rule, not Prometheus"},
        {"removed-metric", error, "a metric that the running version has, and the new one has not"},
        {"not-created-yet", warning, "a metric or label that neither version shows, or of which only the type is known"},
        {"unknown-label", error, "a label that the metric does not have"},
        {"not-a-counter", error, "rate, irate or increase of a metric that is a gauge"},
        {"not-a-histogram", error, "histogram_quantile of what are no buckets"},
        {"unknown-bucket", error, "a value of le that is no bucket"},
        {"unseen-value", warning, "a value of a label that the service has not shown yet"},
        {"unknown-target", error, "a value of a target label that no target has"},
        {"beyond-retention", warning, "a range longer than the server keeps its data"},
        {"rule-test", error, "a test of 'promtool test rules' that fails"},
    };
    return all;
}

std::optional<Diagnostic> Severities::set(const std::string& assignment) {
    const auto equal = assignment.find('=');
    const auto id = assignment.substr(0, equal);
    const auto word = equal == std::string::npos ? std::string() : assignment.substr(equal + 1);
    const auto known = std::any_of(checks().begin(), checks().end(), [&](const auto& check) { return check.id == id; });
    if (!known) {
        std::vector<std::string> ids;
        for (const auto& check : checks()) ids.emplace_back(check.id);
        const auto meant = closest(id, ids);
        return Diagnostic{.message = "cannot use --severity: there is no check '" + visible(id) + '\'', .hint = meant ? "did you mean " + *meant + '?' : "known are " + join(ids, ", ")};
    }
    if (word == "error") chosen_[id] = Severity::error;
    else if (word == "warning") chosen_[id] = Severity::warning;
    else if (word == "notice") chosen_[id] = Severity::notice;
    else if (word == "off") chosen_[id] = std::nullopt;
    else return Diagnostic{.message = "cannot use --severity: '" + visible(assignment) + "' gives no severity", .hint = "it is one of error, warning, notice and off, such as --severity needless-regex=off"};
    return std::nullopt;
}

std::optional<Severity> Severities::of(std::string_view id) const {
    if (const auto chosen = chosen_.find(id); chosen != chosen_.end()) return chosen->second;
    const auto known = std::find_if(checks().begin(), checks().end(), [&](const auto& check) { return check.id == id; });
    return known == checks().end() ? Severity::error : known->severity;
}

} // namespace slipway::push_rules
