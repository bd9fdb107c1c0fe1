#pragma once

#include "update-gitops-values/images/findings.hpp"
#include "update-gitops-values/images/image_argument.hpp"
#include "yaml/path.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

struct SearchSettings {
    bool create = false;                 ///< a kustomization gets an entry that it does not have
    std::vector<yaml::KeyPath> paths;    ///< where custom resources have images, beside the usual places; may lead into texts
    std::optional<std::size_t> document; ///< only this document of the stream, from 0
    yaml::OnAlias aliases = yaml::OnAlias::refuse; ///< as the operations will be done: followed, one of several aliases is enough
};

/// Finds an image in a YAML file, whatever its documents are: Kubernetes manifests, Helm values, kustomizations, Flux HelmReleases,
/// Argo CD Applications; one stream may hold several kinds.
///
/// @param file  its path: a kustomization is known by its name
/// @throws Error (misuse) when the text is no YAML
/// @throws Error (refused) with a place when an image stands there in a form that cannot be changed
Findings find_images(std::string_view text, const std::string& file, const ImageArgument& image, const SearchSettings& settings);

/// All images of a YAML file, in the order of the search; those that an alias stands for may be there twice.
/// @throws Error (misuse) when the text is no YAML
std::vector<StandingImage> images_in_yaml(std::string_view text, const std::string& file, const SearchSettings& settings);

} // namespace slipway::update_gitops_values
