#include "wait-for-slo/checks/plan.hpp"

#include "core/text.hpp"
#include "wait-for-slo/checks/inline_check.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

std::optional<double> limit_of(double option) { return std::isnan(option) ? std::nullopt : std::optional(option); }
std::optional<long> number_of(long option) { return option == 0 ? std::nullopt : std::optional(option); }

} // namespace

CheckPlan plan_of(const CheckOptions& options) {
    CheckPlan plan;
    std::vector<Diagnostic> problems;
    for (const auto& text : options.queries) {
        try {
            auto check = parse_inline_check(text, limit_of(options.min), limit_of(options.max));
            const bool is_known = std::any_of(plan.metrics.begin(), plan.metrics.end(), [&](const MetricCheck& other) { return other.name == check.name; });
            if (is_known) throw misuse("another one has the same name", "name them: --check 'NAME: EXPR <= 0.5'");
            check.interval = options.interval;
            check.initial_delay = options.initial_delay;
            check.count = number_of(options.count);
            check.consecutive_failures = number_of(options.consecutive_failures);
            check.consecutive_successes = number_of(options.consecutive_successes);
            // In place of the other rule.
            if (check.consecutive_failures) check.failure_limit = std::nullopt;
            else check.failure_limit = options.failure_limit;
            // A new version has no series at first, and no ratio while nobody uses it.
            check.inconclusive_limit = std::nullopt;
            plan.metrics.push_back(std::move(check));
        } catch (const Error& error) {
            for (const auto& diagnostic : error.diagnostics()) {
                problems.push_back({.message = "cannot use --check '" + one_line(text) + "': " + diagnostic.message, .hint = diagnostic.hint});
            }
        }
    }
    if (!problems.empty()) throw Error(ExitCode::misuse, std::move(problems));
    return plan;
}

std::vector<std::unique_ptr<Analysis>> make_analyses(const CheckPlan& plan, const FindValues& find_values, const RunCanaryCommands& run_commands, io::Clock& clock) {
    std::vector<std::unique_ptr<Analysis>> analyses;
    for (const auto& metric : plan.metrics) analyses.push_back(std::make_unique<MetricAnalysis>(metric, find_values(metric), clock));
    for (const auto& canary : plan.canaries) {
        std::vector<ValueSource*> values;
        for (const auto& metric : canary.metrics) values.push_back(&find_values(metric));
        analyses.push_back(std::make_unique<CanaryAnalysis>(canary, std::move(values), run_commands, clock));
    }
    return analyses;
}

} // namespace slipway::wait_for_slo
