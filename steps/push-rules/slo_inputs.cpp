#include "slo_inputs.hpp"

#include "prometheus/rule_check.hpp"
#include "prometheus/rule_writer.hpp"

#include <iterator>
#include <utility>

namespace slipway::push_rules {

namespace {

/// The rules of one file, checked like those that somebody wrote.
void make_rules_of(Input& input, const slo::SloFile& file, const slo::RuleSettings& settings, const prometheus::RuleLanguage& language, std::vector<Diagnostic>& problems) {
    for (const auto& objective : file.objectives) {
        auto made = slo::make_rules(objective, settings);
        std::move(made.problems.begin(), made.problems.end(), std::back_inserter(problems));
        std::move(made.groups.begin(), made.groups.end(), std::back_inserter(input.rules.groups));
    }
    prometheus::RuleChecks checks;
    for (auto& group : input.rules.groups) {
        for (auto& rule : group.rules) {
            for (const bool annotation : {false, true}) {
                for (const auto& text : annotation ? rule.annotations : rule.labels) rule.key_places.push_back({.name = text.first, .annotation = annotation, .line = rule.place.line, .column = rule.place.column});
            }
            check_rule(rule, language, checks, problems);
        }
    }
    input.generated = prometheus::write_rule_file(input.rules.groups, {"Made from " + input.name + " by push-rules. What is changed here is lost; change that file."});
}

} // namespace

void make_rules_from(std::vector<slo::SloFile> files, const slo::RuleSettings& settings, const prometheus::RuleLanguage& language, Inputs& inputs) {
    auto input = inputs.files.begin();
    for (auto& file : files) {
        while (!input->rules.is_slo) ++input;
        if (file.unreadable) inputs.unreadable = true;
        std::move(file.problems.begin(), file.problems.end(), std::back_inserter(inputs.problems));
        make_rules_of(*input, file, settings, language, inputs.problems);
        std::move(file.objectives.begin(), file.objectives.end(), std::back_inserter(inputs.objectives));
        ++input;
    }
    // What only serves others, such as a template of an indicator, is no rule file.
    std::erase_if(inputs.files, [](const Input& candidate) { return candidate.rules.is_slo && candidate.rules.groups.empty(); });
}

} // namespace slipway::push_rules
