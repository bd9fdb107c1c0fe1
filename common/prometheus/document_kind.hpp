#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>

namespace slipway::prometheus {

/// Why a document cannot be taken for a rule file, although it is well-formed.
struct OtherKind {
    std::string message;
    std::string hint;
};

/// Recognises documents of other kinds that lie where rules lie: SLOs (OpenSLO, Sloth, Backyards, Pyrra), manifests of
/// Kubernetes, tests for promtool, Prometheus' own configuration.
///
/// @return nothing for a rule file, and for everything that is not known
std::optional<OtherKind> other_kind(const YAML::Node& document);

} // namespace slipway::prometheus
