// The records of an objective as a dashboard reads them, whichever way they are named.

#pragma once

#include "slo/rules.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::slo {

/// Expressions over what `make_rules` records; those that need a query of their own say so.
class Records {
public:
    /// Both must outlive this.
    Records(const Objective& objective, const RuleSettings& settings);

    std::string budget_remaining() const; ///< share of the period's error budget, 1 to below 0
    std::string current_burn_rate() const;
    std::string period_burn_rate() const;
    std::string error_ratio(Duration window) const;
    std::string period_error_ratio() const;
    /// Windows of which there is an error ratio, shortest first.
    std::vector<Duration> windows() const;

    /// Events per second over the shortest window; nothing when the objective counts none.
    std::optional<std::string> events() const;
    std::optional<std::string> error_events() const;

    /// "5m": what `events` looks back.
    std::string event_window() const;

private:
    bool is_sloth() const { return settings_.names == Names::sloth; }
    bool in_slices() const { return objective_.budgeting != Budgeting::occurrences; }
    std::string recorded(const std::string& name) const { return name + series_; }

    const Objective& objective_;
    const RuleSettings& settings_;
    const Period period_;
    const std::string series_;
};

} // namespace slipway::slo
