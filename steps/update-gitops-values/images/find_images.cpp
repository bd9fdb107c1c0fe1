#include "update-gitops-values/images/find_images.hpp"

#include "core/text.hpp"
#include "update-gitops-values/images/argo_application.hpp"
#include "update-gitops-values/images/helm_release.hpp"
#include "update-gitops-values/images/helm_values.hpp"
#include "update-gitops-values/images/kubernetes.hpp"
#include "update-gitops-values/images/kustomization.hpp"
#include "update-gitops-values/images/search.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

using yaml::NodeId;
using yaml::NodeKind;

bool is_kustomization_name(std::string_view file) {
    const auto name = file.substr(file.rfind('/') + 1);
    return name == "kustomization.yaml" || name == "kustomization.yml" || name == "Kustomization";
}

/// What a resource says it is; empty where it does not say.
struct Type {
    std::string group; ///< without the version
    std::string kind;

    bool is_resource() const { return !group.empty() && !kind.empty(); }
};

Type type_of(const yaml::Tree& tree, NodeId root) {
    const auto version = text_of(tree, member(tree, root, "apiVersion")).value_or("");
    return {version.substr(0, version.find('/')), text_of(tree, member(tree, root, "kind")).value_or("")};
}

void find_in_images_of(Search& search, NodeId root, const yaml::KeyPath& list) {
    auto path = search.path();
    path.insert(path.end(), list.begin(), list.end());
    search.attempt(root,
                   [&] { find_in_kustomization(search.tree, search.document(), path, search.image, search.settings, search.findings()); });
}

void find_in_resource(Search& search, NodeId root, const Type& type) {
    if (!search.is_new(root)) return;
    if (type.kind.ends_with("List") && member(search.tree, root, "items")) {
        enter(search, root, "items", [&](NodeId items) {
            for_each_entry(search, items, [&](NodeId item) { find_in_resource(search, item, type_of(search.tree, item)); });
        });
    } else if (type.group == "kustomize.config.k8s.io") {
        find_in_images_of(search, root, {"images"});
    } else if (type.group == "kustomize.toolkit.fluxcd.io" && type.kind == "Kustomization") {
        find_in_images_of(search, root, {"spec", "images"});
    } else if (type.group == "helm.toolkit.fluxcd.io" && type.kind == "HelmRelease") {
        find_in_helm_release(search, root);
    } else if (type.group == "argoproj.io" && type.kind == "Application") {
        find_in_argo_application(search, root);
    } else if (type.group == "argoproj.io" && type.kind == "ApplicationSet") {
        enter(search, root, "spec", [&](NodeId spec) {
            enter(search, spec, "template", [&](NodeId application) { find_in_argo_application(search, application); });
        });
    } else {
        find_in_manifest(search, root);
    }
}

/// A path that the caller knows an image at; nothing happens where it does not exist.
void find_at(Search& search, Member at, const yaml::KeyPath& path, std::size_t done = 0) {
    if (!at) return;
    if (done < path.size()) {
        const auto& part = path[done];
        if (std::holds_alternative<yaml::Within>(part)) {
            const auto inner = tree_within(search, at.node);
            if (!inner) return;
            Search within(search, *inner, at.node);
            find_at(within, {inner->documents().front()}, path, done + 1);
            return;
        }
        const Search::Deeper deeper(search, part);
        const auto* key = std::get_if<std::string>(&part);
        find_at(search, key != nullptr ? member(search.tree, at.node, *key) : Member{entry_at(search.tree, at.node, part)}, path, done + 1);
        return;
    }
    const auto kind = search.tree.meant(at.node).kind;
    if (kind == NodeKind::map) {
        find_in_image_map(search, at.node);
    } else if (kind == NodeKind::sequence) {
        search.refuse(at.node, {.message = "cannot set the image at " + visible(to_string(path)) + ": a list stands there"});
    } else {
        search.reference(at);
    }
}

void find_in_document(Search& search, NodeId root, const std::string& file) {
    const auto type = type_of(search.tree, root);
    if (!type.is_resource() && is_kustomization_name(file)) {
        find_in_images_of(search, root, {"images"});
    } else if (type.is_resource()) {
        find_in_resource(search, root, type);
    } else if (search.tree[root].kind == NodeKind::map) {
        find_in_helm_values(search, root);
    }
    for (const auto& path : search.settings.paths)
        find_at(search, {root}, path);
}

Findings search_documents(std::string_view text, const std::string& file, const ImageArgument& image, const SearchSettings& settings, std::vector<Diagnostic>& problems) {
    const yaml::Tree tree(text, file);
    Findings findings;
    for (std::size_t i = 0; i < tree.documents().size(); ++i) {
        if (settings.document && *settings.document != i) continue;
        Search search(tree, i, image, settings, findings, problems);
        find_in_document(search, tree.documents()[i], file);
    }
    // A path alone says the same in a file of one document, and is what people write there.
    if (tree.documents().size() == 1) {
        for (auto& operation : findings.operations)
            operation.document.reset();
        for (auto& standing : findings.images)
            standing.document.reset();
    }
    std::sort(findings.names.begin(), findings.names.end());
    findings.names.erase(std::unique(findings.names.begin(), findings.names.end()), findings.names.end());
    return findings;
}

} // namespace

Findings find_images(std::string_view text, const std::string& file, const ImageArgument& image, const SearchSettings& settings) {
    std::vector<Diagnostic> problems;
    auto findings = search_documents(text, file, image, settings, problems);
    if (!problems.empty()) throw Error(ExitCode::refused, std::move(problems));
    return findings;
}

std::vector<StandingImage> images_in_yaml(std::string_view text, const std::string& file, const SearchSettings& settings) {
    std::vector<Diagnostic> problems; // none of ours: nothing is to be changed
    return search_documents(text, file, ImageArgument(), settings, problems).images;
}

} // namespace slipway::update_gitops_values
