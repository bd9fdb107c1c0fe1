#pragma once

#include "update-gitops-values/images/search.hpp"

namespace slipway::update_gitops_values {

/// Finds the image in the sources of an Argo CD Application: in Helm's parameters, in `valuesObject` and in the text `values`, and in
/// kustomize's images. Parameters win over values, and those of `valuesObject` over the text: all of them are set, and a parameter
/// `image.tag` without a repository beside it takes that of the values.
///
/// @param root  an Application, or an ApplicationSet's template; at the search's path
void find_in_argo_application(Search& search, yaml::NodeId root);

} // namespace slipway::update_gitops_values
