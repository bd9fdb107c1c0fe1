#include "prometheus/yaml_fields.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <string>

namespace slipway::prometheus {

namespace {

constexpr int deepest_merge = 10; // a map that merges one that merges one ...

class FieldCollector {
public:
    FieldCollector(const yaml::Tree& tree, std::vector<Diagnostic>& problems) : tree_(tree), problems_(problems) {}

    std::vector<YamlField> collect(yaml::NodeId map) {
        add(map, 0);
        return std::move(fields_);
    }

private:
    void add(yaml::NodeId map, int depth) {
        std::vector<yaml::NodeId> merged;
        const auto inherited = fields_.size(); // what stands before is stronger
        for (auto key = tree_.meant(map).first; key != yaml::no_node; key = tree_[tree_[key].next].next) {
            const auto value = tree_[key].next;
            const auto& node = tree_.meant(key);
            if (node.kind == yaml::NodeKind::sequence || node.kind == yaml::NodeKind::map) {
                complain(key, "a key is no text", "");
                continue;
            }
            const std::string_view name = node.text;
            if (name == "<<" && node.style == yaml::ScalarStyle::plain) {
                merged.push_back(value);
                continue;
            }
            const auto same = std::find_if(fields_.begin(), fields_.end(), [&](const auto& field) { return field.name == name; });
            if (same == fields_.end()) {
                fields_.push_back({name, key, tree_.resolved(value)});
            } else if (static_cast<std::size_t>(same - fields_.begin()) >= inherited) {
                complain(key, "'" + visible(name) + "' stands there twice", "yaml-duplicate-key");
            }
        }
        for (const auto node : merged) merge(node, depth + 1);
    }

    void merge(yaml::NodeId id, int depth) {
        const auto& node = tree_.meant(id);
        if (depth > deepest_merge) {
            complain(id, "merge keys are nested too deeply", "yaml-merge");
        } else if (node.kind == yaml::NodeKind::map) {
            add(id, depth);
        } else if (node.kind == yaml::NodeKind::sequence && depth == 1) {
            for (auto item = node.first; item != yaml::no_node; item = tree_[item].next) merge(item, depth + 1);
        } else {
            complain(id, "'<<' takes a map, or a list of maps", "yaml-merge");
        }
    }

    void complain(yaml::NodeId node, std::string message, std::string id) { problems_.push_back({.message = std::move(message), .place = tree_.place(node), .id = std::move(id)}); }

    const yaml::Tree& tree_;
    std::vector<Diagnostic>& problems_;
    std::vector<YamlField> fields_;
};

} // namespace

std::vector<YamlField> fields_of(const yaml::Tree& tree, yaml::NodeId map, std::vector<Diagnostic>& problems) { return FieldCollector(tree, problems).collect(map); }

} // namespace slipway::prometheus
