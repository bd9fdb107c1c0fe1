#include "push-rules/kubernetes/rule_objects.hpp"

#include "core/text.hpp"
#include "kubernetes/sizes.hpp"
#include "prometheus/rule_writer.hpp"
#include "prometheus/yaml_fields.hpp"
#include "yaml/tree.hpp"

#include <algorithm>
#include <map>

namespace slipway::push_rules {

namespace {

using Json = nlohmann::ordered_json;

/// Labels and annotations of a manifest.
struct Metadata {
    prometheus::Labels labels;
    prometheus::Labels annotations;
};

prometheus::Labels texts_at(const yaml::Tree& tree, yaml::NodeId map, const char* key) {
    prometheus::Labels texts;
    const auto node = tree.find(map, key);
    if (node == yaml::no_node || tree.meant(node).kind != yaml::NodeKind::map) return texts;
    std::vector<Diagnostic> said_before;
    for (const auto& field : prometheus::fields_of(tree, node, said_before)) texts.emplace(field.name, tree.meant(field.value).text);
    return texts;
}

void collect(const yaml::Tree& tree, yaml::NodeId root, std::map<std::string, Metadata>& found) {
    if (tree.meant(root).kind != yaml::NodeKind::map) return;
    if (const auto items = tree.find(root, "items"); items != yaml::no_node) {
        for (auto item = tree.meant(items).first; item != yaml::no_node; item = tree[item].next) collect(tree, item, found);
        return;
    }
    const auto metadata = tree.find(root, "metadata");
    if (metadata == yaml::no_node) return;
    const auto part = [&](const char* key) { return tree.find(metadata, key) == yaml::no_node ? std::string() : tree.meant(tree.find(metadata, key)).text; };
    found[part("namespace") + '/' + part("name")] = {texts_at(tree, metadata, "labels"), texts_at(tree, metadata, "annotations")};
}

/// By "namespace/name", as Group::manifest says it.
std::map<std::string, Metadata> metadata_of(const Input& input) {
    std::map<std::string, Metadata> found;
    const yaml::Tree tree(input.text, input.path);
    for (const auto root : tree.documents()) collect(tree, root, found);
    return found;
}

void check_size(const RuleObject& object, const std::string& path) {
    // The operator writes the groups as YAML, which is about as long as ours.
    const auto size = prometheus::write_rule_file(object.groups).size();
    if (size <= kubernetes::rule_file_limit) return;
    throw refused("the rules of " + path + " are too large for one PrometheusRule: " + std::to_string(size) + " bytes, and the Prometheus operator takes " + std::to_string(kubernetes::rule_file_limit), "with a larger one it updates no rules at all of a Prometheus that selects it: put the groups into several files");
}

std::vector<RuleObject> objects_of_manifest(const Input& input, const std::string& name_space, const prometheus::Labels& labels) {
    std::vector<RuleObject> objects;
    const auto metadata = metadata_of(input);
    for (const auto& group : input.rules.groups) {
        const auto slash = group.manifest.find('/');
        const auto space = slash == 0 ? name_space : group.manifest.substr(0, slash);
        const auto name = group.manifest.substr(slash + 1);
        if (name.empty()) throw refused("cannot apply " + input.path + ": a PrometheusRule without a name cannot be applied", "metadata.generateName makes a new object each time: give it a name");
        auto known = std::find_if(objects.begin(), objects.end(), [&](const auto& object) { return object.name == name && object.name_space == space; });
        if (known == objects.end()) {
            objects.push_back({.name_space = space, .name = name});
            known = std::prev(objects.end());
            const auto said = metadata.find(group.manifest);
            auto all = said == metadata.end() ? prometheus::Labels{} : said->second.labels;
            all.insert(labels.begin(), labels.end()); // what the manifest says is stronger
            nlohmann::json object = rule_manifest(name, space, all, {});
            if (said != metadata.end() && !said->second.annotations.empty()) object["metadata"]["annotations"] = said->second.annotations;
            known->object = std::move(object);
        }
        known->groups.push_back(group);
    }
    for (auto& object : objects) (*object.object)["spec"]["groups"] = prometheus::groups_as_json(object.groups);
    return objects;
}

} // namespace

std::string object_name(const std::string& file_name) {
    constexpr std::size_t longest = 253;
    std::string name;
    for (const char c : lower(io::Path(file_name).stem().string())) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (plain) name += c;
        else if (!name.empty() && name.back() != '-') name += '-';
    }
    name.resize(std::min(name.size(), longest));
    while (!name.empty() && name.back() == '-') name.pop_back();
    return name;
}

Json rule_manifest(const std::string& name, const std::string& name_space, const prometheus::Labels& labels, const std::vector<prometheus::Group>& groups) {
    Json metadata = {{"name", name}};
    if (!name_space.empty()) metadata["namespace"] = name_space;
    if (!labels.empty()) metadata["labels"] = labels;
    return {{"apiVersion", "monitoring.coreos.com/v1"}, {"kind", "PrometheusRule"}, {"metadata", std::move(metadata)}, {"spec", {{"groups", prometheus::groups_as_json(groups)}}}};
}

std::vector<RuleObject> rule_objects(const Inputs& inputs, const Options& options, const std::string& name_space) {
    std::vector<RuleObject> objects;
    for (const auto& input : inputs.files) {
        if (input.rules.is_manifest) {
            for (auto& object : objects_of_manifest(input, name_space, labels_of(options.kube_labels))) {
                check_size(object, input.path);
                objects.push_back(std::move(object));
            }
            continue;
        }
        const auto name = object_name(input.name);
        if (name.empty()) throw refused("cannot make a manifest of " + input.path + ": its name holds nothing that a name of Kubernetes may have", "such names have letters and digits: rename it");
        objects.push_back({name_space, name, nlohmann::json(rule_manifest(name, name_space, labels_of(options.kube_labels), input.rules.groups)), input.rules.groups});
        check_size(objects.back(), input.path);
    }
    for (auto object = objects.begin(); object != objects.end(); ++object) {
        if (std::any_of(objects.begin(), object, [&](const auto& other) { return other.shown() == object->shown(); })) throw refused("two files make the same PrometheusRule " + object->shown(), "rename one of them");
    }
    return objects;
}

std::vector<prometheus::Group> groups_of_object(const nlohmann::json& object, const std::string& name) {
    const auto spec = object.find("spec");
    if (spec == object.end() || !spec->is_object() || !spec->contains("groups")) return {};
    const nlohmann::json file = {{"groups", spec->at("groups")}};
    return prometheus::read_rule_file(file.dump(), name, {.target = prometheus::RuleTarget::thanos}).groups;
}

} // namespace slipway::push_rules
