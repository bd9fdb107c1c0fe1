#pragma once

#include <cstddef>
#include <string>

namespace slipway::wait_for_slo {

enum class Method {
    betting, ///< many bets at once, see bets.hpp
    sprt,    ///< Wald's test of one error rate against another, see sprt.hpp
};

/// What one objective is judged by.
///
/// Two error rates matter. Above `allowed()` a release is bad: when that is proven, it is violated. At `detectable()` it is so bad
/// that it must not pass: unless that is ruled out, it is inconclusive. In between either may come out of it, and mostly a pass.
struct Policy {
    double objective = 0;             ///< share of the events that must be good, above 0 and below 1
    double max_burn_rate = 1;         ///< times the error budget
    double detectable_burn_rate = 10; ///< times the error budget
    double alpha = 0.01;              ///< probability of a wrong verdict that is accepted
    std::size_t objectives = 1;       ///< that are watched at once: a violation of any of them takes the release back
    double min_events = 0;            ///< fewer are no pass
    Method method = Method::betting;
    bool early_pass = false;          ///< whether it may hold before the watch is over

    /// Share of bad events that the objective allows: exactly 0.001 for 0.999.
    double budget() const;
    /// `max_burn_rate` budgets: e0 below.
    double allowed() const;
    /// `detectable_burn_rate` budgets, and at least 2 e0; where that would reach 1, half-way between e0 and 1. e1 below.
    double detectable() const;
    /// The level of a violation. That any of several objectives is called violated by chance has probability `alpha` in all.
    double violation_alpha() const { return alpha / static_cast<double>(objectives); }
    /// The level of a pass: a tenth of alpha, for each objective. Errors clump in ways that a short watch does not show, and a bad release that
    /// passes does more harm than a good one that has to be watched longer.
    double pass_alpha() const { return alpha / 10; }
};

/// Why a policy cannot be judged by, naming the option; empty when it can.
std::string why_impossible(const Policy& policy);

} // namespace slipway::wait_for_slo
