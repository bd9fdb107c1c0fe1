// What both ways of naming rules are made with.

#pragma once

#include "slo/rules.hpp"
#include "slo/windowed_query.hpp"

#include <string>
#include <string_view>

namespace slipway::slo {

/// An expression that is put together, with the places that its parts come from.
class ExpressionWriter {
public:
    /// @param place  of everything that is no query
    explicit ExpressionWriter(const Place& place) { place_.value = place; }

    ExpressionWriter& operator<<(std::string_view text);
    /// The query for a window; what stands around it must keep it together.
    ExpressionWriter& query(const WindowedQuery& query, std::string_view window);

    /// Moves the expression into a rule.
    void into(prometheus::Rule& rule);

private:
    std::string text_;
    prometheus::ExpressionPlace place_;
};

/// `{service="myapp", slo="availability"}`
std::string matchers(const Labels& labels);

/// One pair of windows with its factor.
struct BurnCondition {
    AlertWindow window;
    double factor = 0;
};

/// The conditions that an error ratio can reach: a factor times the error budget above 1 never comes true. Says so of the others.
std::vector<BurnCondition> conditions_of(const std::vector<AlertWindow>& windows, const Objective& objective, const Period& period, const char* severity, std::vector<Diagnostic>& problems);

/// `runbook` with the names of the objective in it.
std::string runbook_for(const Objective& objective, const std::string& runbook);

/// `extra` over `labels`.
Labels merged(Labels labels, const Labels& extra);

/// The shortest window of the alerts: the base of long ones. 5m when there are no alerts.
Duration base_window(const AlertWindows& windows);

ObjectiveRules slipway_rules(const Objective& objective, const RuleSettings& settings);
ObjectiveRules sloth_rules(const Objective& objective, const RuleSettings& settings);

} // namespace slipway::slo
