#include "prometheus/document_kind.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace slipway::prometheus {

namespace {

std::string text_at(const yaml::Tree& tree, yaml::NodeId map, const char* key) {
    const auto value = tree.find(map, key);
    return value != yaml::no_node && tree[value].kind == yaml::NodeKind::scalar ? tree[value].text : std::string();
}

Document other(std::string message, std::string hint) { return {DocumentKind::other, std::move(message), std::move(hint)}; }

/// The groups in apiVersion of OpenSLO, Sloth, Pyrra and Backyards.
constexpr std::array<std::string_view, 5> slo_groups = {"openslo/", "openslo.com/", "sloth.slok.dev/", "pyrra.dev/", "sre.banzaicloud.io/"};

constexpr std::string_view operator_version = "monitoring.coreos.com/v1";

Document prometheus_rule(const std::string& version) {
    if (version == operator_version) return {DocumentKind::prometheus_rule};
    const bool turned = version == "v1/monitoring.coreos.com";
    return {DocumentKind::prometheus_rule, "wrong apiVersion '" + visible(version) + "' of a PrometheusRule", std::string(turned ? "the group comes first: " : "it is ") + std::string(operator_version)};
}

Document manifest(const std::string& version, const std::string& kind) {
    if (std::any_of(slo_groups.begin(), slo_groups.end(), [&](std::string_view group) { return version.rfind(group, 0) == 0; })) return {DocumentKind::slo};
    if (kind == "PrometheusRule" || kind == "PrometheusRuleList") return kind == "PrometheusRule" ? prometheus_rule(version) : Document{DocumentKind::list};
    if (kind == "List") return {DocumentKind::list};
    if (version == "v1/monitoring.coreos.com") return other("this is no rule file but a manifest of the kind '" + visible(kind) + '\'', "leave it out of the call; its apiVersion is wrong, too: the group comes first: " + std::string(operator_version));
    return other("this is no rule file but a manifest of the kind '" + visible(kind.empty() ? version : kind) + '\'', "leave it out of the call");
}

} // namespace

Document document_kind(const yaml::Tree& tree, yaml::NodeId root) {
    if (tree.meant(root).kind != yaml::NodeKind::map) return {};
    const auto version = text_at(tree, root, "apiVersion");
    const auto kind = text_at(tree, root, "kind");
    const auto has = [&](const char* key) { return tree.find(root, key) != yaml::no_node; };
    if (!version.empty() || !kind.empty()) return manifest(version, kind);
    if (text_at(tree, root, "version").rfind("prometheus/v", 0) == 0 || has("slos")) return {DocumentKind::slo};
    if (has("groups")) return {};
    if (has("tests")) return {DocumentKind::rule_tests};
    if (has("scrape_configs") || has("rule_files")) return other("this is Prometheus' own configuration, no rule file", "name the files that stand below its 'rule_files:'");
    return {};
}

} // namespace slipway::prometheus
