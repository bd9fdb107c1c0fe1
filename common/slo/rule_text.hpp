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

/// `extra` over `labels`.
Labels merged(Labels labels, const Labels& extra);

/// The shortest window of the alerts: the base of long ones. 5m when there are no alerts.
Duration base_window(const AlertWindows& windows);

/// What the rules of one objective have in common, however they are named.
class RuleMaker {
public:
    RuleMaker(const Objective& objective, const RuleSettings& settings, Labels identity);
    virtual ~RuleMaker() = default;

protected:
    ExpressionWriter expression() const { return ExpressionWriter(objective_.place); }
    /// A record with the labels of the objective, of the settings, and those that make it this objective's.
    void record(prometheus::Group& group, const std::string& name, ExpressionWriter& expr, const Labels& more = {}) const;
    void record(prometheus::Group& group, const std::string& name, const std::string& expr, const Labels& more = {}) const;
    /// The alert of one severity, if it is wanted and can ever fire: when one of the pairs of windows burns too fast. What the objective says
    /// is stronger than these labels and annotations.
    void alert(prometheus::Group& group, const std::string& severity, const std::vector<AlertWindow>& windows, const AlertSettings& own, const Labels& labels, const Labels& annotations);
    /// That both windows of a pair burn faster than its factor.
    virtual std::string condition(const BurnCondition& burn) const = 0;

    const Objective& objective_;
    const RuleSettings& settings_;
    const Period period_;
    const Labels identity_;
    const std::string series_; ///< the matchers of this objective's records
    std::vector<Diagnostic> problems_;
};

ObjectiveRules slipway_rules(const Objective& objective, const RuleSettings& settings);
ObjectiveRules sloth_rules(const Objective& objective, const RuleSettings& settings);

} // namespace slipway::slo
