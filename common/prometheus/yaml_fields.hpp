#pragma once

#include "core/error.hpp"
#include "yaml/tree.hpp"

#include <string_view>
#include <vector>

namespace slipway::prometheus {

/// One entry of a map.
struct YamlField {
    std::string_view name; ///< lives as long as the tree
    yaml::NodeId key;
    yaml::NodeId value; ///< aliases resolved
};

/// The entries of a map in their order, those that merge keys ("<<") bring included. Keys that are no text or stand there
/// twice become problems and are left out.
///
/// @param map  a map, or an alias of one
std::vector<YamlField> fields_of(const yaml::Tree& tree, yaml::NodeId map, std::vector<Diagnostic>& problems);

} // namespace slipway::prometheus
