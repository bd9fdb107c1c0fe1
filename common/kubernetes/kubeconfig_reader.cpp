#include "kubernetes/kubeconfig_reader.hpp"

#include "core/text.hpp"

#include <charconv>
#include <cmath>
#include <set>

namespace slipway::kubernetes {

namespace {

nlohmann::json plain_value(const std::string& text) {
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    const auto* end = text.data() + text.size();
    std::int64_t whole = 0;
    if (const auto read = std::from_chars(text.data(), end, whole); read.ec == std::errc{} && read.ptr == end) return whole;
    double number = 0;
    if (const auto read = std::from_chars(text.data(), end, number); read.ec == std::errc{} && read.ptr == end && std::isfinite(number)) return number;
    return text;
}

} // namespace

void FieldReader::check_keys(yaml::NodeId node) {
    const auto& top = tree_[node];
    if (top.kind != yaml::NodeKind::map && top.kind != yaml::NodeKind::sequence) return;
    const bool is_map = top.kind == yaml::NodeKind::map;
    std::set<std::string_view> keys;
    for (auto at = top.first; at != yaml::no_node; at = tree_[at].next) {
        if (is_map) {
            const auto& key = tree_.meant(at);
            if (key.kind == yaml::NodeKind::map || key.kind == yaml::NodeKind::sequence) {
                complain(at, "a key is no text");
            } else if (key.text == "<<" && key.style == yaml::ScalarStyle::plain) {
                complain(at, "merge keys are not read here: write the keys out");
            } else if (!keys.insert(key.text).second) {
                complain(at, "'" + visible(key.text) + "' stands there twice");
            }
            at = tree_[at].next; // the value
        }
        check_keys(at);
    }
}

yaml::NodeId FieldReader::find(yaml::NodeId map, std::string_view key, yaml::NodeKind kind, const char* what) {
    const auto value = tree_.find(map, key);
    if (value == yaml::no_node || tree_[value].kind == yaml::NodeKind::null) return yaml::no_node;
    if (tree_[value].kind == kind) return value;
    complain(value, '\'' + std::string(key) + "' is no " + what);
    return yaml::no_node;
}

PlacedText FieldReader::text(yaml::NodeId map, std::string_view key) {
    const auto value = find(map, key, yaml::NodeKind::scalar, "text");
    if (value == yaml::no_node) return {};
    return {tree_[value].text, tree_.place(value)};
}

bool FieldReader::flag(yaml::NodeId map, std::string_view key) {
    const auto value = find(map, key, yaml::NodeKind::scalar, "true or false");
    if (value == yaml::no_node) return false;
    const auto& node = tree_[value];
    const auto word = lower(node.text);
    if (node.style == yaml::ScalarStyle::plain && (word == "true" || word == "false")) return word == "true";
    complain(value, '\'' + std::string(key) + "' is neither true nor false");
    return false;
}

yaml::NodeId FieldReader::map(yaml::NodeId map, std::string_view key) { return find(map, key, yaml::NodeKind::map, "map"); }

void FieldReader::each(yaml::NodeId map, std::string_view key, const std::function<void(yaml::NodeId)>& take) {
    const auto list = find(map, key, yaml::NodeKind::sequence, "list");
    if (list == yaml::no_node) return;
    for (auto item = tree_[list].first; item != yaml::no_node; item = tree_[item].next) take(tree_.resolved(item));
}

std::vector<std::string> FieldReader::texts(yaml::NodeId map, std::string_view key) {
    std::vector<std::string> found;
    each(map, key, [&](yaml::NodeId item) {
        const auto kind = tree_[item].kind;
        if (kind == yaml::NodeKind::map || kind == yaml::NodeKind::sequence) return complain(item, "an entry of '" + std::string(key) + "' is no text");
        found.push_back(kind == yaml::NodeKind::null ? "" : tree_[item].text);
    });
    return found;
}

nlohmann::json FieldReader::json(yaml::NodeId node) const {
    const auto& value = tree_.meant(node);
    switch (value.kind) {
    case yaml::NodeKind::scalar: return value.style == yaml::ScalarStyle::plain && !value.has_tag ? plain_value(value.text) : nlohmann::json(value.text);
    case yaml::NodeKind::sequence: {
        auto list = nlohmann::json::array();
        for (auto item = value.first; item != yaml::no_node; item = tree_[item].next) list.push_back(json(item));
        return list;
    }
    case yaml::NodeKind::map: {
        auto object = nlohmann::json::object();
        for (auto key = value.first; key != yaml::no_node; key = tree_[tree_[key].next].next) object[tree_.meant(key).text] = json(tree_[key].next);
        return object;
    }
    default: return nullptr;
    }
}

} // namespace slipway::kubernetes
