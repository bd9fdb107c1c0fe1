#pragma once

#include "inputs.hpp"
#include "options.hpp"
#include "slo/rules.hpp"

#include <string>

namespace slipway::push_rules {

/// All rules as one rule file or as a manifest for each file, or the objectives in OpenSLO: what --emit asks for.
///
/// @throws Error (refused) when no name of a manifest can be made of a file's name, (misuse) when there are no objectives
std::string emit(const Options& options, const slo::RuleSettings& settings, const Inputs& inputs);

} // namespace slipway::push_rules
