#include "emission.hpp"

#include "core/text.hpp"
#include "prometheus/rule_writer.hpp"
#include "slo/openslo_writer.hpp"
#include "yaml/writer.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace slipway::push_rules {

namespace {

using Json = nlohmann::ordered_json;

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
    for (const auto& input : inputs.files) {
        const auto name = object_name(input.name);
        if (name.empty()) throw refused("cannot make a manifest of " + input.path + ": its name holds nothing that a name of Kubernetes may have");
        Json metadata = {{"name", name}};
        if (!options.kubernetes_namespace.empty()) metadata["namespace"] = options.kubernetes_namespace;
        if (const auto labels = labels_of(options.kubernetes_labels); !labels.empty()) metadata["labels"] = labels;
        const Json manifest = {{"apiVersion", "monitoring.coreos.com/v1"}, {"kind", "PrometheusRule"}, {"metadata", metadata}, {"spec", {{"groups", prometheus::groups_as_json(input.rules.groups)}}}};
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

std::string object_name(const std::string& file_name) {
    constexpr std::size_t longest = 253;
    std::string name;
    for (const char c : lower(io::Path(file_name).stem().string())) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (plain) name += c;
        else if (!name.empty() && name.back() != '-') name += '-';
    }
    name.resize(std::min(name.size(), longest));
    while (!name.empty() && name.back() == '-') name.pop_back();
    return name;
}

} // namespace slipway::push_rules
