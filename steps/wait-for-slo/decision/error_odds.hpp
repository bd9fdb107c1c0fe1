#pragma once

#include "wait-for-slo/decision/bets.hpp"

#include <array>
#include <cstddef>

namespace slipway::wait_for_slo {

/// Bets against "each event is bad with probability e0 at most".
///
/// The bet with multiplier m gains when the true error rate is near m e0: a bad event multiplies it by m, a good one by
/// (1 - m e0) / (1 - e0). At an error rate of e0 that is fair, and below it loses. The multipliers are 2, 5, 10, 20, 50, 100, 200 and 500,
/// as far as m e0 is below 1; where none is, the one that is half-way between 1 and 1 / e0.
class ErrorOdds {
public:
    /// @param allowed  e0, above 0 and below 1
    explicit ErrorOdds(double allowed);

    std::size_t size() const noexcept { return size_; }

    /// Logarithms of what the bets are multiplied by; the first `size()` of them count.
    std::array<double, Bets::most_odds> growth(double bad, double total) const;

private:
    std::size_t size_ = 0;
    std::array<double, Bets::most_odds> log_bad_ = {};
    std::array<double, Bets::most_odds> log_good_ = {};
};

} // namespace slipway::wait_for_slo
