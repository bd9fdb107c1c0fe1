#pragma once

#include "core/error.hpp"
#include "yaml/tree.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// A value that is set on the command line of Helm.
struct ArgoParameter {
    std::string name;  ///< "image.tag", as `helm --set` writes it
    std::optional<std::string> value; ///< nothing: a file's content
    Place place;
};

/// One source of an Application, as far as it decides which values a chart gets.
struct ArgoSource {
    std::vector<std::string> prefixes; ///< paths to it in the Application: "spec.source", "spec.sources[1]", "spec.sources[name=web]"
    std::string repo;
    std::string revision; ///< empty: HEAD
    std::string path;
    std::string chart; ///< of a repository of charts; empty: the chart is in `path`
    std::string ref;   ///< by which other sources' value files name it
    bool has_helm = false;
    std::vector<std::string> value_files;
    bool ignores_missing = false;
    yaml::NodeId values = yaml::no_node;        ///< a text that is YAML
    yaml::NodeId values_object = yaml::no_node; ///< a map
    std::vector<ArgoParameter> parameters;      ///< in the order in which Helm reads them
};

struct ArgoApplication {
    std::shared_ptr<const yaml::Tree> tree; ///< of the whole file
    std::string name;
    std::string destination; ///< namespace
    std::vector<ArgoSource> sources;
};

/// The Applications of a file; it may hold other resources as well.
///
/// @throws Error (misuse) when it is no YAML, holds no Application, or is a template
/// @source Argo CD, operator-manual/application.yaml and user-guide/helm
std::vector<ArgoApplication> read_argo_applications(const std::string& text, const std::string& file);

} // namespace slipway::update_gitops_values
