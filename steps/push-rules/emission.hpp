#pragma once

#include "inputs.hpp"
#include "options.hpp"
#include "slo/rules.hpp"

#include <string>
#include <vector>

namespace slipway::push_rules {

/// One file of what --emit asks for.
struct EmittedFile {
    std::string name; ///< without a folder
    std::string text;
};

/// A rule file for each input, a manifest for each PrometheusRule, or a document of OpenSLO for each objective.
///
/// @throws Error (refused) when two would have one name, when no name of a manifest can be made of a file's name, and for an object that is
///         too large; (misuse) for OpenSLO when there are no objectives
std::vector<EmittedFile> emit_files(const Options& options, const slo::RuleSettings& settings, const Inputs& inputs);

/// The same in one text: rules as one rule file, others as documents of one file.
///
/// @throws Error as above, and (refused) when two files have a group of one name, which one file cannot
std::string emit(const Options& options, const slo::RuleSettings& settings, const Inputs& inputs);

} // namespace slipway::push_rules
