#include "registry/manifests.hpp"

#include "core/sha256.hpp"

#include <utility>

namespace slipway::registry {

std::string digest_of(std::string_view bytes) { return "sha256:" + sha256(bytes); }

std::string hex_of(const std::string& digest) { return digest.substr(digest.find(':') + 1); }

Manifest make_manifest(std::string media_type, std::string bytes) {
    auto digest = digest_of(bytes);
    return {.media_type = std::move(media_type), .digest = std::move(digest), .bytes = std::move(bytes)};
}

Descriptor descriptor_of(const Manifest& manifest) { return {.media_type = manifest.media_type, .digest = manifest.digest, .size = manifest.bytes.size()}; }

std::string text_in(const Json& json, const char* key) {
    if (!json.is_object()) return {};
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::map<std::string, std::string> read_annotations(const Json& json) {
    std::map<std::string, std::string> annotations;
    if (!json.is_object()) return annotations;
    const auto found = json.find("annotations");
    if (found == json.end() || !found->is_object()) return annotations;
    for (const auto& [key, value] : found->items()) {
        if (value.is_string()) annotations[key] = value.get<std::string>();
    }
    return annotations;
}

std::optional<Entry> read_entry(const Json& json) {
    Entry entry{.descriptor = {.media_type = text_in(json, "mediaType"), .digest = text_in(json, "digest")}, .artifact_type = text_in(json, "artifactType"), .annotations = read_annotations(json)};
    if (entry.descriptor.media_type.empty() || !is_digest(entry.descriptor.digest)) return std::nullopt;
    const auto size = json.find("size");
    if (size == json.end() || !size->is_number_unsigned()) return std::nullopt;
    entry.descriptor.size = size->get<std::uint64_t>();
    return entry;
}

std::vector<Entry> read_entries(const Json& manifest, const char* key) {
    std::vector<Entry> entries;
    if (!manifest.is_object()) return entries;
    const auto list = manifest.find(key);
    if (list == manifest.end() || !list->is_array()) return entries;
    for (const auto& json : *list) {
        if (auto entry = read_entry(json)) entries.push_back(std::move(*entry));
    }
    return entries;
}

Json to_json(const Descriptor& descriptor) {
    return {{"mediaType", descriptor.media_type}, {"digest", descriptor.digest}, {"size", descriptor.size}};
}

} // namespace slipway::registry
