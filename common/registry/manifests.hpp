#pragma once

#include "registry/client.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::registry {

constexpr const char* image_manifest_type = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* image_index_type = "application/vnd.oci.image.index.v1+json";

/// "sha256:" and the digits.
std::string digest_of(std::string_view bytes);

/// The digits of a digest.
std::string hex_of(const std::string& digest);

Manifest make_manifest(std::string media_type, std::string bytes);

Descriptor descriptor_of(const Manifest& manifest);

/// Keeps the order of keys, so that what others wrote stays as they wrote it.
using Json = nlohmann::ordered_json;

/// One of the descriptors in a manifest or an index.
struct Entry {
    Descriptor descriptor;
    std::string artifact_type; ///< empty when it names none
    std::map<std::string, std::string> annotations;
};

/// Those under a key that can be read; the others are left out, as is a key that is missing.
/// @param key  "manifests" of an index, "layers" of a manifest
std::vector<Entry> read_entries(const Json& manifest, const char* key);

/// @return nothing when it is no descriptor
std::optional<Entry> read_entry(const Json& json);

std::map<std::string, std::string> read_annotations(const Json& json);

/// The text under a key; empty when there is none.
std::string text_in(const Json& json, const char* key);

Json to_json(const Descriptor& descriptor);

} // namespace slipway::registry
