#include "wait-for-slo/checks/options.hpp"

namespace slipway::wait_for_slo {

void declare(cli::OptionSet& set, CheckOptions& options) {
    set.section("Thresholds");
    set.add("check", options.queries).value_name("QUERY").help("A value that must keep within a limit, such as 'histogram_quantile(0.99, sum by (le) (rate(latency_seconds_bucket[1m]))) <= 0.5'");
    set.add("check-min", options.min).help("The lowest value that passes, for checks that name no limit themselves");
    set.add("check-max", options.max).help("The highest value that passes, for checks that name no limit themselves");
    set.add("check-interval", options.interval).fallback("1m").help("Time between two measurements");
    set.add("check-delay", options.initial_delay).fallback("0s").help("Time before the first measurement");
    set.add("check-count", options.count).fallback_help("as many as --watch has room for").help("Number of measurements");
    set.add("failure-limit", options.failure_limit).fallback("0").help("Measurements of a check that may fail");
    set.add("consecutive-failures", options.consecutive_failures).fallback_help("no such rule").help("So many failed measurements in a row are a violation, in place of --failure-limit");
    set.add("consecutive-successes", options.consecutive_successes).fallback_help("no such rule").help("So many good measurements in a row are enough");
    set.add("analysis", options.files).value_name("FILE").help("Checks of an AnalysisTemplate of Argo Rollouts, or of a Canary of Flagger with its MetricTemplates");
    set.add("analysis-arg", options.args).value_name("NAME=VALUE").help("Value of an argument of these templates");
    set.add("run-webhooks", options.run_webhooks).help("Run the commands of a Canary's webhooks here");
}

void check(const CheckOptions&, Duration, std::vector<Diagnostic>&) {}

} // namespace slipway::wait_for_slo
