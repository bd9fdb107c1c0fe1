#include "build-image/push/image.hpp"

#include "core/error.hpp"
#include "core/nesting.hpp"
#include "core/text.hpp"
#include "registry/manifests.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <set>

namespace slipway::build_image {

namespace {

using Json = nlohmann::ordered_json;

const char* const docker_index_type = "application/vnd.docker.distribution.manifest.list.v2+json";
constexpr std::size_t most_config_bytes = 16 * 1024 * 1024;

Json parse_object(const std::string& text, const std::string& what) {
    auto json = is_nested_too_deep(text) ? Json() : Json::parse(text, nullptr, false);
    if (!json.is_object()) throw world_failure("cannot read " + what + ": it is no JSON object");
    return json;
}

registry::Descriptor read_descriptor(const Json& json, const std::string& what) {
    try {
        registry::Descriptor descriptor{.media_type = json.at("mediaType").get<std::string>(), .digest = json.at("digest").get<std::string>(),
                                        .size = json.at("size").get<std::uint64_t>()};
        if (registry::is_digest(descriptor.digest)) return descriptor;
    } catch (const Json::exception&) {
    }
    throw world_failure("cannot read " + what + ": it names a blob without type, digest or size");
}

io::Path blob_path(const io::Path& folder, const std::string& digest) {
    const auto colon = digest.find(':');
    return folder / "blobs" / digest.substr(0, colon) / digest.substr(colon + 1);
}

const std::string exported = "the image that Buildah wrote";

Json read_manifest(const std::string& text) {
    auto manifest = parse_object(text, exported);
    if (!manifest.contains("config") || !manifest.contains("layers") || !manifest["layers"].is_array()) throw world_failure("cannot read " + exported + ": its manifest has no layers");
    return manifest;
}

/// All of it but its manifest.
/// @param file_of  where the blob of a digest is
Image image_with(const Json& manifest, const std::function<io::Path(const std::string&)>& file_of, io::Files& files) {
    Image image;
    image.config = {read_descriptor(manifest["config"], exported), {}};
    image.config.file = file_of(image.config.descriptor.digest);
    image.facts = read_config(files.read(image.config.file), exported);
    for (const auto& entry : manifest["layers"]) {
        auto descriptor = read_descriptor(entry, exported);
        auto file = file_of(descriptor.digest);
        image.layers.push_back({std::move(descriptor), std::move(file)});
    }
    if (image.layers.size() != image.facts.diff_ids.size()) throw world_failure("cannot read " + exported + ": its configuration names other layers than its manifest");
    return image;
}

/// The base image under the name that people know, instead of the digest that it was pinned to.
void name_base(Json& manifest, const BaseNames& bases) {
    const char* const key = "org.opencontainers.image.base.name";
    auto& annotations = manifest["annotations"];
    if (!annotations.is_object() || !annotations.contains(key)) return;
    const auto base = bases.find(annotations.value(key, ""));
    if (base != bases.end()) annotations[key] = base->second;
}

} // namespace

std::string to_string(const Platform& platform) {
    return platform.os + '/' + platform.architecture + (platform.variant.empty() ? "" : '/' + platform.variant);
}

ImageConfig read_config(const std::string& json, const std::string& name) {
    const auto config = parse_object(json, "the configuration of " + name);
    ImageConfig facts;
    try {
        facts.platform = {config.value("os", ""), config.value("architecture", ""), config.value("variant", "")};
        for (const auto& digest : config.at("rootfs").at("diff_ids")) facts.diff_ids.push_back(digest.get<std::string>());
        facts.created = config.value("created", "");
        const auto inner = config.value("config", Json::object());
        const auto labels = inner.is_object() ? inner.value("Labels", Json::object()) : Json::object();
        const auto triggers = inner.is_object() ? inner.value("OnBuild", Json()) : Json();
        facts.has_triggers = triggers.is_array() && !triggers.empty();
        if (labels.is_object()) {
            for (const auto& [key, value] : labels.items()) facts.labels[key] = value.get<std::string>();
        }
    } catch (const Json::exception&) {
        throw world_failure("cannot read the configuration of " + name + ": it is none of an image");
    }
    return facts;
}

std::uint64_t Product::size() const {
    std::map<std::string, std::uint64_t> sizes;
    for (const auto& image : images) {
        sizes[image.config.descriptor.digest] = image.config.descriptor.size;
        for (const auto& layer : image.layers) sizes[layer.descriptor.digest] = layer.descriptor.size;
    }
    std::uint64_t sum = 0;
    for (const auto& [digest, size] : sizes) sum += size;
    return sum;
}

Image image_from_layout(const io::Path& folder, const std::map<std::string, registry::Descriptor>& known, const BaseNames& bases, io::Files& files) {
    const auto index = parse_object(files.read(folder / "index.json"), exported);
    if (!index.contains("manifests") || !index["manifests"].is_array() || index["manifests"].size() != 1) throw world_failure("cannot read " + exported + ": its index has not one manifest");
    const auto written = read_descriptor(index["manifests"][0], exported);
    auto manifest = read_manifest(files.read(blob_path(folder, written.digest)));
    auto image = image_with(manifest, [&](const std::string& digest) { return blob_path(folder, digest); }, files);
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
        const auto elsewhere = known.find(image.layers[i].descriptor.digest);
        if (elsewhere == known.end()) continue;
        image.layers[i] = {elsewhere->second, {}};
        manifest["layers"][i].update(to_json(elsewhere->second));
    }
    name_base(manifest, bases);
    image.manifest = registry::make_manifest(written.media_type, manifest.dump());
    return image;
}

Image image_from_folder(const io::Path& folder, io::Files& files) {
    auto text = files.read(folder / "manifest.json");
    auto image = image_with(read_manifest(text), [&](const std::string& digest) { return folder / registry::hex_of(digest); }, files);
    image.manifest = registry::make_manifest(registry::image_manifest_type, std::move(text));
    return image;
}

Image with_layers(const Image& image, std::vector<Blob> layers) {
    auto result = image;
    auto manifest = read_manifest(image.manifest.bytes);
    for (std::size_t i = 0; i < layers.size(); ++i) manifest["layers"].at(i).update(to_json(layers[i].descriptor));
    result.layers = std::move(layers);
    result.manifest = registry::make_manifest(image.manifest.media_type, manifest.dump());
    return result;
}

Image image_from_registry(registry::Repository& repository, const registry::Manifest& manifest) {
    const auto what = "the manifest " + manifest.digest;
    const auto json = parse_object(manifest.bytes, what);
    if (!json.contains("config") || !json.contains("layers") || !json["layers"].is_array()) throw world_failure("cannot use " + what + ": it is none of an image");
    Image image{.manifest = manifest, .config = {read_descriptor(json["config"], what), {}}, .layers = {}, .facts = {}};
    for (const auto& layer : json["layers"]) image.layers.push_back({read_descriptor(layer, what), {}});
    image.facts = read_config(repository.read_blob(image.config.descriptor.digest, most_config_bytes), what);
    return image;
}

bool is_index(const registry::Manifest& manifest) { return manifest.media_type == registry::image_index_type || manifest.media_type == docker_index_type; }

std::vector<std::string> digests_in(const registry::Manifest& index, const std::vector<std::string>& platforms) {
    const auto what = "the index " + index.digest;
    const auto json = parse_object(index.bytes, what);
    if (!json.contains("manifests") || !json["manifests"].is_array()) throw world_failure("cannot use " + what + ": it lists no manifests");
    std::vector<std::string> all;
    std::vector<std::string> wanted;
    for (const auto& entry : json["manifests"]) {
        const auto digest = read_descriptor(entry, what).digest;
        const auto platform = entry.value("platform", Json::object());
        const auto text = [&](const char* key) { return platform.value(key, Json()).is_string() ? platform[key].get<std::string>() : std::string(); };
        if (!platform.is_object()) {
            all.push_back(digest);
            continue;
        }
        if (text("os") == "unknown") continue;
        all.push_back(digest);
        const auto name = text("os") + '/' + text("architecture");
        // "linux/arm/v7" is one of those for linux/arm.
        if (std::any_of(platforms.begin(), platforms.end(), [&](const std::string& one) { return (one + '/').rfind(name + '/', 0) == 0; })) wanted.push_back(digest);
    }
    return wanted.empty() ? all : wanted;
}

registry::Manifest make_index(const std::vector<Image>& images, const std::map<std::string, std::string>& annotations) {
    Json index = {{"schemaVersion", 2}, {"mediaType", registry::image_index_type}, {"manifests", Json::array()}};
    std::set<std::string> platforms;
    for (const auto& image : images) {
        const auto& platform = image.facts.platform;
        if (!platforms.insert(to_string(platform)).second) throw refused("cannot join the images: two of them are for " + to_string(platform));
        auto entry = registry::to_json(registry::descriptor_of(image.manifest));
        entry["platform"] = {{"architecture", platform.architecture}, {"os", platform.os}};
        if (!platform.variant.empty()) entry["platform"]["variant"] = platform.variant;
        index["manifests"].push_back(std::move(entry));
    }
    if (!annotations.empty()) index["annotations"] = annotations;
    return registry::make_manifest(registry::image_index_type, index.dump());
}

} // namespace slipway::build_image
