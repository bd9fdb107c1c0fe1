#pragma once

#include "wait-for-slo/decision/acceptance.hpp"
#include "wait-for-slo/decision/bets.hpp"

#include <array>

namespace slipway::wait_for_slo {

/// New events of a canary and of its baseline, since the observation before.
struct TickCounts {
    double bad = 0;
    double total = 0;
    double baseline_bad = 0;
    double baseline_total = 0;
};

/// Compares a canary with a baseline that serves at the same time, so that what hits both cancels.
///
/// Given that an event was bad, the canary has served it with probability
///
///     rho pi / (1 + pi (rho - 1))
///
/// where pi is the canary's share of all events of the observation, and rho how many times as often it fails; how often both fail drops
/// out. So against "rho is 1 at most" a bet on rho is multiplied by rho / (1 + pi (rho - 1)) for each error of the canary and by
/// 1 / (1 + pi (rho - 1)) for each of the baseline. pi belongs to one observation: a canary that gets more and more traffic is
/// compared rightly. Exact where errors are rare, and cautious where they are not; an observation that has only one of both says nothing.
///
/// @source the conditional test of two Poisson rates, Przyborowski and Wilenski (1940); as a bet: see Bets
class Comparison {
public:
    static constexpr std::array<double, 4> odds = {2, 5, 10, 50};

    /// @param ratio  times the baseline's error rate that is to be ruled out before the baseline is called as bad, above 1
    explicit Comparison(double ratio) : ratio_(ratio) {}

    /// Logarithms of what the bets that the canary is worse are multiplied by, in the order of `odds`.
    static std::array<double, odds.size()> growth(const TickCounts& tick);

    void observe(const TickCounts& tick);

    /// Logarithm of the evidence against "rho is `ratio` at least": the mirrored bets, on `passing_multipliers` times that.
    ///
    /// @param dispersion  events count so much less
    double log_evidence_below_ratio(double dispersion) const;

private:
    double ratio_;
    std::array<double, passing_multipliers.size()> logarithms_ = {};
};

} // namespace slipway::wait_for_slo
