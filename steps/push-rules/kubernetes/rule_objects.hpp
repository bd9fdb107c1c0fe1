#pragma once

#include "prometheus/rule_file.hpp"
#include "push-rules/inputs.hpp"
#include "push-rules/options.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace slipway::push_rules {

/// A PrometheusRule as it is to be in the cluster.
struct RuleObject {
    std::string name_space;
    std::string name;
    std::optional<nlohmann::json> object = {}; ///< nothing: it shall not be there
    std::vector<prometheus::Group> groups = {};

    std::string shown() const { return name_space + '/' + name; }
};

/// One object for each rule file, with the file's name; a manifest's own objects with their names, labels and annotations.
///
/// @param name_space  of objects that say none
/// @throws Error (refused) for an object that is too large for the operator, and for a file whose name makes none
std::vector<RuleObject> rule_objects(const Inputs& inputs, const Options& options, const std::string& name_space);

/// The groups of an object as the server has it.
std::vector<prometheus::Group> groups_of_object(const nlohmann::json& object, const std::string& name);

/// A PrometheusRule with these groups.
nlohmann::ordered_json rule_manifest(const std::string& name, const std::string& name_space, const prometheus::Labels& labels, const std::vector<prometheus::Group>& groups);

/// A name that Kubernetes takes, of a file's name: "SLO_file.yaml" is "slo-file".
/// @return empty when nothing of it can be used
std::string object_name(const std::string& file_name);

} // namespace slipway::push_rules
