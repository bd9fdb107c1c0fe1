#pragma once

#include "update-gitops-values/images/findings.hpp"
#include "update-gitops-values/images/find_images.hpp"
#include "yaml/path.hpp"
#include "yaml/tree.hpp"

#include <cstddef>

namespace slipway::update_gitops_values {

/// Sets an image in a list of kustomize: entries with name, newName, newTag, digest, in a kustomization.yaml, in a Kustomization of Flux
/// (`spec.images`) or below an Argo CD Application. What the argument leaves out is dropped, `*` keeps it.
///
/// @param list  path of the list, which may be missing when `settings.create`
/// @param document  number of the document in its stream
void find_in_kustomization(const yaml::Tree& tree, std::size_t document, const yaml::KeyPath& list, const ImageArgument& image,
                           const SearchSettings& settings, Findings& findings);

} // namespace slipway::update_gitops_values
