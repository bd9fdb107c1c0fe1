#pragma once

#include "prometheus/rule_file.hpp"
#include "yaml/tree.hpp"

#include <string_view>
#include <vector>

namespace slipway::prometheus {

/// Where an expression's characters stand; checked against the text line by line, since YAML has more ways to write one than this
/// knows.
///
/// @param expr   the value without blanks around it
/// @param lines  of the file
ExpressionPlace expression_place(const yaml::Tree& tree, yaml::NodeId value, std::string_view expr, const std::vector<std::string_view>& lines);

} // namespace slipway::prometheus
