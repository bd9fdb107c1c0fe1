#include "update-gitops-values/preflight/value_layer.hpp"

#include "core/text.hpp"
#include "update-gitops-values/images/search.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace slipway::update_gitops_values {

namespace {

using Json = nlohmann::json;
using yaml::NodeKind;

constexpr int deepest = 50; ///< levels of a value that is set as JSON

std::string shown(const std::string& text) {
    constexpr std::size_t most = 100;
    const auto line = one_line(visible(text));
    return '\'' + line.substr(0, valid_utf8_length(std::string_view(line).substr(0, most))) + '\'';
}

std::string shown(const yaml::TreeNode& node) {
    switch (node.kind) {
    case NodeKind::null: return "nothing (null)";
    case NodeKind::sequence: return "a list";
    case NodeKind::map: return "a map";
    case NodeKind::scalar:
    case NodeKind::alias: break;
    }
    return shown(node.text);
}

Place place_in(const ValueLayer& layer, yaml::NodeId node) {
    const auto own = layer.tree->place(layer.tree->resolved(node));
    return layer.outer ? Place{layer.outer->file, layer.outer->line == 0 ? 0 : layer.outer->line + own.line, 0} : own;
}

std::string text_of_json(const Json& value) { return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::optional<Hiding> in_tree(const ValueLayer& layer, const yaml::KeyPath& key, const std::optional<Json>& value) {
    const auto& tree = *layer.tree;
    auto at = layer.root;
    const auto hiding = [&] { return Hiding{place_in(layer, at), shown(tree.meant(at))}; };
    for (std::size_t i = 0; i < key.size(); ++i) {
        const bool is_map = tree.meant(at).kind == NodeKind::map;
        const auto* name = std::get_if<std::string>(&key[i]);
        // A list, a text or null in a map's place replaces all of it; a list replaces a list.
        if (!is_map || name == nullptr) return i == 0 ? std::nullopt : std::optional(hiding());
        const auto next = member(tree, at, *name);
        if (!next) return std::nullopt;
        at = next.node;
    }
    const auto& node = tree.meant(at);
    if (value && node.kind == NodeKind::map && value->is_object()) return std::nullopt;
    const bool is_text = node.kind == NodeKind::scalar || node.kind == NodeKind::null;
    if (value && is_text && value->is_null() == (node.kind == NodeKind::null) && !value->is_structured() && text_of_json(*value) == (node.kind == NodeKind::null ? "" : node.text)) return std::nullopt;
    return hiding();
}

std::optional<Hiding> in_parameters(const ValueLayer& layer, const yaml::KeyPath& key, const std::optional<Json>& value) {
    std::optional<Hiding> found; // the last one wins
    for (const auto& parameter : layer.parameters) {
        const auto path = parameter_path(parameter.name);
        if (path.empty() || !std::equal(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(std::min(path.size(), key.size())), key.begin(), key.begin() + static_cast<std::ptrdiff_t>(std::min(path.size(), key.size())))) continue;
        if (path.size() > key.size() && value && value->is_object()) continue;
        if (path.size() == key.size() && value && !value->is_structured() && parameter.value == text_of_json(*value)) found.reset();
        else found = Hiding{parameter.place, parameter.value ? shown(*parameter.value) : "a file's content"};
    }
    return found;
}

std::optional<Hiding> find(const ValueLayer& layer, const yaml::KeyPath& key, const std::optional<Json>& value, int depth) {
    if (value && value->is_object() && !value->empty() && depth < deepest) {
        for (const auto& entry : value->items()) {
            auto inner = key;
            inner.emplace_back(entry.key());
            if (auto hiding = find(layer, inner, entry.value(), depth + 1)) return hiding;
        }
        return std::nullopt;
    }
    return layer.tree ? in_tree(layer, key, value) : in_parameters(layer, key, value);
}

} // namespace

std::optional<Hiding> hiding_in(const ValueLayer& layer, const yaml::KeyPath& key, const std::string& json) {
    if (layer.tree && layer.root == yaml::no_node) return std::nullopt;
    auto whole = key;
    std::optional<Json> value;
    if (!json.empty()) value = Json::parse(json, nullptr, false);
    // A text that is YAML itself is one value.
    const auto within = std::find_if(whole.begin(), whole.end(), [](const yaml::PathPart& part) { return std::holds_alternative<yaml::Within>(part); });
    if (within != whole.end()) {
        whole.erase(within, whole.end());
        value.reset();
    }
    return find(layer, whole, value, 0);
}

yaml::KeyPath parameter_path(const std::string& name) {
    yaml::KeyPath path;
    std::string key;
    const auto finish = [&] {
        if (!key.empty()) path.emplace_back(std::exchange(key, {}));
    };
    for (std::size_t at = 0; at < name.size(); ++at) {
        const char c = name[at];
        if (c == '\\' && at + 1 < name.size()) {
            key += name[++at];
        } else if (c == '.') {
            finish();
        } else if (c == '[') {
            finish();
            const auto end = name.find(']', at);
            const auto number = name.substr(at + 1, end == std::string::npos ? end : end - at - 1);
            if (end == std::string::npos || number.empty() || number.size() > 6 || number.find_first_not_of("0123456789") != std::string::npos) return {};
            path.emplace_back(static_cast<yaml::Index>(std::stol(number)));
            at = end;
        } else {
            key += c;
        }
    }
    finish();
    return path;
}

} // namespace slipway::update_gitops_values
