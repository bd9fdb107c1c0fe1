#include "wait-for-slo/decision/decision.hpp"

#include "wait-for-slo/decision/acceptance.hpp"
#include "wait-for-slo/decision/wording.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

namespace {

/// Dispersion that is assumed at least before the watch is over: what comes in clumps has perhaps not come yet.
constexpr double early_dispersion = 10;

double count_or_0(double value) { return value > 0 && std::isfinite(value) ? value : 0; }

TickCounts possible(const TickCounts& tick) {
    const double total = count_or_0(tick.total);
    const double baseline = count_or_0(tick.baseline_total);
    return {std::min(count_or_0(tick.bad), total), total, std::min(count_or_0(tick.baseline_bad), baseline), baseline};
}

} // namespace

Decision::Decision(const Policy& policy, bool has_baseline)
    : policy_(policy), has_baseline_(has_baseline), budget_(policy.budget()), allowed_(policy.allowed()), detectable_(policy.detectable()), odds_(allowed_),
      sprt_(policy), comparison_(detectable_ / allowed_), bets_(has_baseline ? Comparison::odds.size() : odds_.size()) {}

void Decision::observe(const TickCounts& given, double elapsed) {
    const auto tick = possible(given);
    counts_.observe(tick.bad, tick.total);
    if (has_baseline_) {
        baseline_.observe(tick.baseline_bad, tick.baseline_total);
        compare(tick, elapsed);
    } else if (policy_.method == Method::sprt) {
        sprt_.observe(tick.bad, tick.total);
    } else {
        bets_.observe(odds_.growth(tick.bad, tick.total), {tick.bad, tick.total}, elapsed);
    }
    if (tick.bad > 0) bad_observations_ = std::min(bad_observations_ + 1, fewest_bad_observations);
    const bool proven = bad_observations_ >= fewest_bad_observations && log_evidence() >= log_needed();
    if (has_baseline_) worse_ = worse_ || proven;
    if (violated_ || !(has_baseline_ ? worse_ && exceeds(counts_) : proven)) return;
    violated_ = true;
    const bool has_beginnings = has_baseline_ || policy_.method == Method::betting;
    proof_ = has_beginnings ? bets_.strongest() : Bets::Counts{counts_.bad(), counts_.total()};
}

void Decision::compare(const TickCounts& tick, double elapsed) {
    waiting_.bad += tick.bad;
    waiting_.total += tick.total;
    waiting_.baseline_bad += tick.baseline_bad;
    waiting_.baseline_total += tick.baseline_total;
    if (waiting_.total <= 0 || waiting_.baseline_total <= 0) return;
    comparison_.observe(waiting_);
    bets_.observe(Comparison::growth(waiting_), {waiting_.bad, waiting_.total}, elapsed);
    waiting_ = {};
}

double Decision::log_evidence() const { return policy_.method == Method::sprt && !has_baseline_ ? sprt_.log_ratio() : bets_.log_evidence(); }

double Decision::log_needed() const {
    return policy_.method == Method::sprt && !has_baseline_ ? sprt_.log_needed() : -std::log(policy_.violation_alpha());
}

double Decision::evidence() const { return std::exp(log_evidence()); }

double Decision::needed() const { return std::exp(log_needed()); }

bool Decision::rules_out_detectable(double bad, double total, double dispersion) const {
    if (policy_.method == Method::sprt) return sprt_.passes(bad, total, dispersion);
    return log_evidence_below(detectable_, bad, total, dispersion) >= -std::log(policy_.pass_alpha());
}

double Decision::missing_clean_events() const {
    const double dispersion = counts_.cautious_dispersion();
    return fewest_more([&](double more) {
        const double total = counts_.total() + more;
        return total >= policy_.min_events && rules_out_detectable(counts_.bad(), total, dispersion);
    });
}

bool Decision::baseline_as_bad(double dispersion_at_least) const {
    if (counts_.error_rate() > 2 * baseline_.error_rate()) return false;
    const double dispersion = std::max({counts_.cautious_dispersion(), baseline_.cautious_dispersion(), dispersion_at_least});
    return comparison_.log_evidence_below_ratio(dispersion) >= -std::log(policy_.pass_alpha());
}

bool Decision::both_had_outage() const {
    const auto above = [&](const ErrorTally& counts) {
        return confidence_interval(counts.bad(), counts.total(), counts.dispersion()).low > detectable_;
    };
    return above(counts_) && above(baseline_);
}

bool Decision::may_pass_early() const {
    if (!policy_.early_pass || violated_ || counts_.total() < policy_.min_events) return false;
    if (at_end().verdict != Verdict::holds) return false;
    if (rules_out_detectable(counts_.bad(), counts_.total(), std::max(counts_.cautious_dispersion(), early_dispersion))) return true;
    return has_baseline_ && baseline_as_bad(early_dispersion);
}

std::string Decision::numbers() const {
    auto text = "of " + events(counts_.total()) + " events " + events(counts_.bad()) + " were bad (" + percent(error_rate()) + "), the objective allows " +
                exact_percent(budget_) + "; burn rate " + factor(burn_rate());
    if (policy_.max_burn_rate != 1) text += " of at most " + number(policy_.max_burn_rate);
    return text;
}

std::string Decision::baseline_numbers() const {
    return events(baseline_.bad()) + " of " + events(baseline_.total()) + " were bad (" + percent(baseline_.error_rate()) + ")";
}

Finding Decision::violation() const {
    if (has_baseline_) return {Verdict::violated, numbers() + "; proven worse than the baseline, where " + baseline_numbers()};
    if (exceeds(counts_)) return {Verdict::violated, numbers()};
    return {Verdict::violated, "of the last " + events(proof_.total) + " events " + events(proof_.bad) + " were bad (" + percent(proof_.bad / proof_.total) +
                                   "), which the better ones before cannot make up for: " + numbers()};
}

Finding Decision::too_few() const {
    const double dispersion = counts_.dispersion();
    auto text = numbers() + ": ";
    const bool many = exceeds(counts_);
    text += many ? "a burn rate of " + factor(detectable_ / budget_) + " cannot be ruled out" : "too few events to tell";
    if (dispersion >= 2) text += ", as the bad ones come in clumps of about " + events(dispersion);
    return {Verdict::inconclusive, text + ", " + events(missing_clean_events()) + " more without a bad one are needed"};
}

Finding Decision::at_end() const {
    if (violated_) return violation();
    if (counts_.total() <= 0) return {Verdict::inconclusive, "there were no events: nobody used what is being watched"};
    auto text = numbers();
    if (has_baseline_) {
        if (baseline_.total() <= 0) return {Verdict::inconclusive, text + ": the baseline had no events, so there is nothing to compare with"};
        const auto baseline = "; of the baseline " + baseline_numbers();
        if (worse_) {
            return {Verdict::inconclusive, text + baseline + ": proven worse than the baseline, and still within what is allowed"};
        }
        if (both_had_outage()) return {Verdict::inconclusive, text + baseline + ": both had an outage, which says nothing about the release"};
        text += baseline;
    }
    const bool enough = counts_.total() >= policy_.min_events;
    if (enough && rules_out_detectable(counts_.bad(), counts_.total(), counts_.cautious_dispersion())) {
        if (exceeds(counts_)) text += ", not proven to be " + (has_baseline_ ? std::string("worse") : "above " + number(policy_.max_burn_rate));
        return {Verdict::holds, text};
    }
    if (enough && has_baseline_ && baseline_as_bad(1)) return {Verdict::holds, text + ": the baseline is as bad"};
    return too_few();
}

} // namespace slipway::wait_for_slo
