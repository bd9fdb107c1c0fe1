#pragma once

#include "update-gitops-values/changeset.hpp"
#include "update-gitops-values/images/findings.hpp"
#include "yaml/path.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// What another environment must hold before a change is made.
struct Requirement {
    struct Value {
        std::string path;
        std::optional<std::size_t> document;
        std::string json; ///< empty: it is to be gone
    };
    std::vector<StandingImage> images;
    std::vector<Value> values; ///< those that are no part of an image

    bool empty() const { return images.empty() && values.empty(); }
};

/// The images that a change newly sets, and all other values that it sets. Of a file that is put as a whole, its images alone.
///
/// @param image_paths  as --image-path names them
Requirement requirement_of(const Changeset& files, const std::vector<yaml::KeyPath>& image_paths);

/// What is missing in an environment's file, each with what stands there instead: "it holds registry/app:v1, not registry/app:v2"; empty: it
/// holds all. Where both say a digest it decides, else the tag does.
///
/// @param file  tells the format
/// @throws Error (misuse) when the text cannot be read as its format
std::vector<std::string> missing_in(const std::string& text, const std::string& file, const Requirement& wanted, const std::vector<yaml::KeyPath>& image_paths);

/// "registry/app:v2", "image.tag", or how many there are.
std::string in_words(const Requirement& wanted);

} // namespace slipway::update_gitops_values
