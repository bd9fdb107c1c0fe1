#include "kubernetes/owned_fields.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slipway::kubernetes {

namespace {

using Json = nlohmann::json;

/// The set of fields, as FieldsV1, that a manager owns by apply; null when there is none.
Json fields_of(const Json& object, std::string_view manager) {
    static const Json::json_pointer place("/metadata/managedFields");
    if (!object.is_object() || !object.contains(place) || !object.at(place).is_array()) return nullptr;
    for (const auto& entry : object.at(place)) {
        if (!entry.is_object() || entry.value("manager", Json()) != manager || entry.value("operation", Json()) != "Apply" || entry.contains("subresource")) continue;
        return entry.value("fieldsV1", Json());
    }
    return nullptr;
}

/// Both sets together. An empty set means the field as a whole.
Json united(const Json& one, const Json& other) {
    if (!one.is_object()) return other;
    if (!other.is_object()) return one;
    if (one.empty() || other.empty()) return Json::object();
    auto all = one;
    for (const auto& [name, fields] : other.items()) {
        const auto known = all.find(name);
        if (known == all.end()) {
            all[name] = fields;
        } else {
            *known = united(*known, fields);
        }
    }
    return all;
}

/// What a path element (f:name, k:{"key":"value"}, v:"value", i:0) names within a value; null when that has no such thing.
const Json* element(const Json& value, const std::string& path) {
    if (path.size() < 2) return nullptr;
    const auto name = path.substr(2);
    if (path.starts_with("f:")) {
        if (!value.is_object()) return nullptr;
        const auto found = value.find(name);
        return found == value.end() ? nullptr : &*found;
    }
    const auto wanted = Json::parse(name, nullptr, false);
    if (!value.is_array() || wanted.is_discarded()) return nullptr;
    if (path.starts_with("i:")) return wanted.is_number_unsigned() && wanted.get<std::size_t>() < value.size() ? &value[wanted.get<std::size_t>()] : nullptr;
    for (const auto& item : value) {
        if (path.starts_with("v:") && item == wanted) return &item;
        if (!path.starts_with("k:") || !item.is_object() || !wanted.is_object()) continue;
        bool same = true;
        // A key that the item leaves out has its default, which the server has put into the set.
        for (const auto& [key, expected] : wanted.items()) same = same && (!item.contains(key) || item[key] == expected);
        if (same) return &item;
    }
    return nullptr;
}

/// The part of a value that is in the set; nothing when none of it is.
std::optional<Json> part_of(const Json& value, const Json& fields) {
    if (!fields.is_object() || fields.empty()) return value;
    Json part;
    if (fields.contains(".")) part = value.is_array() ? Json::array() : value.is_object() ? Json::object() : value;
    // A list's order is the object's, not that of the set.
    std::vector<std::pair<const Json*, Json>> items;
    for (const auto& [path, inner] : fields.items()) {
        if (path == ".") continue;
        const auto* found = element(value, path);
        if (found == nullptr) continue;
        auto chosen = part_of(*found, inner);
        if (!chosen) continue;
        if (path.starts_with("f:")) {
            part[path.substr(2)] = std::move(*chosen);
            continue;
        }
        if (path.starts_with("k:")) chosen->update(Json::parse(path.substr(2))); // an item without its keys is none
        items.emplace_back(found, std::move(*chosen));
    }
    if (value.is_array()) {
        for (const auto& item : value) {
            for (auto& [where, chosen] : items) {
                if (where == &item) part.push_back(std::move(chosen));
            }
        }
    }
    if (part.is_null() && !value.is_null()) return std::nullopt;
    return part;
}

Json chosen(const Json& object, const Json& fields) {
    Json part = Json::object();
    if (fields.is_object() && !fields.empty()) part = part_of(object, fields).value_or(Json::object());
    for (const char* key : {"apiVersion", "kind"}) {
        if (object.contains(key)) part[key] = object[key];
    }
    auto& metadata = part["metadata"];
    for (const char* key : {"name", "namespace"}) {
        if (object.contains("metadata") && object["metadata"].contains(key)) metadata[key] = object["metadata"][key];
    }
    return part;
}

} // namespace

Json owned_by(const Json& object, std::string_view manager) { return chosen(object, fields_of(object, manager)); }

bool is_owner(const Json& object, std::string_view manager) { return !fields_of(object, manager).is_null(); }

Json content_of(const Json& object) {
    auto content = chosen(object, nullptr);
    for (const char* key : {"labels", "annotations"}) {
        if (object.contains("metadata") && object["metadata"].contains(key)) content["metadata"][key] = object["metadata"][key];
    }
    for (const auto& [key, value] : object.items()) {
        if (key != "metadata" && key != "status") content[key] = value;
    }
    return content;
}

Json restoring(const Json& before, const Json& now, std::string_view manager) { return chosen(before, united(fields_of(before, manager), fields_of(now, manager))); }

} // namespace slipway::kubernetes
