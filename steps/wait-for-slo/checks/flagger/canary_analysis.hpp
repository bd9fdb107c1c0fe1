#pragma once

#include "wait-for-slo/checks/metric_analysis.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::wait_for_slo {

/// Runs those commands of a Canary's webhooks that are of a type, until one fails.
/// @return why one failed; nothing when none did
/// @throws Cancelled
/// @throws Error (world failure) when there is nothing to run them with
using RunCanaryCommands = std::function<std::optional<std::string>(const std::vector<CanaryCommand>& commands, std::string_view type)>;

/// A Canary's analysis, as Flagger's controller runs it. At the beginning come the pre-rollout commands, which are repeated each interval until they
/// pass. From the interval after that on, each interval is one check: the rollout commands, then the metrics, in their order; the first that does
/// not pass ends it and makes it a failed one. A metric without values, and a query that fails, are failed checks as well. `threshold` failed
/// checks in total take the release back; `iterations` passed ones are enough.
///
/// Blue/green deployments of Flagger check once more when all traffic goes to the new version. That is the next step of a pipeline here.
///
/// @source Flagger 1.36, pkg/controller: scheduler.go (advanceCanary, runAnalysis), scheduler_metrics.go
class CanaryAnalysis final : public Analysis {
public:
    /// @param values  one for each metric; they outlive this
    CanaryAnalysis(CanaryCheck check, std::vector<ValueSource*> values, RunCanaryCommands run_commands, io::Clock& clock);

    const std::string& name() const override { return check_.name; }
    std::optional<Duration> due() const override { return due_; }
    void measure(Duration watched) override;
    std::optional<Finding> decided() const override { return decided_; }
    Finding at_end() const override;
    bool ends_by_itself() const override { return check_.iterations.has_value(); }
    const std::vector<MetricRecord>& metrics() const override { return metrics_; }

private:
    struct Failure {
        std::string why;
        bool by_metrics = false; ///< that could not be read; else a value was beyond its limits, or a command failed
    };

    std::optional<Failure> failed_command(std::string_view type) const;
    /// The first metric that does not pass.
    std::optional<Failure> failed_metric(Duration watched);
    void take(std::optional<Failure> failure);
    std::string passed_and_failed() const;

    CanaryCheck check_;
    std::vector<ValueSource*> values_;
    RunCanaryCommands run_commands_;
    io::Clock& clock_;
    std::vector<MetricRecord> metrics_;
    bool rollout_began_ = false; ///< the pre-rollout commands passed
    long passed_ = 0;
    long failed_ = 0;
    long failed_without_value_ = 0; ///< of these: metrics could not be read
    std::string newest_failure_;
    std::optional<Duration> due_;
    std::optional<Finding> decided_;
};

} // namespace slipway::wait_for_slo
