#pragma once

#include "core/error.hpp"
#include "registry/reference.hpp"
#include "update-gitops-values/changeset.hpp"
#include "yaml/path.hpp"

#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// An image that a change brings, complete as clients do it: with its registry (docker.io), with "library/" on that one, and with the tag
/// latest where there is neither a tag nor a digest.
struct NewImage {
    registry::Reference reference;
    Place place;

    std::string text() const { return to_string(reference); }
};

struct NewImages {
    std::vector<NewImage> images;             ///< each once
    std::vector<std::string> without_name;    ///< "apps/web/values.yaml: image.tag": versions of images that the file does not name
    std::vector<std::string> not_understood;  ///< "apps/web/values.yaml: PROJECT/IMAGE:v2": names that no registry takes
};

/// The images that stand in files after a change and did not before. Left out are templates, and names without a version where the version
/// is a chart's own or a kustomization's base.
///
/// @param image_paths  as --image-path names them
NewImages find_new_images(const Changeset& files, const std::vector<yaml::KeyPath>& image_paths);

/// Whether a tag is one that people move: `latest` and its like.
bool is_moving_tag(const std::string& tag);

} // namespace slipway::update_gitops_values
