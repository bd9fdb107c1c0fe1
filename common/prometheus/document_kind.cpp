#include "prometheus/document_kind.hpp"

#include "core/text.hpp"

#include <array>
#include <utility>

namespace slipway::prometheus {

namespace {

std::string text_at(const YAML::Node& map, const char* key) {
    const auto value = map[key];
    return value && value.IsScalar() ? value.Scalar() : std::string();
}

OtherKind slo(const std::string& whose) {
    return {"SLO files are not supported yet: this is a document of " + whose, "only Prometheus rule files can be checked and published so far: leave it out of the call"};
}

/// By the group in apiVersion.
constexpr std::array<std::pair<std::string_view, const char*>, 4> slo_groups = {{{"openslo/", "OpenSLO"},
                                                                                {"openslo.com/", "OpenSLO"},
                                                                                {"sloth.slok.dev/", "Sloth"},
                                                                                {"pyrra.dev/", "Pyrra"}}};

std::optional<OtherKind> manifest(const std::string& version, const std::string& kind) {
    for (const auto& [prefix, name] : slo_groups) {
        if (version.rfind(prefix, 0) == 0) return slo(name);
    }
    if (version.rfind("sre.banzaicloud.io/", 0) == 0 || kind == "ServiceLevelIndicatorTemplate" || kind == "ServiceLevelObjective") return slo("Backyards");
    if (kind == "PrometheusRule") {
        return OtherKind{"PrometheusRule manifests are not supported yet", "put what stands below 'spec:' into a rule file of its own"};
    }
    return OtherKind{"this is no rule file but a manifest of the kind '" + visible(kind.empty() ? version : kind) + '\'', "leave it out of the call"};
}

} // namespace

std::optional<OtherKind> other_kind(const YAML::Node& document) {
    if (!document.IsMap()) return std::nullopt;
    const auto version = text_at(document, "apiVersion");
    const auto kind = text_at(document, "kind");
    if (!version.empty() || !kind.empty()) return manifest(version, kind);
    if (text_at(document, "version").rfind("prometheus/v", 0) == 0 || document["slos"]) return slo("Sloth");
    if (document["groups"]) return std::nullopt;
    if (document["tests"]) return OtherKind{"this is a file for 'promtool test rules', no rule file", "leave it out of the call"};
    if (document["scrape_configs"] || document["rule_files"]) {
        return OtherKind{"this is Prometheus' own configuration, no rule file", "name the files that stand below its 'rule_files:'"};
    }
    return std::nullopt;
}

} // namespace slipway::prometheus
