#include "object_fields.hpp"

#include <charconv>
#include <limits>

namespace slipway::update_gitops_values::field {

using Json = nlohmann::json;

const Json& at(const Json& object, std::string_view path) {
    static const Json none;
    const auto* value = &object;
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto end = std::min(path.find('/'), path.size());
        if (!value->is_object()) return none;
        const auto found = value->find(std::string(path.substr(0, end)));
        if (found == value->end()) return none;
        value = &*found;
        path.remove_prefix(end);
    }
    return *value;
}

std::string text(const Json& object, std::string_view path) {
    const auto& value = at(object, path);
    return value.is_string() ? value.get<std::string>() : std::string();
}

std::optional<std::int64_t> number(const Json& object, std::string_view path) {
    const auto& value = at(object, path);
    if (value.is_number_unsigned()) {
        const auto whole = value.get<std::uint64_t>();
        if (whole > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
        return static_cast<std::int64_t>(whole);
    }
    if (value.is_number_integer()) return value.get<std::int64_t>();
    if (!value.is_string()) return std::nullopt;
    const auto& digits = value.get_ref<const std::string&>();
    std::int64_t whole = 0;
    const auto* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, whole);
    if (digits.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return whole;
}

bool is_set(const Json& object, std::string_view path) {
    const auto& value = at(object, path);
    return value.is_boolean() && value.get<bool>();
}

const Json& list(const Json& object, std::string_view path) {
    static const Json none = Json::array();
    const auto& value = at(object, path);
    return value.is_array() ? value : none;
}

const Json& condition(const Json& object, std::string_view type) {
    static const Json none;
    for (const auto& entry : list(object, "/status/conditions")) {
        if (text(entry, "/type") == type) return entry;
    }
    return none;
}

} // namespace slipway::update_gitops_values::field
