#include "update-gitops-values/preflight/argo_sources.hpp"

#include "core/text.hpp"
#include "update-gitops-values/images/search.hpp"
#include "yaml/path.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

using yaml::no_node;
using yaml::NodeId;
using yaml::NodeKind;
using yaml::Tree;

std::string text_at(const Tree& tree, NodeId map, const char* key) { return text_of(tree, member(tree, map, key)).value_or(""); }

template <class Visit> void each_entry(const Tree& tree, NodeId list, Visit visit) {
    if (list == no_node || tree.meant(list).kind != NodeKind::sequence) return;
    for (auto at = tree.meant(list).first; at != no_node; at = tree[at].next) visit(at);
}

void read_parameters(const Tree& tree, NodeId helm, ArgoSource& source) {
    std::vector<ArgoParameter> forced;
    each_entry(tree, member(tree, helm, "parameters").node, [&](NodeId at) {
        ArgoParameter parameter{text_at(tree, at, "name"), text_at(tree, at, "value"), tree.place(tree.resolved(at))};
        // Helm reads --set-string behind all --set.
        (text_at(tree, at, "forceString") == "true" ? forced : source.parameters).push_back(std::move(parameter));
    });
    source.parameters.insert(source.parameters.end(), forced.begin(), forced.end());
    each_entry(tree, member(tree, helm, "fileParameters").node, [&](NodeId at) { source.parameters.push_back({text_at(tree, at, "name"), std::nullopt, tree.place(tree.resolved(at))}); });
}

ArgoSource read_source(const Tree& tree, NodeId at, std::vector<std::string> prefixes) {
    ArgoSource source{.prefixes = std::move(prefixes),
                      .repo = text_at(tree, at, "repoURL"),
                      .revision = text_at(tree, at, "targetRevision"),
                      .path = text_at(tree, at, "path"),
                      .chart = text_at(tree, at, "chart"),
                      .ref = text_at(tree, at, "ref")};
    const auto helm = member(tree, at, "helm").node;
    source.has_helm = helm != no_node || !source.chart.empty();
    if (helm == no_node) return source;
    each_entry(tree, member(tree, helm, "valueFiles").node, [&](NodeId file) { source.value_files.push_back(text_of(tree, {file}).value_or("")); });
    source.ignores_missing = text_at(tree, helm, "ignoreMissingValueFiles") == "true";
    source.values = member(tree, helm, "values").node;
    source.values_object = member(tree, helm, "valuesObject").node;
    read_parameters(tree, helm, source);
    return source;
}

ArgoApplication read_application(const std::shared_ptr<const Tree>& tree, NodeId root) {
    ArgoApplication application{.tree = tree, .name = text_at(*tree, member(*tree, root, "metadata").node, "name"), .destination = {}, .sources = {}};
    const auto spec = member(*tree, root, "spec").node;
    if (spec == no_node) return application;
    application.destination = text_at(*tree, member(*tree, spec, "destination").node, "namespace");
    const auto list = member(*tree, spec, "sources").node;
    std::size_t number = 0;
    const auto parts = list == no_node ? std::vector<yaml::PathPart>() : entry_parts(*tree, list);
    each_entry(*tree, list, [&](NodeId at) {
        const yaml::KeyPath named{"spec", "sources", parts[number]};
        application.sources.push_back(read_source(*tree, at, {"spec.sources[" + std::to_string(number) + ']', to_string(named)}));
        ++number;
    });
    // Argo CD reads `source` only where there are no `sources`.
    if (const auto source = member(*tree, spec, "source"); source && application.sources.empty()) application.sources.push_back(read_source(*tree, source.node, {"spec.source"}));
    return application;
}

Error misuse_of(const std::string& file, const std::string& why, std::string hint = {}) { return misuse("cannot use --app " + visible(file) + ": " + why, std::move(hint)); }

void check_templates(const ArgoApplication& application, const std::string& file) {
    const auto check = [&](const std::string& text) {
        if (text.find("{{") != std::string::npos) throw misuse_of(file, "it is a template: '" + one_line(visible(text)) + "'", "give the Application that is made of it: argocd app get NAME -o yaml");
    };
    for (const auto& source : application.sources) {
        for (const auto& text : {source.repo, source.path, source.revision}) check(text);
        for (const auto& text : source.value_files) check(text);
    }
}

} // namespace

std::vector<ArgoApplication> read_argo_applications(const std::string& text, const std::string& file) {
    std::shared_ptr<const Tree> tree;
    try {
        tree = std::make_shared<const Tree>(text, file);
    } catch (const Error& error) {
        auto problem = error.diagnostics().front();
        problem.message = "cannot use --app " + visible(file) + ": " + problem.message;
        if (text.find("{{") != std::string::npos) problem.hint = "it looks like a template; give the Application that is made of it: argocd app get NAME -o yaml";
        throw Error(ExitCode::misuse, std::move(problem));
    }
    std::vector<ArgoApplication> applications;
    std::vector<std::string> others;
    for (const auto root : tree->documents()) {
        const auto kind = text_at(*tree, root, "kind");
        const bool is_argo = text_at(*tree, root, "apiVersion").starts_with("argoproj.io/");
        if (is_argo && kind == "Application") applications.push_back(read_application(tree, root));
        else if (!kind.empty()) others.push_back(kind);
    }
    for (const auto& application : applications) check_templates(application, file);
    if (!applications.empty()) return applications;
    if (std::find(others.begin(), others.end(), "ApplicationSet") != others.end()) {
        throw misuse_of(file, "it holds an ApplicationSet, whose Applications only Argo CD makes", "give one of them: argocd app get NAME -o yaml");
    }
    throw misuse_of(file, others.empty() ? "it holds no Application of Argo CD" : "it holds no Application of Argo CD, but " + one_line(visible(join(others, ", "))));
}

} // namespace slipway::update_gitops_values
