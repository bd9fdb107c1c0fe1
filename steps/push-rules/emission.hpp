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

/// A name that Kubernetes takes, of a file's name: "SLO_file.yaml" is "slo-file".
/// @return empty when nothing of it can be used
std::string object_name(const std::string& file_name);

} // namespace slipway::push_rules
