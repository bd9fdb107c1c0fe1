#pragma once

#include "prometheus/rule_file.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace slipway::prometheus {

/// The groups as a rule file. What it says reads back as the same groups, whatever texts they hold.
///
/// @param heading  lines of a comment in front, without #; may be empty
std::string write_rule_file(const std::vector<Group>& groups, const std::vector<std::string>& heading = {});

/// The same as the `spec` of a PrometheusRule, or in an API's JSON.
nlohmann::ordered_json groups_as_json(const std::vector<Group>& groups);

} // namespace slipway::prometheus
