#pragma once

#include "prometheus/rule_file.hpp"
#include "slo/burn_rate.hpp"
#include "slo/objective.hpp"

#include <string>
#include <vector>

namespace slipway::slo {

/// What the records and labels are called.
enum class Names {
    slipway, ///< slo:error_ratio:rate5m{service, slo}
    sloth    ///< as Sloth calls them, so that its dashboards go on working
};

/// How the ratio of the whole period comes about.
enum class LongWindows {
    weighted, ///< sums of events: busy hours count more than quiet ones
    average,  ///< the mean of short windows, whatever the traffic was; Sloth does it so
    raw       ///< one query over the whole period: exact, and expensive
};

/// What a window without events counts as.
enum class NoTraffic {
    absent, ///< nothing is recorded
    good,   ///< no errors
    bad     ///< nothing but errors
};

/// How rules are made from objectives.
struct RuleSettings {
    Names names = Names::slipway;
    Duration period{Duration{86'400'000} * 30}; ///< of objectives that say none
    AlertWindows windows = workbook_windows();
    LongWindows long_windows = LongWindows::weighted;
    NoTraffic no_traffic = NoTraffic::absent;
    double min_events = 0; ///< in an alert's long window; fewer are too few to wake somebody
    bool alerts = true;
    std::string runbook = {}; ///< for alerts without a runbook_url; {service} and {slo} stand for theirs
    Labels labels = {};       ///< for all rules
};

/// The rules of one objective, and what is doubtful about them.
struct ObjectiveRules {
    std::vector<prometheus::Group> groups = {};
    std::vector<Diagnostic> problems = {};
};

/// Makes recording rules of the error ratio for each window and the period, of the error budget, and alerts of the burn rate. Rules
/// stand at the place of the objective, expressions at that of its queries.
///
/// @source Google, The Site Reliability Workbook, chapter 5, "6: Multiwindow, Multi-Burn-Rate Alerts"
ObjectiveRules make_rules(const Objective& objective, const RuleSettings& settings);

/// The period of an objective, said by itself or by the settings.
Period period_of(const Objective& objective, const RuleSettings& settings);
/// "28d"; of a calendar period "month".
std::string period_name(const Period& period);

} // namespace slipway::slo
