#include "wait-for-slo/checks/options.hpp"

#include "core/text.hpp"
#include "wait-for-slo/checks/inline_check.hpp"
#include "wait-for-slo/checks/limits.hpp"
#include "wait-for-slo/checks/plan.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

using Problems = std::vector<Diagnostic>;

constexpr Duration shortest_interval{1'000};

/// @return whether the numbers make sense by themselves
bool check_numbers(const CheckOptions& options, Problems& problems) {
    const auto known = problems.size();
    if (options.interval < shortest_interval) problems.push_back({.message = "--check-interval must be at least " + format_duration(shortest_interval)});
    if (options.initial_delay < Duration{0}) problems.push_back({.message = "--check-delay must not be negative"});
    const auto not_negative = [&](const char* option, long value) {
        if (value < 0) problems.push_back({.message = std::string("--") + option + " must not be negative"});
    };
    not_negative("check-count", options.count);
    not_negative("failure-limit", options.failure_limit);
    not_negative("consecutive-failures", options.consecutive_failures);
    not_negative("consecutive-successes", options.consecutive_successes);
    if (options.failure_limit != 0 && options.consecutive_failures != 0) {
        problems.push_back({.message = "cannot use --failure-limit with --consecutive-failures: either some measurements may fail in all, or some in a row"});
    }
    if (options.min > options.max) problems.push_back({.message = "--check-min is above --check-max: no value passes"});
    return problems.size() == known;
}

/// What has no effect was meant to have one.
void check_unused(const CheckOptions& options, Problems& problems) {
    const CheckOptions usual;
    if (options.queries.empty()) {
        const auto unused = [&](const char* option, bool is_given) {
            if (is_given) problems.push_back({.message = std::string("cannot use --") + option + " without --check: files say it for their own checks"});
        };
        unused("check-min", !std::isnan(options.min));
        unused("check-max", !std::isnan(options.max));
        unused("check-interval", options.interval != usual.interval);
        unused("check-delay", options.initial_delay != usual.initial_delay);
        unused("check-count", options.count != usual.count);
        unused("failure-limit", options.failure_limit != usual.failure_limit);
        unused("consecutive-failures", options.consecutive_failures != usual.consecutive_failures);
        unused("consecutive-successes", options.consecutive_successes != usual.consecutive_successes);
    }
    if (options.files.empty() && !options.args.empty()) problems.push_back({.message = "cannot use --analysis-arg without --analysis: it is for the arguments of a template"});
    if (options.files.empty() && options.run_webhooks) problems.push_back({.message = "cannot use --run-webhooks without --analysis: it is for the webhooks of a Canary"});
}

} // namespace

bool CheckOptions::asks_prometheus() const {
    return std::any_of(queries.begin(), queries.end(), [](const std::string& query) { return !is_google_query(query); });
}

void declare(cli::OptionSet& set, CheckOptions& options) {
    set.section("Thresholds");
    set.add("check", options.queries).value_name("EXPR").help("A value that must keep within a limit: 'p99: histogram_quantile(0.99, sum by (le) (rate(latency_seconds_bucket[1m]))) <= 0.5'; the name is optional");
    set.add("check-min", options.min).fallback_help("no limit").help("The lowest value that passes, for checks that name no limit themselves");
    set.add("check-max", options.max).fallback_help("no limit").help("The highest value that passes, for checks that name no limit themselves");
    set.add("check-interval", options.interval).fallback("1m").help("Time between two measurements of a check");
    set.add("check-delay", options.initial_delay).fallback("0s").help("Time before the first measurement");
    set.add("check-count", options.count).fallback_help("as many as --watch has room for").help("Number of measurements of a check, after which it holds; the watch lasts until then");
    set.add("failure-limit", options.failure_limit).fallback("0").help("Measurements of a check that may fail; one more is a violation");
    set.add("consecutive-failures", options.consecutive_failures).value_name("N").fallback_help("no such rule").help("So many failed measurements in a row are a violation, in place of --failure-limit");
    set.add("consecutive-successes", options.consecutive_successes).value_name("N").fallback_help("no such rule").help("So many good measurements in a row are needed, and enough");
    set.add("analysis", options.files).value_name("FILE").help("Checks of an AnalysisTemplate of Argo Rollouts, or of a Canary of Flagger and its MetricTemplates");
    set.add("analysis-arg", options.args).value_name("NAME=VALUE").help("Value of an argument of these templates");
    set.add("run-webhooks", options.run_webhooks).help("Run the commands of a Canary's webhooks on this machine");
}

void check(const CheckOptions& options, Duration watch, Problems& problems) {
    check_unused(options, problems);
    for (const auto& arg : options.args) {
        const auto equals = arg.find('=');
        if (equals == 0 || equals == std::string::npos) problems.push_back({.message = "cannot use --analysis-arg '" + visible(arg) + "': it is no NAME=VALUE"});
    }
    // Limits are compared with each other, which says nothing where one makes no sense; likewise with a watch of no length, which is said elsewhere.
    const bool sensible = check_numbers(options, problems) && watch > Duration{0};
    try {
        const auto plan = plan_of(options);
        if (!sensible) return;
        for (auto& problem : impossible_limits(plan, watch)) problems.push_back(std::move(problem));
    } catch (const Error& error) {
        problems.insert(problems.end(), error.diagnostics().begin(), error.diagnostics().end());
    }
}

} // namespace slipway::wait_for_slo
