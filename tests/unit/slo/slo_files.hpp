#pragma once

#include "slo/documents.hpp"
#include "slo/rules.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace slipway::slo {

/// One file, read alone.
inline SloFile read_slo(const std::string& text) {
    SloReader reader({});
    reader.add(text, "slo.yaml");
    return reader.finish().front();
}

/// Its problems as people read them.
inline std::vector<std::string> problems_of(const std::string& text) {
    std::vector<std::string> found;
    for (const auto& problem : read_slo(text).problems) found.push_back(to_line(problem));
    return found;
}

/// Expressions of all rules by their name; alerts' by name and severity, such as "ErrorBudgetBurn page".
inline std::map<std::string, std::string> expressions_of(const ObjectiveRules& rules) {
    std::map<std::string, std::string> found;
    for (const auto& group : rules.groups) {
        for (const auto& rule : group.rules) {
            const bool alert = rule.kind == prometheus::RuleKind::alerting;
            const auto severity = [&] { return rule.labels.count("sloth_severity") != 0 ? rule.labels.at("sloth_severity") : rule.labels.at("severity"); };
            found[rule.name + (alert ? ' ' + severity() : "")] = rule.expr;
        }
    }
    return found;
}

/// Sloth's form with one objective; `slo` is indented by four.
inline std::string sloth_with(const std::string& slo) { return "version: prometheus/v1\nservice: myapp\nslos:\n  - name: availability\n" + slo; }

inline const std::string usual_sloth = sloth_with(R"(    objective: 99.9
    sli:
      events:
        error_query: sum(rate(requests_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(requests_total[{{.window}}]))
)");

} // namespace slipway::slo
