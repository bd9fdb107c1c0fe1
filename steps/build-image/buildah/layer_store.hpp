#pragma once

#include "build-image/buildah/tool.hpp"
#include "cli/context.hpp"
#include "registry/client.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// Compressed layers by the digest of what is in them ("diff ID"): those that Buildah pulled, and those that were pushed
/// from here. Whoever pushes an image need not compress them again, nor send what the registry has.
///
/// Buildah keeps the first in its storage. The second are small files beside it, which belong to this step, and go when
/// the layers go.
class LayerStore {
public:
    LayerStore(const Tool& tool, cli::Context& context) : tool_(tool), context_(context) {}

    /// What is known today; nothing, when Buildah's description cannot be read: then everything is compressed once more.
    std::map<std::string, registry::Descriptor> known();

    /// The digests of an image's uncompressed layers, the lowest first; nothing when the storage has no such image.
    std::optional<std::vector<std::string>> layers_of(const std::string& image_id);

    /// Keeps how a layer was pushed. Never fails: it only saves time later.
    void remember(const std::string& diff_id, const registry::Descriptor& blob) noexcept;

private:
    io::Path folder() const;

    const Tool& tool_;
    cli::Context& context_;
};

/// Reads the description of layers in a storage of containers/storage.
///
/// @param json  the text of its layers.json
/// @return layers that came compressed, and as the empty descriptor those that did not
/// @source github.com/containers/storage, layers.go; the compressions are archive.Compression
std::map<std::string, registry::Descriptor> read_layers(const std::string& json);

/// Images that were built and could not be pushed, by what they were built from, so that another run only pushes them.
class UnpushedImages {
public:
    UnpushedImages(const Tool& tool, cli::Context& context) : tool_(tool), context_(context) {}

    /// @param key  64 hexadecimal digits
    /// @return the IDs of its images, one a platform; empty when there is none
    std::vector<std::string> find(const std::string& key);
    /// Neither of these fails: they only save time later.
    void add(const std::string& key, const std::vector<std::string>& image_ids) noexcept;
    void remove(const std::string& key) noexcept;

private:
    io::Path folder() const;

    const Tool& tool_;
    cli::Context& context_;
};

} // namespace slipway::build_image
