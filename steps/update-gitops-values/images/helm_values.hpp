#pragma once

#include "update-gitops-values/images/search.hpp"

#include <string>
#include <string_view>

namespace slipway::update_gitops_values {

/// Whether values below this key are images: `image`, `sidecarImage`.
bool is_image_key(std::string_view key);

/// A digest as a key of this name holds it, and back: `sha`, as the charts of Grafana and Prometheus have it, leaves out "sha256:".
/// @throws Error (refused) for a digest that does not fit
std::string digest_for_key(std::string_view key, const std::string& digest);
std::string digest_from_key(std::string_view key, const std::string& text);

/// Finds the image in Helm values, at any depth: maps with a repository and a tag, each under a key of its own (`repository`, below image
/// keys also `name`; `registry`, `tag`, `digest`), and texts under image keys, be it the whole reference or beside `imageTag` or `tag`.
///
/// @param root  the values, at the search's path
void find_in_helm_values(Search& search, yaml::NodeId root);

/// The same where the caller knows that a map is an image in parts.
void find_in_image_map(Search& search, yaml::NodeId map);

/// The name of the image that Helm values have below a path of keys ("controller.image"); empty when there is none.
std::string image_name_at(const yaml::Tree& tree, yaml::NodeId root, std::string_view keys);

} // namespace slipway::update_gitops_values
