#include "wait-for-slo/decision/error_odds.hpp"

#include "slo/objective.hpp"

#include <cmath>

namespace slipway::wait_for_slo {

ErrorOdds::ErrorOdds(double allowed) {
    const auto add = [&](double multiplier) {
        log_bad_[size_] = std::log(multiplier);
        log_good_[size_] = std::log1p(-multiplier * allowed) - std::log1p(-allowed);
        ++size_;
    };
    for (const double multiplier : {2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0}) {
        if (slo::rounded(multiplier * allowed) < 1) add(multiplier);
    }
    if (size_ == 0) add((1 + 1 / allowed) / 2);
}

std::array<double, Bets::most_odds> ErrorOdds::growth(double bad, double total) const {
    std::array<double, Bets::most_odds> logarithms = {};
    for (std::size_t i = 0; i < size_; ++i) logarithms[i] = bad * log_bad_[i] + (total - bad) * log_good_[i];
    return logarithms;
}

} // namespace slipway::wait_for_slo
