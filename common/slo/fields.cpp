#include "slo/fields.hpp"

#include "core/text.hpp"
#include "prometheus/yaml_fields.hpp"
#include "promql/duration.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace slipway::slo {

using yaml::NodeKind;

Fields::Fields(const yaml::Tree& tree, yaml::NodeId map, std::vector<Diagnostic>& problems, std::string what, std::initializer_list<std::string_view> known)
    : tree_(&tree), map_(tree.resolved(map)), problems_(&problems), what_(std::move(what)) {
    for (const auto& field : prometheus::fields_of(tree, map_, problems)) {
        if (known.size() == 0 || std::find(known.begin(), known.end(), field.name) != known.end()) continue;
        const std::vector<std::string> names(known.begin(), known.end());
        const auto meant = closest(field.name, names);
        problems.push_back({.message = "'" + visible(field.name) + "' is no key of " + what_, .place = tree.place(field.key),
                            .hint = meant ? "did you mean '" + *meant + "'?" : "known are " + join(names, ", "), .id = "unknown-key"});
    }
}

yaml::NodeId Fields::node(std::string_view key) const {
    const auto found = tree_->find(map_, key);
    return found == yaml::no_node || tree_->meant(found).kind == NodeKind::null ? yaml::no_node : found;
}

bool Fields::missing(std::string_view key, Need need) const {
    if (has(key)) return false;
    if (need == Need::required) problems_->push_back({.message = what_ + " has no '" + std::string(key) + '\'', .place = place(), .id = "slo"});
    return true;
}

bool Fields::is_scalar(std::string_view key) const {
    if (tree_->meant(node(key)).kind == NodeKind::scalar) return true;
    complain(key, "'" + std::string(key) + "' of " + what_ + " takes a single value");
    return false;
}

std::string Fields::text(std::string_view key, Need need) const {
    if (missing(key, need) || !is_scalar(key)) return {};
    const auto& text = tree_->meant(node(key)).text;
    if (text.empty() && need == Need::required) complain(key, "'" + std::string(key) + "' of " + what_ + " is empty");
    return text;
}

std::optional<double> Fields::number(std::string_view key, Need need) const {
    if (missing(key, need) || !is_scalar(key)) return std::nullopt;
    const auto text = trim(tree_->meant(node(key)).text);
    double value = 0;
    const auto [end, mistake] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (mistake == std::errc{} && end == text.data() + text.size() && std::isfinite(value)) return value;
    complain(key, "'" + std::string(key) + "' of " + what_ + ": '" + visible(text) + "' is no number");
    return std::nullopt;
}

std::optional<bool> Fields::truth(std::string_view key) const {
    if (!has(key) || !is_scalar(key)) return std::nullopt;
    const auto word = lower(tree_->meant(node(key)).text);
    if (word == "true") return true;
    if (word == "false") return false;
    complain(key, "'" + std::string(key) + "' of " + what_ + " takes true or false");
    return std::nullopt;
}

std::optional<Duration> Fields::duration(std::string_view key, Need need) const {
    if (missing(key, need) || !is_scalar(key)) return std::nullopt;
    const auto& text = tree_->meant(node(key)).text;
    const auto duration = promql::read_duration(text);
    if (duration && *duration > Duration{0}) return duration;
    complain(key, "'" + std::string(key) + "' of " + what_ + ": '" + visible(text) + "' is no duration", "whole numbers with their units, such as 5m, 1h or 28d");
    return std::nullopt;
}

prometheus::Labels Fields::labels(std::string_view key) const {
    prometheus::Labels labels;
    if (!has(key)) return labels;
    if (tree_->meant(node(key)).kind != NodeKind::map) {
        complain(key, "'" + std::string(key) + "' of " + what_ + " takes a map of names to texts");
        return labels;
    }
    for (const auto& field : prometheus::fields_of(*tree_, node(key), *problems_)) {
        const auto& value = tree_->meant(field.value);
        if (value.kind == NodeKind::scalar || value.kind == NodeKind::null) labels.emplace(field.name, value.kind == NodeKind::scalar ? value.text : std::string());
        else problems_->push_back({.message = "'" + visible(field.name) + "' takes a text", .place = tree_->place(field.key), .id = "slo"});
    }
    return labels;
}

std::vector<std::string> Fields::texts(std::string_view key) const {
    std::vector<std::string> found;
    if (!has(key)) return found;
    if (tree_->meant(node(key)).kind != NodeKind::sequence) {
        complain(key, "'" + std::string(key) + "' of " + what_ + " takes a list");
        return found;
    }
    for (auto item = tree_->meant(node(key)).first; item != yaml::no_node; item = (*tree_)[item].next) {
        if (tree_->meant(item).kind == NodeKind::scalar) found.push_back(tree_->meant(item).text);
        else problems_->push_back({.message = "'" + std::string(key) + "' takes a list of texts", .place = tree_->place(item), .id = "slo"});
    }
    return found;
}

std::optional<Fields> Fields::map(std::string_view key, Need need, std::initializer_list<std::string_view> known) const {
    if (missing(key, need)) return std::nullopt;
    if (tree_->meant(node(key)).kind != NodeKind::map) {
        complain(key, "'" + std::string(key) + "' of " + what_ + " takes a map");
        return std::nullopt;
    }
    return Fields(*tree_, node(key), *problems_, "'" + std::string(key) + '\'', known);
}

std::vector<Fields> Fields::maps(std::string_view key, Need need, std::initializer_list<std::string_view> known) const {
    std::vector<Fields> found;
    if (missing(key, need)) return found;
    if (tree_->meant(node(key)).kind != NodeKind::sequence) {
        complain(key, "'" + std::string(key) + "' of " + what_ + " takes a list");
        return found;
    }
    for (auto item = tree_->meant(node(key)).first; item != yaml::no_node; item = (*tree_)[item].next) {
        if (tree_->meant(item).kind == NodeKind::map) found.emplace_back(*tree_, item, *problems_, "an entry of '" + std::string(key) + '\'', known);
        else problems_->push_back({.message = "an entry of '" + std::string(key) + "' takes a map", .place = tree_->place(item), .id = "slo"});
    }
    if (found.empty() && need == Need::required) complain(key, "'" + std::string(key) + "' of " + what_ + " is empty");
    return found;
}

Place Fields::place_of(std::string_view key) const { return has(key) ? tree_->place(tree_->find(map_, key)) : place(); }

void Fields::complain(std::string_view key, std::string message, std::string hint, std::string id) const {
    problems_->push_back({.message = std::move(message), .place = place_of(key), .hint = std::move(hint), .id = std::move(id)});
}

} // namespace slipway::slo
