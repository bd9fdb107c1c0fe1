#pragma once

#include "yaml/tree.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::prometheus {

/// Takes single groups out of a YAML document, as texts that stand alone.
///
/// A group keeps its bytes, comments included, moved to the left; where that is not the same YAML (an alias of something
/// outside, groups in braces) it is written anew from what was read, aliases and merge keys resolved.
class GroupTexts {
public:
    /// @param text, tree  the same document; both must outlive this
    GroupTexts(std::string_view text, const yaml::Tree& tree);

    /// @param group  a map
    /// @return a YAML document that ends in a line break
    /// @throws Error (misuse) with a place when aliases make it grow beyond measure
    std::string of(yaml::NodeId group) const;

private:
    const yaml::Tree& tree_;
    std::vector<std::string_view> lines_;
};

/// A node in block style, aliases and merge keys resolved, comments gone. Bare scalars stay bare, others are in double quotes.
///
/// @throws Error (misuse) as GroupTexts does
std::string write_yaml(const yaml::Tree& tree, yaml::NodeId node);

} // namespace slipway::prometheus
