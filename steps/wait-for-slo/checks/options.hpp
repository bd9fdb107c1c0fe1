#pragma once

#include "cli/option_set.hpp"
#include "core/duration.hpp"

#include <limits>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// What the user may say about thresholds on values.
struct CheckOptions {
    std::vector<std::string> queries; ///< "EXPR <= 0.5", or an expression for which `min` and `max` are given
    double min = std::numeric_limits<double>::quiet_NaN(); ///< inclusive; NaN: none
    double max = std::numeric_limits<double>::quiet_NaN();
    Duration interval{60'000};
    Duration initial_delay{0};
    long count = 0;                 ///< measurements; 0: as many as the watch has room for
    long failure_limit = 0;         ///< so many may fail
    long consecutive_failures = 0;  ///< so many in a row are a violation; 0: no such rule
    long consecutive_successes = 0; ///< so many in a row are enough; 0: no such rule
    std::vector<std::string> files; ///< Argo AnalysisTemplates, Flagger Canaries and MetricTemplates
    std::vector<std::string> args;  ///< name=value
    bool run_webhooks = false;

    bool wanted() const { return !queries.empty() || !files.empty(); }
    /// Whether an expression is PromQL; others are asked of Google Cloud Monitoring.
    bool asks_prometheus() const;
};

void declare(cli::OptionSet& set, CheckOptions& options);
/// @param watch  how long is watched
void check(const CheckOptions& options, Duration watch, std::vector<Diagnostic>& problems);

} // namespace slipway::wait_for_slo
