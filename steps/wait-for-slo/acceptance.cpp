#include "acceptance.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

namespace {

/// Probability of at most `most` bad events of `total`, each bad with probability `rate`.
double at_most(double most, double total, double rate) {
    // Downwards, because below the expected number the terms only shrink: a million bad events need a few hundred of them.
    double sum = 0;
    for (double k = std::min(most, total); k >= 0; --k) {
        const double term = std::exp(std::lgamma(total + 1) - std::lgamma(k + 1) - std::lgamma(total - k + 1) + k * std::log(rate) +
                                     (total - k) * std::log1p(-rate));
        sum += term;
        if (k < rate * total && term <= sum * 1e-17) break;
    }
    return sum;
}

} // namespace

double detectable_error_rate(double allowed) { return 10 * allowed < 1 ? 10 * allowed : (1 + allowed) / 2; }

double fewest_events(double allowed, double alpha) {
    const double clean = std::log(alpha) / std::log1p(-detectable_error_rate(allowed));
    // 1/0.001 is a little more than 1000 in binary, which must not become 1001.
    return std::ceil(std::max(1 / allowed, clean) - 1e-6);
}

void Dispersion::observe(double bad, double total) {
    if (total > 0) observations_.push_back({bad, total});
}

double Dispersion::value() const {
    double bad = 0;
    double total = 0;
    for (const auto& one : observations_) {
        bad += one.bad;
        total += one.total;
    }
    const double rate = total > 0 ? bad / total : 0;
    if (rate <= 0 || rate >= 1 || observations_.size() < 2) return 1;
    double chi_square = 0;
    for (const auto& one : observations_) {
        const double expected = rate * one.total;
        chi_square += (one.bad - expected) * (one.bad - expected) / (expected * (1 - rate));
    }
    return std::max(1.0, chi_square / static_cast<double>(observations_.size() - 1));
}

bool rules_out(double rate, double bad, double total, double alpha, double dispersion) {
    // More bad events than that rate would give rule out nothing, and their sum below would be a long one.
    if (total <= 0 || bad >= rate * total) return false;
    return at_most(std::ceil(bad / dispersion), std::floor(total / dispersion), rate) <= alpha;
}

double clean_events_missing(double allowed, double fewest, double bad, double total, double alpha, double dispersion) {
    const double rate = detectable_error_rate(allowed);
    const auto enough = [&](double more) {
        const double events = total + more;
        return events >= fewest && bad <= allowed * events * (1 + 1e-12) && rules_out(rate, bad, events, alpha, dispersion);
    };
    if (enough(0)) return 0;
    double high = 1;
    while (!enough(high)) high *= 2;
    double low = high / 2;
    while (high - low > 1) {
        const double middle = std::floor((low + high) / 2);
        (enough(middle) ? high : low) = middle;
    }
    return high;
}

} // namespace slipway::wait_for_slo
