#pragma once

#include "update-gitops-values/images/search.hpp"

namespace slipway::update_gitops_values {

/// Finds the image in the lists of containers of a Kubernetes manifest, init and ephemeral ones included, wherever a pod's specification
/// stands in it: in a Deployment, a CronJob, or a custom resource with a template.
///
/// @param root  the manifest, at the search's path
void find_in_manifest(Search& search, yaml::NodeId root);

} // namespace slipway::update_gitops_values
