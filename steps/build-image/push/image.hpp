#pragma once

#include "build-image/push/repositories.hpp"
#include "cli/context.hpp"
#include "registry/client.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// "linux/arm/v7", as an index names it.
struct Platform {
    std::string os;
    std::string architecture;
    std::string variant; ///< empty for most

    bool operator==(const Platform&) const = default;
};

std::string to_string(const Platform& platform);

/// What an image's configuration says.
struct ImageConfig {
    Platform platform;
    std::map<std::string, std::string> labels;
    std::vector<std::string> diff_ids; ///< digests of the uncompressed layers, the lowest first
    std::string created; ///< RFC 3339; empty when it does not say
    bool has_triggers = false;         ///< ONBUILD: instructions for images that are built on it
};

/// @throws Error (world failure) when the text is no configuration of an image
ImageConfig read_config(const std::string& json, const std::string& name);

/// A layer or a configuration, and its bytes when this machine has them.
struct Blob {
    registry::Descriptor descriptor;
    io::Path file; ///< empty: only registries have it
};

/// One platform's image.
struct Image {
    registry::Manifest manifest;
    Blob config;
    std::vector<Blob> layers; ///< the lowest first
    ImageConfig facts;
};

/// What is given to a registry under tags: an image, or an index of one for each platform.
struct Product {
    std::vector<Image> images; ///< at least one
    std::optional<registry::Manifest> index;

    const registry::Manifest& top() const { return index ? *index : images.front().manifest; }
    /// Bytes of all layers and configurations, each counted once.
    std::uint64_t size() const;
};

/// The name of a base image as the Containerfile has it, by the name that Buildah was given in its place.
using BaseNames = std::map<std::string, std::string>;

/// Reads an OCI image layout that Buildah wrote.
///
/// @param known  what empty files in it stand for, by the digest of the uncompressed layer
/// @throws Error (world failure) when the layout is none
Image image_from_layout(const io::Path& folder, const std::map<std::string, registry::Descriptor>& known, const BaseNames& bases, io::Files& files);

/// Reads what Buildah wrote as plain files ("dir"), with layers that are not compressed.
/// @throws Error (world failure) when it is none
Image image_from_folder(const io::Path& folder, io::Files& files);

/// The same image with layers that are stored in another way, such as uncompressed: its configuration stays, its manifest and so its digest
/// do not.
/// @param layers  one for each of the image's
Image with_layers(const Image& image, std::vector<Blob> layers);

/// Reads an image that a repository has.
/// @throws Error (world failure) when it is no image, or is not to be had
Image image_from_registry(registry::Repository& repository, const registry::Manifest& manifest);

/// An image index, or what Docker calls a manifest list.
bool is_index(const registry::Manifest& manifest);

/// The digests of the images in an index, without what BuildKit attaches under "unknown" platforms.
///
/// @param platforms  "linux/amd64"; only entries for these, or all when there are none for them
/// @throws Error (world failure) when it cannot be read
std::vector<std::string> digests_in(const registry::Manifest& index, const std::vector<std::string>& platforms = {});

/// @throws Error (refused) when two images are for the same platform
registry::Manifest make_index(const std::vector<Image>& images, const std::map<std::string, std::string>& annotations);

} // namespace slipway::build_image
