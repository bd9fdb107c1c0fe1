#pragma once

#include "kubernetes/kubeconfig.hpp"
#include "yaml/tree.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::kubernetes {

/// The values of a YAML file, with their mistakes collected.
class FieldReader {
public:
    FieldReader(const yaml::Tree& tree, std::vector<Diagnostic>& problems) : tree_(tree), problems_(problems) {}

    /// A mistake for each key that stands twice in its map, and for merge keys, in the node and all below it.
    void check_keys(yaml::NodeId node);

    /// Empty when the key is missing, null, or no text, which is a mistake.
    PlacedText text(yaml::NodeId map, std::string_view key);
    bool flag(yaml::NodeId map, std::string_view key);
    /// A map; no_node when the key is missing, null, or no map, which is a mistake.
    yaml::NodeId map(yaml::NodeId map, std::string_view key);
    /// Calls for each entry of a list; nothing when the key is missing, null, or no list, which is a mistake.
    void each(yaml::NodeId map, std::string_view key, const std::function<void(yaml::NodeId)>& take);
    std::vector<std::string> texts(yaml::NodeId map, std::string_view key);
    /// The same as JSON, plain scalars by YAML's core schema.
    nlohmann::json json(yaml::NodeId node) const;

    void complain(yaml::NodeId node, std::string message) { problems_.push_back({.message = std::move(message), .place = tree_.place(node)}); }
    const yaml::Tree& tree() const noexcept { return tree_; }

private:
    yaml::NodeId find(yaml::NodeId map, std::string_view key, yaml::NodeKind kind, const char* what);

    const yaml::Tree& tree_;
    std::vector<Diagnostic>& problems_;
};

} // namespace slipway::kubernetes
