#pragma once

#include "inputs.hpp"
#include "prometheus/rule_file.hpp"
#include "slo/documents.hpp"
#include "slo/rules.hpp"

namespace slipway::push_rules {

/// Turns the objectives of each file into its rules: what is checked and published from then on.
///
/// @param files  as the reader has them, in the order of those inputs whose files hold objectives
void make_rules_from(std::vector<slo::SloFile> files, const slo::RuleSettings& settings, const prometheus::RuleLanguage& language, Inputs& inputs);

} // namespace slipway::push_rules
