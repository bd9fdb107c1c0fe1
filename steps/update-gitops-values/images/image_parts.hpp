#pragma once

#include "update-gitops-values/images/image_argument.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// An image whose parts stand under keys of their own, as in Helm values; nothing where there is no such key.
struct ImageParts {
    std::optional<std::string> registry;
    std::optional<std::string> repository;
    std::optional<std::string> tag; ///< may have a digest behind: "v1@sha256:..."
    std::optional<std::string> digest;

    /// Stands in front of all repositories in place of their registry (`global.imageRegistry` of Bitnami and others); may be empty.
    std::string global_registry = {};
};

/// The image's names: with its registry and, when there is one, with the global registry.
std::vector<std::string> names_of(const ImageParts& parts);

/// The same as an image that stands in a file, its place still to be said.
StandingImage standing(const ImageParts& parts);

bool is_image(const ImageParts& parts, const ImageArgument& image);

/// What the parts are to be set to, nothing where they stay. An empty text empties a part that is there. Without a key for the digest it
/// goes behind the tag.
/// @param old  has a repository
/// @throws Error (refused) when a part is a template, when the keys do not tell where the new name's registry belongs, and when there is
///         neither a key nor a tag for a digest
ImageParts changed_parts(const ImageParts& old, const ImageArgument& image);

} // namespace slipway::update_gitops_values
