#include "update-gitops-values/images/kubernetes.hpp"

namespace slipway::update_gitops_values {

namespace {

using yaml::NodeKind;

bool holds_containers(std::string_view key) { return key == "containers" || key == "initContainers" || key == "ephemeralContainers"; }

void find_in_containers(Search& search, yaml::NodeId list) {
    if (!search.is_new(list)) return;
    for_each_entry(search, list, [&](yaml::NodeId container) {
        const auto image = member(search.tree, container, "image");
        const Search::Deeper deeper(search, "image");
        search.reference(image);
    });
}

} // namespace

void find_in_manifest(Search& search, yaml::NodeId root) {
    if (search.tree[root].kind == NodeKind::sequence) {
        for_each_entry(search, root, [&](yaml::NodeId entry) { find_in_manifest(search, entry); });
        return;
    }
    if (search.tree[root].kind != NodeKind::map) return;
    for_each_member(search.tree, root, [&](const std::string& key, yaml::NodeId value) {
        const Search::Deeper deeper(search, key);
        if (holds_containers(key) && search.tree.meant(value).kind == NodeKind::sequence) {
            find_in_containers(search, value);
        } else {
            find_in_manifest(search, value);
        }
    });
}

} // namespace slipway::update_gitops_values
