#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace slipway::nomad {

using Json = nlohmann::ordered_json;

/// A text of an object; empty when there is none, or something else.
inline std::string text_at(const Json& object, const char* key) {
    if (!object.is_object()) return {};
    const auto value = object.find(key);
    return value != object.end() && value->is_string() ? value->get<std::string>() : std::string();
}

} // namespace slipway::nomad
