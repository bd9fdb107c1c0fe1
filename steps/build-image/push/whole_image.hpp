#pragma once

#include "build-image/push/image.hpp"
#include "cli/context.hpp"

#include <functional>
#include <set>
#include <string>

namespace slipway::build_image {

/// Writes an image's uncompressed layers; those with these digests are not wanted, and empty.
using ExportLayers = std::function<Image(const std::set<std::string>& unwanted)>;

/// The image with a file for its configuration and for each layer: what only registries have comes from Buildah's storage when it is
/// there, else from the registry.
///
/// Layers from the storage are not compressed: then the manifest is another one.
///
/// @param from_storage  null for an image that Buildah's storage does not have
/// @param repository    that has it; null for an image in the storage
/// @param workspace     folder for what is downloaded
/// @throws Error (world failure)
Image whole_image(const Image& image, const ExportLayers& from_storage, registry::Repository* repository, const io::Path& workspace, cli::Context& context);

/// Writes an OCI image layout with this one image; its files are linked, not copied, where the file system can do that.
///
/// @param image  with a file for each blob
/// @param name   for its annotation org.opencontainers.image.ref.name
/// @throws Error (world failure)
/// @source github.com/opencontainers/image-spec, "OCI Image Layout Specification"
void write_layout(const Image& image, const std::string& name, const io::Path& folder, io::Files& files);

} // namespace slipway::build_image
