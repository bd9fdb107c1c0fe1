#include "build-image/buildah/layer_store.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "registry/manifests.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace slipway::build_image {

namespace {

using Json = nlohmann::json;

const char* const sha256_prefix = "sha256:";

std::string text_at(const Json& json, const char* name) {
    const auto value = json.find(name);
    return value != json.end() && value->is_string() ? value->get<std::string>() : std::string();
}

/// Of containers/storage's number for a compression; nothing for those that no image may use.
std::optional<std::string> media_type_of(int compression) {
    constexpr int none = 0, gzip = 2, zstd = 4;
    const std::string layer = "application/vnd.oci.image.layer.v1.tar";
    switch (compression) {
    case none: return layer;
    case gzip: return layer + "+gzip";
    case zstd: return layer + "+zstd";
    default: return std::nullopt;
    }
}

std::optional<registry::Descriptor> read_record(const std::string& text) {
    const auto json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    registry::Descriptor blob{.media_type = text_at(json, "media_type"), .digest = text_at(json, "digest"), .size = 0};
    if (!registry::is_digest(blob.digest) || !json.contains("size") || !json["size"].is_number_unsigned()) return std::nullopt;
    blob.size = json["size"].get<std::uint64_t>();
    return blob;
}

} // namespace

std::map<std::string, registry::Descriptor> read_layers(const std::string& json) {
    std::map<std::string, registry::Descriptor> layers;
    const auto list = Json::parse(json, nullptr, false);
    if (!list.is_array()) return layers;
    for (const auto& entry : list) {
        if (!entry.is_object()) continue;
        const auto diff_id = text_at(entry, "diff-digest");
        const auto digest = text_at(entry, "compressed-diff-digest");
        if (!registry::is_digest(diff_id)) continue;
        auto& layer = layers[diff_id];
        const auto size = entry.find("compressed-size");
        const auto compression = entry.value("compression", Json(0));
        // Of layers that were made here the compressed digest is the other one.
        if (!registry::is_digest(digest) || digest == diff_id || size == entry.end() || !size->is_number_unsigned() || !compression.is_number_integer()) continue;
        if (const auto media_type = media_type_of(compression.get<int>())) {
            layer = {.media_type = *media_type, .digest = digest, .size = size->get<std::uint64_t>()};
        }
    }
    return layers;
}

io::Path LayerStore::folder() const { return io::Path(tool_.storage) / "slipway" / "layers"; }

std::map<std::string, registry::Descriptor> LayerStore::known() {
    std::map<std::string, registry::Descriptor> layers;
    try {
        const auto description = io::Path(tool_.storage) / (tool_.driver + "-layers") / "layers.json";
        if (context_.files.kind(description) == io::FileKind::file) layers = read_layers(context_.files.read(description));
        const auto records = context_.files.kind(folder()) == io::FileKind::directory ? context_.files.list(folder()) : std::vector<std::string>();
        for (const auto& name : records) {
            const auto layer = layers.find(sha256_prefix + name);
            if (layer == layers.end()) {
                context_.files.remove(folder() / name);
            } else if (const auto blob = read_record(context_.files.read(folder() / name)); blob && layer->second.digest.empty()) {
                layer->second = *blob;
            }
        }
    } catch (const Error& error) {
        context_.log.debug(std::string("not all layers are known: ") + error.what());
    }
    std::erase_if(layers, [](const auto& layer) { return layer.second.digest.empty(); });
    return layers;
}

std::optional<std::vector<std::string>> LayerStore::layers_of(const std::string& image_id) {
    // The configuration is a file beside the image's other data, named by its digest, which is the image's ID.
    const auto file = io::Path(tool_.storage) / (tool_.driver + "-images") / image_id / ('=' + base64(sha256_prefix + image_id));
    if (context_.files.kind(file) != io::FileKind::file) return std::nullopt;
    const auto config = Json::parse(context_.files.read(file), nullptr, false);
    try {
        return config.at("rootfs").at("diff_ids").get<std::vector<std::string>>();
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

void LayerStore::remember(const std::string& diff_id, const registry::Descriptor& blob) noexcept {
    try {
        context_.files.make_folders(folder());
        const Json record = {{"digest", blob.digest}, {"size", blob.size}, {"media_type", blob.media_type}};
        context_.files.write_atomic(folder() / registry::hex_of(diff_id), record.dump() + '\n', io::Access::usual);
    } catch (const std::exception& error) {
        context_.log.debug(std::string("a layer is not remembered: ") + error.what());
    }
}

io::Path UnpushedImages::folder() const { return io::Path(tool_.storage) / "slipway" / "unpushed"; }

std::vector<std::string> UnpushedImages::find(const std::string& key) {
    std::vector<std::string> ids;
    if (context_.files.kind(folder() / key) != io::FileKind::file) return ids;
    const auto text = context_.files.read(folder() / key);
    for (const auto line : lines(text)) {
        if (!registry::is_digest(sha256_prefix + std::string(line))) return {};
        ids.emplace_back(line);
    }
    return ids;
}

void UnpushedImages::add(const std::string& key, const std::vector<std::string>& image_ids) noexcept {
    try {
        context_.files.make_folders(folder());
        context_.files.write_atomic(folder() / key, join(image_ids, "\n") + '\n', io::Access::usual);
    } catch (const std::exception& error) {
        context_.log.debug(std::string("the image is not remembered as unpushed: ") + error.what());
    }
}

void UnpushedImages::remove(const std::string& key) noexcept {
    try {
        context_.files.remove(folder() / key);
    } catch (const std::exception& error) {
        context_.log.debug(error.what());
    }
}

} // namespace slipway::build_image
