#pragma once

#include "wait-for-slo/checks/check.hpp"
#include "wait-for-slo/checks/flagger/canary_analysis.hpp"
#include "wait-for-slo/checks/options.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace slipway::wait_for_slo {

/// The checks of the command line.
/// @throws Error (misuse) with all that is wrong with them
CheckPlan plan_of(const CheckOptions& options);

/// Where the values of a metric come from: what the query begins with, and the metric's own address, may tell.
using FindValues = std::function<ValueSource&(const MetricCheck&)>;

/// @param find_values  what it returns outlives the analyses
std::vector<std::unique_ptr<Analysis>> make_analyses(const CheckPlan& plan, const FindValues& find_values, const RunCanaryCommands& run_commands, io::Clock& clock);

} // namespace slipway::wait_for_slo
