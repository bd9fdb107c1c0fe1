#pragma once

#include "yaml/events.hpp"
#include "yaml/path.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// A scalar of a YAML stream that is no key, with the comments that the programs around Kubernetes see on it.
struct CommentedValue {
    std::size_t event;                 ///< index
    std::size_t document;              ///< from 0
    std::optional<yaml::KeyPath> path; ///< nothing: a key on the way is no text, or the value is the whole document
    std::string line;                  ///< what stands behind the value, with its `#`; several are lines
    std::string head;                  ///< what stands on lines of its own in front of it
};

/// The values that have comments. An empty value (`key:`) has none: go-yaml gives the comment behind it to the key.
///
/// @param file  for the place in errors
/// @throws Error (refused) with a place when the bytes of a scalar cannot be told
/// @source go-yaml v3 (sigs.k8s.io/yaml/goyaml.v3), scannerc.go: yaml_parser_scan_comments, yaml_parser_scan_line_comment
std::vector<CommentedValue> find_comments(std::string_view text, const std::string& file, const yaml::Events& events);

} // namespace slipway::update_gitops_values
