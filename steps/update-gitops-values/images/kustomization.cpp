#include "update-gitops-values/images/kustomization.hpp"

#include "core/text.hpp"
#include "update-gitops-values/images/search.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace slipway::update_gitops_values {

namespace {

using yaml::no_node;
using yaml::NodeId;
using yaml::NodeKind;
using yaml::Operation;

struct Field {
    const char* key;
    NewPart part;
};

std::vector<Field> fields_of(const ImageArgument& image) {
    // kustomize writes entries anew, from the argument alone; with a digest the suffix would have no effect at all.
    return {{"newName", image.new_name}, {"newTag", image.tag}, {"digest", image.digest}, {"tagSuffix", {}}};
}

bool is_given(const NewPart& part) { return part.kind == NewPart::Kind::given && !part.value.empty(); }

yaml::KeyPath below(yaml::KeyPath path, yaml::PathPart part) {
    path.push_back(std::move(part));
    return path;
}

Error refused_at(const yaml::Tree& tree, NodeId node, std::string message, std::string hint = {}) {
    return {ExitCode::refused, Diagnostic{.message = std::move(message), .place = tree.place(node), .hint = std::move(hint)}};
}

NodeId child(const yaml::Tree& tree, NodeId at, const yaml::PathPart& part) {
    if (const auto* key = std::get_if<std::string>(&part)) return tree.find(at, *key);
    return entry_at(tree, at, part);
}

NodeId node_at(const yaml::Tree& tree, NodeId at, const yaml::KeyPath& path) {
    for (std::size_t next = 0; next < path.size() && at != no_node; ++next) at = child(tree, at, path[next]);
    return at;
}

struct Entry {
    NodeId node;
    yaml::Index index;
};

/// What an entry makes of the image of its name.
StandingImage standing(const yaml::Tree& tree, NodeId entry, const std::string& name, std::size_t document, const yaml::KeyPath& path) {
    StandingImage image{.names = {name}, .in_parts = true, .document = document, .place = tree.place(entry)};
    const auto text = [&](const char* key) {
        const auto value = text_of(tree, member(tree, entry, key)).value_or("");
        if (!value.empty()) image.paths.push_back(to_string(below(path, key)));
        image.is_template = image.is_template || has_template(value);
        return value;
    };
    if (const auto renamed = text("newName"); !renamed.empty()) image.names.push_back(renamed);
    image.tag = text("newTag");
    image.digest = text("digest");
    const auto suffix = text("tagSuffix");
    if (image.digest.empty() && !image.tag.empty()) image.tag += suffix;
    return image;
}

std::vector<Entry> entries_of(const yaml::Tree& tree, NodeId list, const std::string& name, std::size_t document, const yaml::KeyPath& path, Findings& findings) {
    std::vector<Entry> found;
    yaml::Index index = 0;
    for (auto node = tree.meant(list).first; node != no_node; node = tree[node].next, ++index) {
        const auto kind = tree.meant(node).kind;
        if (kind == NodeKind::null) continue;
        if (kind != NodeKind::map)
            throw refused_at(tree, node, "cannot set the image: this entry of the list of images is no map with a name",
                             "kustomize expects 'name', 'newName', 'newTag' and 'digest'");
        const auto at = tree.find(node, "name");
        if (at == no_node || tree[at].text.empty()) continue;
        findings.images.push_back(standing(tree, node, tree[at].text, document, below(path, index)));
        if (tree[at].text == name) found.push_back({node, index});
        else findings.names.push_back(tree[at].text);
    }
    return found;
}

void refuse_several(const yaml::Tree& tree, const std::vector<Entry>& entries, const std::string& name) {
    if (entries.size() < 2) return;
    std::vector<Diagnostic> diagnostics;
    for (const auto& entry : entries) {
        diagnostics.push_back({.message = "cannot set the image: '" + visible(name) + "' has " + std::to_string(entries.size()) +
                                          " entries" + " in this list of images",
                               .place = tree.place(entry.node),
                               .hint = "leave one entry for each name"});
    }
    throw Error(ExitCode::refused, std::move(diagnostics));
}

void change(const yaml::Tree& tree, const Entry& entry, std::size_t document, const yaml::KeyPath& path, const ImageArgument& image,
            Findings& findings) {
    if (tree.find(entry.node, "<<") != no_node)
        throw refused_at(tree, entry.node, "cannot set the image: its entry takes values from elsewhere by '<<', which cannot be dropped",
                         "write the values into the entry");
    std::vector<Operation> removals;
    for (const auto& [key, part] : fields_of(image)) {
        if (is_given(part)) {
            findings.operations.push_back({.path = below(path, key), .value = part.value, .document = document, .create = true});
        } else if (part.kind != NewPart::Kind::kept && tree.find(entry.node, key) != no_node) {
            removals.push_back({.kind = Operation::Kind::remove, .path = below(path, key), .document = document});
        }
    }
    findings.operations.insert(findings.operations.end(), removals.begin(), removals.end());
}

std::string new_entry(const ImageArgument& image) {
    nlohmann::ordered_json entry{{"name", image.name}};
    for (const auto& [key, part] : fields_of(image)) {
        if (is_given(part)) entry[key] = part.value;
    }
    return entry.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace

void find_in_kustomization(const yaml::Tree& tree, std::size_t document, const yaml::KeyPath& list, const ImageArgument& image,
                           const SearchSettings& settings, Findings& findings) {
    const auto at = document < tree.documents().size() ? node_at(tree, tree.documents()[document], list) : no_node;
    std::vector<Entry> entries;
    if (at != no_node && tree.meant(at).kind != NodeKind::null) {
        if (tree.meant(at).kind != NodeKind::sequence)
            throw refused_at(tree, at, "cannot set the image: '" + visible(yaml::to_string(list)) + "' is no list");
        entries = entries_of(tree, at, image.name, document, list, findings);
    }
    refuse_several(tree, entries, image.name);
    if (!entries.empty()) {
        change(tree, entries.front(), document, below(list, entries.front().index), image, findings);
    } else if (settings.create) {
        findings.operations.push_back(
            {.kind = Operation::Kind::append, .path = list, .value = new_entry(image), .document = document, .create = true});
    } else {
        return;
    }
    ++findings.places;
}

} // namespace slipway::update_gitops_values
