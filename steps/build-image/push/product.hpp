#pragma once

#include "build-image/push/image.hpp"

#include <string>

namespace slipway::build_image {

/// The image of a manifest, or those in an index.
/// @throws Error (world failure) when the registry does not have all of them
Product product_from_registry(registry::Repository& repository, registry::Manifest manifest);

/// Whether the repository has all layers: one that collects garbage may have kept the manifest alone.
/// @throws Error (world failure)
bool is_complete(const Product& product, registry::Repository& repository);

/// The commit whose content is inside, by the image's label; empty without one.
std::string commit_in(const Image& image);

} // namespace slipway::build_image
