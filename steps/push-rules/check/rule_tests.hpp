#pragma once

#include "push-rules/check/lint.hpp"
#include "io/processes.hpp"

#include <string>
#include <vector>

namespace slipway::push_rules {

/// Runs files for 'promtool test rules', each for itself.
///
/// @return false when there is no promtool to run them
/// @throws Error (world failure) when promtool gives no verdict
bool run_rule_tests(const std::vector<std::string>& paths, io::Processes& processes, const Finding& found);

} // namespace slipway::push_rules
