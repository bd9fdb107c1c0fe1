#pragma once

#include <vector>

namespace slipway::wait_for_slo {

/// The error rate that must be ruled out before an objective is said to hold: ten times what the objective allows, and
/// where that would be everything, half-way between the allowed rate and 1.
///
/// @param allowed  share of events that may be bad, in (0, 1)
double detectable_error_rate(double allowed);

/// Fewest events on which an objective is judged at all: so many that it allows one bad event among them, and that a
/// release with the detectable error rate would pass without one with probability `alpha` at most.
double fewest_events(double allowed, double alpha);

/// How much the bad events clump: 1 when they come one by one, 10 when they come in tens.
class Dispersion {
public:
    void observe(double bad, double total);
    /// Pearson's chi-square for each degree of freedom over the observations, and at least 1.
    double value() const;

private:
    struct Counts {
        double bad;
        double total;
    };
    std::vector<Counts> observations_;
};

/// Whether so few bad events among so many would be seen with probability `alpha` at most if the true error rate were
/// `rate`.
///
/// @param dispersion  events count that much less, since clumped events say less than independent ones
bool rules_out(double rate, double bad, double total, double alpha, double dispersion);

/// How many more events without a bad one are needed before an objective may be said to hold; 0 when none are.
///
/// @param fewest  the events that are needed in any case
double clean_events_missing(double allowed, double fewest, double bad, double total, double alpha, double dispersion);

} // namespace slipway::wait_for_slo
