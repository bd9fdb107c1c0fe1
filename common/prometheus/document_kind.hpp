#pragma once

#include "yaml/tree.hpp"

#include <string>

namespace slipway::prometheus {

enum class DocumentKind {
    rule_file,
    prometheus_rule, ///< a manifest of the Prometheus operator
    list,            ///< manifests in a list
    rule_tests,      ///< for 'promtool test rules'
    slo,             ///< service level objectives, or what belongs to them
    other,
};

struct Document {
    DocumentKind kind = DocumentKind::rule_file;
    std::string message = {}; ///< of others: why it cannot be taken for rules; of a manifest: what is wrong with it
    std::string hint = {};
};

/// What a document is. Recognises what lies where rules lie: SLOs (OpenSLO, Sloth, Backyards, Pyrra), manifests of
/// Kubernetes, Prometheus' own configuration; everything that is not known counts as a rule file.
Document document_kind(const yaml::Tree& tree, yaml::NodeId root);

} // namespace slipway::prometheus
