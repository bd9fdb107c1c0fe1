#include "emission.hpp"

#include "core/text.hpp"
#include "prometheus/rule_writer.hpp"
#include "push-rules/kubernetes/rule_objects.hpp"
#include "slo/openslo_writer.hpp"
#include "yaml/writer.hpp"

#include <nlohmann/json.hpp>

namespace slipway::push_rules {

namespace {

std::string as_rules(const Inputs& inputs) {
    if (inputs.files.size() == 1) return inputs.files.front().content();
    std::vector<prometheus::Group> groups;
    std::vector<std::string> names;
    for (const auto& input : inputs.files) {
        groups.insert(groups.end(), input.rules.groups.begin(), input.rules.groups.end());
        names.push_back(input.name);
    }
    return prometheus::write_rule_file(groups, {"Made from " + join(names, ", ") + " by push-rules."});
}

std::string as_manifests(const Options& options, const Inputs& inputs) {
    std::string text;
    for (const auto& object : rule_objects(inputs, options, options.cluster.name_space)) {
        auto manifest = rule_manifest(object.name, object.name_space, {}, object.groups);
        const auto& metadata = object.object->at("metadata");
        for (const char* key : {"labels", "annotations"}) {
            if (metadata.contains(key)) manifest["metadata"][key] = metadata.at(key);
        }
        text += (text.empty() ? "" : "---\n") + yaml::write_document(manifest);
    }
    return text;
}

std::string as_openslo(const slo::RuleSettings& settings, const Inputs& inputs) {
    if (inputs.objectives.empty()) throw misuse("cannot write OpenSLO: there are no objectives in what is given");
    std::string text;
    for (const auto& objective : inputs.objectives) text += (text.empty() ? "" : "---\n") + yaml::write_document(slo::as_openslo(objective, settings));
    return text;
}

} // namespace

std::string emit(const Options& options, const slo::RuleSettings& settings, const Inputs& inputs) {
    if (options.emit == "rules") return as_rules(inputs);
    if (options.emit == "prometheusrule") return as_manifests(options, inputs);
    return as_openslo(settings, inputs);
}

} // namespace slipway::push_rules
