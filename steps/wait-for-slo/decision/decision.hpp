#pragma once

#include "wait-for-slo/decision/bets.hpp"
#include "wait-for-slo/decision/comparison.hpp"
#include "wait-for-slo/decision/error_odds.hpp"
#include "wait-for-slo/decision/policy.hpp"
#include "wait-for-slo/decision/sprt.hpp"
#include "wait-for-slo/decision/error_tally.hpp"
#include "wait-for-slo/decision/verdict.hpp"

#include <string>

namespace slipway::wait_for_slo {

/// The verdict on one objective, from the counts of a watch. It knows no clock and no source: who calls it brings both.
///
/// **Without a baseline.** Violated as soon as "the error rate is e0 at most" is disproven at the policy's level of a violation.
/// At the end of the watch it holds when there were `min_events` and an error rate of e1 is ruled out at the level of a pass; the observed error
/// rate may be above e0, as half of all releases exactly at e0 are. Else it is inconclusive.
///
/// **With a baseline.** The claim to disprove is that the canary fails no more often than the baseline, see Comparison.
/// - Violated: disproven, and the canary's observed error rate is above e0. Disproven with an error rate within e0: inconclusive.
/// - Inconclusive: there was no event of the baseline, or both had an outage, which is that the 95 % confidence interval of each error
///   rate lies above e1. The verdict would be one on the outage.
/// - Holds: not disproven, `min_events`, and either e1 is ruled out, or the baseline is as bad: that the canary fails e1 / e0 times as often as the
///   baseline is ruled out at the level of a pass, and the canary's observed error rate is at most twice the baseline's.
///
/// Canary and baseline may be scraped at different times: what one has alone waits until the other has events as well. The comparison is one of
/// bets, also where the method is the SPRT, which then decides on e1 only.
///
/// In any case a violation needs errors in at least three observations, which is how long it takes at least.
class Decision {
public:
    /// Observations with bad events that a violation needs, whatever alpha: fewer may be one short outage.
    static constexpr int fewest_bad_observations = 3;

    /// @param policy  one of which why_impossible knows nothing
    explicit Decision(const Policy& policy, bool has_baseline = false);

    /// Takes in what is new since the observation before. Numbers that are none or below 0 count as 0, more bad events than events as all of them.
    ///
    /// @param elapsed  share of the watch that is over, from 0 to 1
    void observe(const TickCounts& tick, double elapsed);

    /// Whether the evidence sufficed once, with errors in enough observations.
    bool violated() const noexcept { return violated_; }
    /// Whether the policy lets a release hold before the end, and this one would with a dispersion of at least 10.
    bool may_pass_early() const;

    /// What is to be said when `violated`.
    Finding violation() const;
    /// The verdict when the watch ends now.
    Finding at_end() const;

    /// What a stake of 1 against the release has grown to, and what proves a violation. May be infinite.
    double evidence() const;
    double needed() const;

    const Policy& policy() const noexcept { return policy_; }
    bool has_baseline() const noexcept { return has_baseline_; }
    const ErrorTally& counts() const noexcept { return counts_; }
    const ErrorTally& baseline() const noexcept { return baseline_; }
    double error_rate() const noexcept { return counts_.error_rate(); }
    /// Of the error rate, with 95 % confidence and the dispersion considered; 0 to 1 without events.
    Interval interval() const { return confidence_interval(counts_.bad(), counts_.total(), counts_.dispersion()); }
    /// Whether the observed error rate of such counts is above what is allowed.
    bool exceeds_objective(double bad, double total) const { return bad > allowed_ * total * (1 + 1e-12); }
    /// Times the error budget.
    double burn_rate() const { return error_rate() / budget_; }
    /// How many more events without a bad one are needed to rule out e1 and to be `min_events`; 0 when none are.
    double missing_clean_events() const;

private:
    double log_evidence() const;
    double log_needed() const;
    bool exceeds(const ErrorTally& counts) const { return exceeds_objective(counts.bad(), counts.total()); }
    bool rules_out_detectable(double bad, double total, double dispersion) const;
    void compare(const TickCounts& tick, double elapsed);
    bool baseline_as_bad(double dispersion_at_least) const;
    bool both_had_outage() const;
    std::string numbers() const;
    std::string baseline_numbers() const;
    Finding too_few() const;

    Policy policy_;
    bool has_baseline_;
    int bad_observations_ = 0; ///< with bad events; counted up to what is needed
    bool worse_ = false;       ///< than the baseline, proven
    bool violated_ = false;
    double budget_;
    double allowed_;
    double detectable_;
    ErrorOdds odds_;
    Sprt sprt_;
    Comparison comparison_;
    TickCounts waiting_ = {}; ///< for events of the other side
    ErrorTally counts_ = {};
    ErrorTally baseline_ = {};
    Bets::Counts proof_ = {}; ///< the events that proved the violation
    Bets bets_;
};

} // namespace slipway::wait_for_slo
