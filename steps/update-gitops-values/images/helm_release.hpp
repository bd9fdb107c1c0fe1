#pragma once

#include "update-gitops-values/images/search.hpp"

namespace slipway::update_gitops_values {

/// Finds the image in a HelmRelease of Flux: in its values, and in the images of its kustomize renderers.
/// @param root  the resource, at the search's path
void find_in_helm_release(Search& search, yaml::NodeId root);

} // namespace slipway::update_gitops_values
