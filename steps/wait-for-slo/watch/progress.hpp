#pragma once

#include "wait-for-slo/watch/objective_watch.hpp"

#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// One line on how far a watch is: time left, and of the objective with the most evidence against it events, error rate with its
/// confidence interval, burn rate, and the evidence as a bar that is full when the violation is proven.
std::string progress_line(const std::vector<ObjectiveWatch>& objectives, Duration watched, Duration watch);

} // namespace slipway::wait_for_slo
