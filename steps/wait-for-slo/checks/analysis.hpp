#pragma once

#include "core/duration.hpp"
#include "core/timestamp.hpp"
#include "wait-for-slo/decision/verdict.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// What one measurement said, in the words of Argo Rollouts.
enum class Phase { successful, failed, inconclusive, error };

/// "Successful" and so on.
std::string to_string(Phase phase);

struct Measurement {
    Phase phase = Phase::error;
    Timestamp started;
    Timestamp finished;
    Duration watched{0};      ///< when it began, since the watch did
    std::string value = {};   ///< as people and Argo see it: "0.95", "[0.95]"; empty: none
    std::optional<double> number = {}; ///< for a chart, when the value is one number
    std::string message = {}; ///< why it is not successful
};

/// One metric and what was measured of it.
struct MetricRecord {
    std::string name;
    std::string query;
    std::string condition; ///< "<= 0.5", "result[0] >= 0.95"
    std::optional<double> min = {}; ///< inclusive limits, for a chart, where the condition is such
    std::optional<double> max = {};
    std::vector<Measurement> measurements = {};
    bool dry_run = false; ///< measured, but it decides nothing
};

/// A threshold check: measures values from time to time, and comes to a verdict of its own by limits on how many may fail.
class Analysis {
public:
    virtual ~Analysis() = default;

    virtual const std::string& name() const = 0;

    /// When it wants to measure next, since the beginning of the watch; nothing: it needs no more.
    virtual std::optional<Duration> due() const = 0;

    /// Measures once. That a query does not succeed is a measurement as well.
    /// @throws Cancelled
    /// @throws Error (misuse) when the query is refused, which no later try makes good
    virtual void measure(Duration watched) = 0;

    /// The verdict as soon as no later measurement can change it.
    virtual std::optional<Finding> decided() const = 0;

    /// The verdict when the watch is over now.
    virtual Finding at_end() const = 0;

    /// Whether it comes to a verdict by a number of measurements, so that the watch waits for it; else it measures as long as is watched.
    virtual bool ends_by_itself() const { return false; }

    /// One metric, or those that share the limits.
    virtual const std::vector<MetricRecord>& metrics() const = 0;
};

} // namespace slipway::wait_for_slo
