#include "wait-for-slo/decision/bets.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace slipway::wait_for_slo {

namespace {

const double most_log_growth = std::log(10);

/// log(exp(a) + exp(b))
double log_sum(double a, double b) {
    const double high = std::max(a, b);
    return high + std::log1p(std::exp(std::min(a, b) - high));
}

} // namespace

void Bets::begin() {
    const double log_stake = std::log(stake(begins_.size()));
    for (std::size_t i = 0; i < odds_; ++i) worth_[i] = begins_.empty() ? log_stake : log_sum(worth_[i], log_stake);
    constexpr std::size_t room = 8; // no more than that is kept in reserve
    if (begins_.size() == begins_.capacity()) begins_.reserve(begins_.size() + room);
    Beginning now{.growth = {}, .counts = counts_};
    for (std::size_t i = 0; i < odds_; ++i) now.growth[i] = static_cast<float>(growth_[i]);
    begins_.push_back(now);
}

void Bets::observe(std::span<const double> growth, Counts counts, double elapsed) {
    while (begins_.size() < beginnings && static_cast<double>(begins_.size()) <= elapsed_ * beginnings) begin();
    for (std::size_t i = 0; i < odds_; ++i) {
        const double cut = std::min(growth[i], most_log_growth);
        worth_[i] += cut;
        growth_[i] += cut;
    }
    counts_.bad += counts.bad;
    counts_.total += counts.total;
    if (elapsed > elapsed_) elapsed_ = std::min(elapsed, 1.0);
}

double Bets::log_evidence() const {
    double waiting = 0;
    for (std::size_t i = begins_.size(); i < beginnings; ++i) waiting += stake(i);
    if (begins_.empty()) return 0;
    const double high = std::max(*std::max_element(worth_.begin(), worth_.begin() + static_cast<std::ptrdiff_t>(odds_)), 0.0);
    double sum = 0;
    for (std::size_t i = 0; i < odds_; ++i) sum += std::exp(worth_[i] - high);
    return high + std::log(sum / static_cast<double>(odds_) + waiting * std::exp(-high));
}

Bets::Counts Bets::strongest() const {
    double best = -std::numeric_limits<double>::infinity();
    Counts since = counts_;
    for (std::size_t start = 0; start < begins_.size(); ++start) {
        const auto& beginning = begins_[start];
        double worth = growth_[0] - static_cast<double>(beginning.growth[0]);
        for (std::size_t i = 1; i < odds_; ++i) worth = log_sum(worth, growth_[i] - static_cast<double>(beginning.growth[i]));
        worth += std::log(stake(start));
        if (worth <= best) continue;
        best = worth;
        since = {counts_.bad - beginning.counts.bad, counts_.total - beginning.counts.total};
    }
    return since;
}

} // namespace slipway::wait_for_slo
