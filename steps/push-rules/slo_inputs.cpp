#include "slo_inputs.hpp"

#include "core/text.hpp"
#include "prometheus/rule_check.hpp"
#include "prometheus/rule_writer.hpp"
#include "promql/names.hpp"

#include <iterator>
#include <utility>

namespace slipway::push_rules {

namespace {

/// Labels of an objective may be named as Kubernetes names its own, which not every Prometheus takes.
void check_names_of_labels(const prometheus::Rule& rule, const promql::Dialect& dialect, std::vector<Diagnostic>& problems) {
    for (const auto* texts : {&rule.labels, &rule.annotations}) {
        for (const auto& [name, value] : *texts) {
            if (name != "__name__" && (dialect.has_utf8_names() ? !name.empty() : promql::is_label_name(name))) continue;
            problems.push_back({.message = "'" + visible(name) + "' is no label name for Prometheus " + to_string(dialect.version), .place = rule.place, .hint = "a name is made of letters, digits and _, and begins with no digit", .id = "label-name"});
        }
    }
}

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
            check_names_of_labels(rule, language.dialect, problems);
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
