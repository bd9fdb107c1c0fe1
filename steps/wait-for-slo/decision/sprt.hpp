#pragma once

#include "wait-for-slo/decision/policy.hpp"

namespace slipway::wait_for_slo {

/// Wald's sequential probability ratio test of the error rate e1 against e0, for those who want a test with one alternative.
///
/// The ratio of the two likelihoods is the bet with the single multiplier e1 / e0. It proves a violation at (1 - beta) / alpha, and is a pass at
/// beta / (1 - alpha), where beta = alpha. Among all tests with these error probabilities it needs the fewest events when the true error rate is e0 or
/// e1 and errors are independent; it is slower than the many bets of ErrorOdds where errors clump, where the error rate is well between e0 and
/// e1, and where a release goes wrong late.
///
/// It differs from the textbook in three points:
/// - An observation multiplies the ratio that proves a violation by ten at most, like a bet, for the same reason: clumped errors.
/// - The ratio for the pass is not cut, which would make a bad release look better, but divided by the dispersion.
/// - Nothing ends the test before the watch is over but a violation. It has one beginning only: what goes wrong late in a
///   long good watch is found late.
///
/// @source Wald, "Sequential tests of statistical hypotheses" (1945)
class Sprt {
public:
    explicit Sprt(const Policy& policy);

    void observe(double bad, double total);

    /// Logarithm of the ratio that proves a violation.
    double log_ratio() const noexcept { return log_ratio_; }
    double log_needed() const noexcept { return log_needed_; }
    bool violated() const noexcept { return log_ratio_ >= log_needed_ && log_ratio_ > 0; }

    /// Whether so many bad events among so many are a pass.
    bool passes(double bad, double total, double dispersion) const;

private:
    double log_of(double bad, double total) const { return bad * log_bad_ + (total - bad) * log_good_; }

    double log_bad_;
    double log_good_;
    double log_needed_;
    double log_pass_;
    double log_ratio_ = 0;
};

} // namespace slipway::wait_for_slo
