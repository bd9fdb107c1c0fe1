#pragma once

#include "io/clock.hpp"
#include "wait-for-slo/checks/check.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// Measures once, and says what came of it.
/// @throws Cancelled
/// @throws Error (misuse) when the query is refused
Measurement measure_once(const MetricCheck& check, ValueSource& values, io::Clock& clock, Duration watched);

/// What it measured, as one who reads a reason wants to know: "0.25, wanted <= 0.5", or why it did not pass.
std::string in_words(const MetricRecord& metric, const Measurement& measurement);

/// One metric with limits of its own, as the controller of Argo Rollouts judges it: after each measurement too many failures, then too many
/// inconclusive ones, too many errors in a row, enough successes in a row, and the count of measurements are looked for. Errors do not count as
/// measurements, and are repeated after 10 s.
///
/// The next measurement is due an interval after the end of the one before, as with that controller.
///
/// @source Argo Rollouts 1.8, analysis/analysis.go: assessMetricStatus, generateMetricTasks
class MetricAnalysis final : public Analysis {
public:
    /// @param values  outlives this
    MetricAnalysis(MetricCheck check, ValueSource& values, io::Clock& clock);

    const std::string& name() const override { return check_.name; }
    std::optional<Duration> due() const override { return due_; }
    void measure(Duration watched) override;
    std::optional<Finding> decided() const override;
    Finding at_end() const override;
    bool ends_by_itself() const override { return check_.count.has_value(); }
    const std::vector<MetricRecord>& metrics() const override { return metrics_; }

private:
    /// How many measurements came out how, as an AnalysisRun's status has it.
    struct Counts {
        long successful = 0;
        long failed = 0;
        long inconclusive = 0;
        long errors_in_row = 0;
        long successes_in_row = 0;
        long failures_in_row = 0; ///< since the newest success: what says nothing ends no row of failures

        long measured() const { return successful + failed + inconclusive; }
    };

    void count(Phase phase);
    std::optional<Finding> assess() const;
    std::optional<Finding> crossed_limit() const;
    Finding count_reached() const;
    /// What a dry run would say decides nothing.
    Finding finding(Verdict verdict, const std::string& reason) const;
    bool can_fail() const { return check_.failure_limit || check_.consecutive_failures; }
    std::string newest() const;
    /// "3 of 5 measurements"
    std::string share(long part) const;

    MetricCheck check_;
    ValueSource& values_;
    io::Clock& clock_;
    std::vector<MetricRecord> metrics_; ///< one
    Counts counts_;
    std::optional<Duration> due_;
    std::optional<Finding> decided_;
};

} // namespace slipway::wait_for_slo
