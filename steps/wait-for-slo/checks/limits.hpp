#pragma once

#include "wait-for-slo/checks/check.hpp"

#include <vector>

namespace slipway::wait_for_slo {

/// What can never happen: limits that the measurements are too few to reach, values that nothing has. All of it, each with its place, or with the
/// option's name where there is none. Measurements that are not counted end with the watch.
///
/// @source Argo Rollouts 1.8, utils/analysis/factory.go: ValidateMetric, which lets pass that a limit is as high as the count
std::vector<Diagnostic> impossible_limits(const CheckPlan& plan, Duration watch);

} // namespace slipway::wait_for_slo
