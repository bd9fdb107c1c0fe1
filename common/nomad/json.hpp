#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace slipway::nomad {

using Json = nlohmann::ordered_json;

/// What a server sent; discarded when it is no JSON. What is nested deeper than anything of Nomad's is left out, since copies are made recursively.
inline Json parse_answer(std::string_view text) {
    constexpr int deepest = 100;
    return Json::parse(text, [](int depth, Json::parse_event_t, Json&) { return depth < deepest; }, false);
}

/// A value of an object; null when there is none, or no object.
inline const Json& value_at(const Json& object, const char* key) {
    static const Json nothing;
    if (!object.is_object()) return nothing;
    const auto value = object.find(key);
    return value == object.end() ? nothing : *value;
}

/// A text of an object; empty when there is none, or something else.
inline std::string text_at(const Json& object, const char* key) {
    const auto& value = value_at(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

/// A count or an index; 0 for anything else.
inline std::uint64_t number_of(const Json& value) { return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0; }
/// The same of an object.
inline std::uint64_t number_at(const Json& object, const char* key) { return number_of(value_at(object, key)); }

} // namespace slipway::nomad
