#pragma once

#include "core/duration.hpp"
#include "wait-for-slo/watch/objective_watch.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

// What the looks of a watch tell afterwards.
namespace slipway::wait_for_slo {

/// Neighbouring looks taken together. Times are seconds since the watch began.
struct Stretch {
    double from = 0;
    double until = 0;
    Counts counts;         ///< of these looks
    Counts so_far;         ///< since the watch began
    Interval range;        ///< of the error rate so far, with 95 % confidence and the dispersion considered
    double log_evidence = 0; ///< after them

    double rate_so_far() const { return so_far.total > 0 ? so_far.bad / so_far.total : 0; }
};

/// All looks, in stretches of equally many, so that there are `most` at most.
/// @param lead  how long before the watch the counting begins
std::vector<Stretch> stretches(std::span<const Tick> ticks, std::size_t most, Duration lead = Duration{0});

/// When events began to fail more often.
struct Change {
    Duration after{0}; ///< the last look before it, since the watch began
    Duration until{0}; ///< the first look that shows it; it happened in between, or as much earlier as scrapes are apart
    Counts before;
    Counts since;
};

/// The likeliest moment of a single rise of the error rate: where two error rates, one before and one since, explain the counts best. Nothing when no
/// moment stands out, which is when the error rate was the same all the time: then it began with the watch or before.
///
/// A moment stands out when the logarithm of the likelihood ratio against one error rate for all, divided by the dispersion within both parts, is
/// at least log(100 looks). For a single moment, counts without a change reach log(x) in about one of x cases, so that among all moments together
/// that happens in about one of a hundred.
///
/// @source Hinkley, "Inference about the change-point in a sequence of binomial variables" (1970)
std::optional<Change> change_point(std::span<const Tick> ticks);

/// When a violated objective began to be so: the change point, or the first bad event where none is allowed. Nothing for one that is not violated.
std::optional<Change> beginning_of(const ObjectiveWatch& objective);

/// What another alpha would have said.
struct OtherAlpha {
    double alpha = 0;
    double needed = 0;                        ///< evidence
    std::optional<Duration> violated = {};    ///< after so much of the watch; nothing: not in what was watched
    bool used = false;                        ///< it is the one that decided
};

/// For alphas of 0.1 to 0.0001 and the one that was used, the largest first. What the evidence is does not depend on alpha, what is needed does;
/// so it is certain when a violation would have been proven, unless the watch had ended by then. Whether such a release would have passed is
/// not said: the looks that were not made are missing. None where no bad event is allowed, which is not tested.
std::vector<OtherAlpha> with_other_alphas(const ObjectiveWatch& objective);

} // namespace slipway::wait_for_slo
