#include "yaml/manifests.hpp"

namespace slipway::yaml {

namespace {

void collect(const Tree& tree, NodeId root, std::vector<NodeId>& roots, int depth = 0) {
    const auto items = text_at(tree, root, "kind") == "List" ? tree.find(root, "items") : no_node;
    if (items == no_node || depth > 1 || tree.meant(items).kind != NodeKind::sequence) {
        if (tree.meant(root).kind != NodeKind::null) roots.push_back(root);
        return;
    }
    for (auto item = tree.meant(items).first; item != no_node; item = tree[item].next) collect(tree, item, roots, depth + 1);
}

} // namespace

std::vector<NodeId> manifests_of(const Tree& tree) {
    std::vector<NodeId> roots;
    for (const auto root : tree.documents()) collect(tree, root, roots);
    return roots;
}

std::string text_at(const Tree& tree, NodeId map, std::string_view key) {
    const auto value = tree.meant(map).kind == NodeKind::map ? tree.find(map, key) : no_node;
    return value != no_node && tree.meant(value).kind == NodeKind::scalar ? tree.meant(value).text : std::string();
}

std::string metadata_of(const Tree& tree, NodeId manifest, std::string_view key) {
    const auto metadata = tree.meant(manifest).kind == NodeKind::map ? tree.find(manifest, "metadata") : no_node;
    return metadata == no_node ? std::string() : text_at(tree, metadata, key);
}

} // namespace slipway::yaml
