#pragma once

#include "update-gitops-values/changeset.hpp"
#include "update-gitops-values/file_tree.hpp"

#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// Where a change is made.
struct ArgoScope {
    std::string repo;   ///< address; empty for a folder
    std::string branch; ///< empty for a folder
};

/// Whether what an Argo CD Application reads later hides what a change sets: value files in their order, then `values` or `valuesObject`,
/// then `parameters` and `fileParameters`. A later one hides a key when it sets the key to something else, a parent to no map, or the list
/// that it is in. Values of the Application itself are looked at in the same way. Files that are changed as a whole are not.
///
/// @param app   path of the Application's file
/// @param tree  before the change
/// @return warnings: it reads another branch or repository, or a value file that is not here
/// @throws Error (refused) for each hidden value, with the place that hides it, and for files that the Application does not read
/// @throws Error (misuse) when there is no Application
/// @source Argo CD, user-guide/helm "Helm Value Precedence", and user-guide/multiple_sources
std::vector<std::string> check_argo_values(const std::string& app, const ArgoScope& scope, const Changeset& files, FileTree& tree);

} // namespace slipway::update_gitops_values
