#pragma once

#include "core/duration.hpp"
#include "core/error.hpp"
#include "wait-for-slo/checks/analysis.hpp"
#include "wait-for-slo/checks/value_source.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

// What is to be measured, as files and options say it.
namespace slipway::wait_for_slo {

/// What a condition says of a value.
struct Judgement {
    Phase phase = Phase::error;
    std::string message = {}; ///< why it is not successful
};

class Condition {
public:
    virtual ~Condition() = default;
    virtual Judgement judge(const QueryValue& value) const = 0;
    /// "<= 0.5", "result[0] >= 0.95"
    virtual std::string text() const = 0;
};

/// One metric with its own limits, as in an AnalysisTemplate of Argo Rollouts, and in a --check.
struct MetricCheck {
    std::string name;
    std::string query;
    std::string address = {}; ///< of the server, as the file says; empty: that of the options
    std::shared_ptr<const Condition> condition;
    std::optional<double> min = {}; ///< inclusive, for a chart, where the condition is such
    std::optional<double> max = {};
    Duration interval{0};      ///< between measurements; 0: one measurement
    Duration initial_delay{0};
    std::optional<long> count = {}; ///< of measurements; nothing: until the watch is over
    /// More failed measurements than this are a violation; nothing: no such limit. Likewise the next.
    std::optional<long> failure_limit = 0;
    std::optional<long> inconclusive_limit = 0;
    long consecutive_error_limit = 4;
    std::optional<long> consecutive_failures = {};  ///< so many in a row are a violation
    std::optional<long> consecutive_successes = {}; ///< so many in a row are enough
    bool dry_run = false;      ///< measured, but it decides nothing
    Place place = {};
};

/// A command that Flagger's load tester runs for a Canary.
struct CanaryCommand {
    std::string name;
    std::string type; ///< "pre-rollout" or "rollout"
    std::string command;
    Duration timeout{0};
    /// A task of type cmd: the load tester answers at once, whatever becomes of it. Else one of type bash, whose exit code is the answer.
    bool in_background = false;
};

/// A Canary's analysis: in each interval its metrics are measured in their order, and the first that does not pass makes it a failed check.
struct CanaryCheck {
    std::string name;
    std::vector<MetricCheck> metrics;
    Duration interval{0};
    long threshold = 0;             ///< failed checks in total that take it back
    std::optional<long> iterations = {};
    std::vector<CanaryCommand> commands = {};
    Place place = {};
};

/// All checks of a run.
struct CheckPlan {
    std::vector<MetricCheck> metrics = {};
    std::vector<CanaryCheck> canaries = {};
    std::vector<std::string> remarks = {}; ///< what is ignored of the files, and why

    bool empty() const { return metrics.empty() && canaries.empty(); }
};

} // namespace slipway::wait_for_slo
