#include "wait-for-slo/decision/comparison.hpp"

#include <cmath>
#include <cstddef>

namespace slipway::wait_for_slo {

namespace {

/// The canary's share of the events; 0 when one of both has none.
double share_of(const TickCounts& tick) {
    if (!(tick.total > 0 && tick.baseline_total > 0)) return 0;
    return tick.total / (tick.total + tick.baseline_total);
}

} // namespace

std::array<double, Comparison::odds.size()> Comparison::growth(const TickCounts& tick) {
    std::array<double, odds.size()> logarithms = {};
    const double share = share_of(tick);
    if (share <= 0) return logarithms;
    for (std::size_t i = 0; i < odds.size(); ++i) {
        logarithms[i] = tick.bad * std::log(odds[i]) - (tick.bad + tick.baseline_bad) * std::log1p(share * (odds[i] - 1));
    }
    return logarithms;
}

void Comparison::observe(const TickCounts& tick) {
    const double share = share_of(tick);
    // A share that is 1 in binary would divide by nothing below, and there is nothing to compare with either.
    if (share <= 0 || share >= 1) return;
    for (std::size_t i = 0; i < logarithms_.size(); ++i) {
        const double q = passing_multipliers[i];
        if (tick.bad > 0) logarithms_[i] += tick.bad * std::log(q);
        logarithms_[i] += (tick.bad + tick.baseline_bad) * (std::log1p(share * (ratio_ - 1)) - std::log1p(share * (q * ratio_ - 1)));
    }
}

double Comparison::log_evidence_below_ratio(double dispersion) const {
    auto logarithms = logarithms_;
    for (double& one : logarithms) one /= dispersion;
    return best_share(logarithms);
}

} // namespace slipway::wait_for_slo
