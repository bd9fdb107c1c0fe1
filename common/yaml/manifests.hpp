#pragma once

#include "yaml/tree.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::yaml {

/// The manifests in a file of Kubernetes: its documents that are not empty, with lists of manifests taken apart.
std::vector<NodeId> manifests_of(const Tree& tree);

/// The text at a map's key; empty when there is none, or `map` is no map.
std::string text_at(const Tree& tree, NodeId map, std::string_view key);

/// The text at a key of a manifest's metadata, such as its name.
std::string metadata_of(const Tree& tree, NodeId manifest, std::string_view key);

} // namespace slipway::yaml
