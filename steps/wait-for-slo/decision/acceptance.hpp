#pragma once

#include <array>
#include <functional>

namespace slipway::wait_for_slo {

/// Multipliers of the bets that an error rate, or a ratio of two, is below what must be ruled out.
constexpr std::array<double, 6> passing_multipliers = {0, 0.01, 0.03, 0.1, 0.2, 0.5};

/// Logarithm of the evidence against "each event is bad with probability `rate` at least".
///
/// The mirror of ErrorOdds: a bet with multiplier q is multiplied by q for a bad event and by (1 - q rate) / (1 - rate) for a good one; the
/// stake is spread evenly over `passing_multipliers`. Evidence of 1/alpha rules the rate out: by Ville's inequality that happens with
/// probability alpha at most while it is true, whenever one looks, if errors are independent. There is no cut and no later
/// beginning: what counts is the whole watch, and cut off clumps of errors would make a bad release look better.
///
/// The bets are not added up: the best one must do with its sixth of the stake. That costs a sixth more events, and makes the number of
/// clean events that rule a rate out one that can be told: log(6 / alpha) / -log(1 - rate), 866 for 1 % at a level of 0.001.
///
/// @param dispersion  bad and all events count so much less, since clumped ones say less
double log_evidence_below(double rate, double bad, double total, double dispersion);

/// The fewest more, as a whole number, for which `enough` is true; 0 when it is already.
///
/// @param enough  false up to some number and true from there on, which is given up above 1e15
double fewest_more(const std::function<bool(double more)>& enough);

/// The largest of the logarithms, less that of their number: the best bet with its share of the stake.
double best_share(const std::array<double, passing_multipliers.size()>& logarithms);

} // namespace slipway::wait_for_slo
