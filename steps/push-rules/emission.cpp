#include "emission.hpp"

#include "core/text.hpp"
#include "prometheus/rule_writer.hpp"
#include "push-rules/kubernetes/rule_objects.hpp"
#include "slo/openslo_writer.hpp"
#include "yaml/writer.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <set>

namespace slipway::push_rules {

namespace {

std::string as_one_rule_file(const Inputs& inputs) {
    if (inputs.files.size() == 1) return inputs.files.front().content();
    std::vector<prometheus::Group> groups;
    std::vector<std::string> names;
    std::map<std::string, std::string> owner;
    for (const auto& input : inputs.files) {
        names.push_back(input.name);
        for (const auto& group : input.rules.groups) {
            const auto [first, fresh] = owner.emplace(group.name, input.path);
            if (!fresh) throw refused("cannot write one rule file: the group '" + visible(group.name) + "' stands in " + first->second + " and in " + input.path, "--output FOLDER/ writes a file for each");
            groups.push_back(group);
        }
    }
    return prometheus::write_rule_file(groups, {"Made from " + join(names, ", ") + " by push-rules."});
}

std::vector<EmittedFile> rule_files(const Inputs& inputs) {
    std::vector<EmittedFile> files;
    for (const auto& input : inputs.files) files.push_back({input.name, input.content()});
    return files;
}

std::vector<EmittedFile> manifests(const Options& options, const Inputs& inputs) {
    std::vector<EmittedFile> files;
    for (const auto& object : rule_objects(inputs, options, options.cluster.name_space)) {
        auto manifest = rule_manifest(object.name, object.name_space, {}, object.groups);
        const auto& metadata = object.object->at("metadata");
        for (const char* key : {"labels", "annotations"}) {
            if (metadata.contains(key)) manifest["metadata"][key] = metadata.at(key);
        }
        files.push_back({object.name + ".yaml", yaml::write_document(manifest)});
    }
    return files;
}

std::vector<EmittedFile> openslo_documents(const slo::RuleSettings& settings, const Inputs& inputs) {
    if (inputs.objectives.empty()) throw misuse("cannot write OpenSLO: there are no objectives in what is given");
    std::vector<EmittedFile> files;
    for (const auto& objective : inputs.objectives) {
        const auto name = object_name(objective.id() + ".yaml");
        files.push_back({(name.empty() ? "slo" : name) + ".yaml", yaml::write_document(slo::as_openslo(objective, settings))});
    }
    return files;
}

std::vector<EmittedFile> documents_of(const Options& options, const slo::RuleSettings& settings, const Inputs& inputs) {
    if (options.emit == "rules") return rule_files(inputs);
    return options.emit == "prometheusrule" ? manifests(options, inputs) : openslo_documents(settings, inputs);
}

} // namespace

std::vector<EmittedFile> emit_files(const Options& options, const slo::RuleSettings& settings, const Inputs& inputs) {
    auto files = documents_of(options, settings, inputs);
    std::set<std::string> names;
    for (const auto& file : files) {
        if (!names.insert(file.name).second) throw refused("cannot write into " + options.output + ": two files would have the name " + visible(file.name), "rename one of those that they come from");
    }
    return files;
}

std::string emit(const Options& options, const slo::RuleSettings& settings, const Inputs& inputs) {
    if (options.emit == "rules") return as_one_rule_file(inputs);
    std::string text;
    for (const auto& file : documents_of(options, settings, inputs)) text += (text.empty() ? "" : "---\n") + file.text;
    return text;
}

} // namespace slipway::push_rules
