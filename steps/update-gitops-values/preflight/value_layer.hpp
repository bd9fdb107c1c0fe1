#pragma once

#include "core/error.hpp"
#include "update-gitops-values/preflight/argo_sources.hpp"
#include "yaml/path.hpp"
#include "yaml/tree.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// What hides a value, and what stands there instead.
struct Hiding {
    Place place;
    std::string value; ///< "'v1'", "a list", "nothing (null)"
};

/// One of the things that values of a chart come from; later ones win.
struct ValueLayer {
    std::string file; ///< path in the repository; empty: it is in the Application
    std::string name; ///< for people: the file, "helm.values", "helm.parameters"
    std::shared_ptr<const yaml::Tree> tree = {}; ///< null: there is none, or the parameters are meant
    yaml::NodeId root = yaml::no_node;
    std::optional<Place> outer = {}; ///< of the text that the tree was read from
    std::vector<ArgoParameter> parameters = {};
};

/// Whether a layer, read after the value was set, hides it.
///
/// @param key   where the value stands in the values
/// @param json  what it becomes; empty: it goes away
std::optional<Hiding> hiding_in(const ValueLayer& layer, const yaml::KeyPath& key, const std::string& json);

/// A parameter's name as a path: dots part keys, `\.` is a dot, `[0]` an entry.
/// @source Helm, pkg/strvals
yaml::KeyPath parameter_path(const std::string& name);

} // namespace slipway::update_gitops_values
