#include "sequential_test.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

namespace {

constexpr std::size_t beginnings = 40;
constexpr double most_growth = 10;

} // namespace

SequentialTest::SequentialTest(double allowed, double alpha) : allowed_(allowed), alpha_(alpha) {
    for (const double multiplier : {2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0}) {
        if (multiplier * allowed < 1) multipliers_.push_back(multiplier);
    }
    if (multipliers_.empty()) multipliers_.push_back((1 + 1 / allowed) / 2);
    for (std::size_t i = 0; i < beginnings; ++i) {
        bets_.push_back({.begins = static_cast<double>(i) / beginnings,
                         .stake = i == 0 ? 0.5 : 0.5 / (beginnings - 1),
                         .logarithms = std::vector<double>(multipliers_.size(), 0.0)});
    }
}

void SequentialTest::observe(double bad, double total, double elapsed) {
    for (auto& bet : bets_) {
        // A bet is on what comes after its beginning, so that nobody knows yet how it ends.
        if (bet.begins > elapsed_ || total <= 0) continue;
        bet.counts.bad += bad;
        bet.counts.total += total;
        for (std::size_t i = 0; i < multipliers_.size(); ++i) {
            const double m = multipliers_[i];
            const double growth = bad * std::log(m) + (total - bad) * std::log((1 - m * allowed_) / (1 - allowed_));
            bet.logarithms[i] += std::min(growth, std::log(most_growth));
        }
    }
    elapsed_ = std::max(elapsed_, elapsed);
}

double SequentialTest::worth(const Bet& bet) const {
    double sum = 0;
    for (const double logarithm : bet.logarithms) sum += std::exp(logarithm);
    return bet.stake * sum / static_cast<double>(multipliers_.size());
}

double SequentialTest::evidence() const {
    double sum = 0;
    for (const auto& bet : bets_) sum += worth(bet);
    return sum;
}

SequentialTest::Counts SequentialTest::strongest() const {
    return std::max_element(bets_.begin(), bets_.end(), [this](const Bet& a, const Bet& b) { return worth(a) < worth(b); })->counts;
}

} // namespace slipway::wait_for_slo
