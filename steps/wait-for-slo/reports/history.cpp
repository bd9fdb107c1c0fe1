#include "wait-for-slo/reports/history.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace slipway::wait_for_slo {

namespace {

/// What a part of the looks adds up to.
struct Sums {
    double bad = 0;
    double total = 0;
    double squares = 0; ///< of bad * bad / total

    void add(const Tick& tick) {
        if (tick.total == 0) return;
        bad += tick.bad;
        total += tick.total;
        squares += static_cast<double>(tick.bad) * tick.bad / tick.total;
    }
    Sums operator-(const Sums& other) const { return {bad - other.bad, total - other.total, squares - other.squares}; }

    double rate() const { return total > 0 ? bad / total : 0; }
    double log_likelihood() const {
        const auto part = [this](double count) { return count > 0 ? count * std::log(count / total) : 0; };
        return part(bad) + part(total - bad);
    }
    double chi_square() const {
        const double share = rate();
        return share > 0 && share < 1 ? (squares - bad * share) / (share * (1 - share)) : 0;
    }
};

std::optional<Change> first_bad_event(std::span<const Tick> ticks) {
    Change change;
    for (const auto& tick : ticks) {
        const bool is_since = tick.bad > 0 || change.since.bad > 0;
        if (is_since && change.since.bad == 0) change.until = Duration{tick.milliseconds};
        if (!is_since) change.after = Duration{tick.milliseconds};
        auto& part = is_since ? change.since : change.before;
        part.bad += tick.bad;
        part.total += tick.total;
    }
    return change.since.bad > 0 ? std::optional(change) : std::nullopt;
}

} // namespace

std::vector<Stretch> stretches(std::span<const Tick> ticks, std::size_t most, Duration lead) {
    const auto seconds = [](double milliseconds) { return milliseconds / 1000; };
    const auto together = std::max<std::size_t>(1, (ticks.size() + most - 1) / most);
    std::vector<Stretch> all;
    ErrorTally tally;
    double begin = seconds(-static_cast<double>(lead.count()));
    for (std::size_t i = 0; i < ticks.size(); i += together) {
        Stretch stretch{.from = begin, .counts = {}, .so_far = {}, .range = {}};
        for (const auto& tick : ticks.subspan(i, std::min(together, ticks.size() - i))) {
            stretch.counts.bad += tick.bad;
            stretch.counts.total += tick.total;
            tally.observe(tick.bad, tick.total);
            stretch.until = seconds(tick.milliseconds);
            stretch.log_evidence = static_cast<double>(tick.log_evidence);
        }
        stretch.so_far = {tally.bad(), tally.total()};
        stretch.range = confidence_interval(tally.bad(), tally.total(), tally.dispersion());
        begin = stretch.until;
        all.push_back(stretch);
    }
    return all;
}

std::optional<Change> change_point(std::span<const Tick> ticks) {
    Sums all;
    for (const auto& tick : ticks) all.add(tick);
    std::size_t best = 0;
    double most_likely = 0;
    Sums before;
    Sums before_best;
    for (std::size_t i = 1; i < ticks.size(); ++i) {
        before.add(ticks[i - 1]);
        const auto since = all - before;
        if (before.total <= 0 || since.total <= 0 || before.rate() >= since.rate()) continue;
        const double likelihood = before.log_likelihood() + since.log_likelihood();
        if (best != 0 && likelihood <= most_likely) continue;
        best = i;
        most_likely = likelihood;
        before_best = before;
    }
    if (best == 0) return std::nullopt;
    const auto since = all - before_best;
    const double freedom = std::max(1.0, static_cast<double>(ticks.size()) - 2);
    const double dispersion = std::max(1.0, (before_best.chi_square() + since.chi_square()) / freedom);
    if ((most_likely - all.log_likelihood()) / dispersion < std::log(100.0 * static_cast<double>(ticks.size()))) return std::nullopt;
    return Change{.after = Duration{ticks[best - 1].milliseconds}, .until = Duration{ticks[best].milliseconds}, .before = {before_best.bad, before_best.total}, .since = {since.bad, since.total}};
}

std::optional<Change> beginning_of(const ObjectiveWatch& objective) {
    if (!objective.violated()) return std::nullopt;
    return objective.objective().no_bad_event ? first_bad_event(objective.ticks()) : change_point(objective.ticks());
}

std::vector<OtherAlpha> with_other_alphas(const ObjectiveWatch& objective) {
    if (objective.objective().no_bad_event) return {};
    const auto& decision = objective.decision();
    std::vector<double> alphas = {0.1, 0.05, 0.01, 0.001, 0.0001};
    const double used = decision.policy().alpha;
    if (std::find(alphas.begin(), alphas.end(), used) == alphas.end()) alphas.push_back(used);
    std::sort(alphas.begin(), alphas.end(), std::greater<>());
    std::vector<OtherAlpha> outcomes;
    for (const double alpha : alphas) {
        auto policy = decision.policy();
        policy.alpha = alpha;
        OtherAlpha outcome{.alpha = alpha, .needed = Decision(policy, decision.has_baseline()).needed(), .used = alpha == used};
        // The evidence was rounded when it was kept.
        const auto log_needed = static_cast<float>(std::log(outcome.needed));
        int bad_observations = 0;
        bool proven = false;
        Counts counts;
        for (const auto& tick : objective.ticks()) {
            counts.bad += tick.bad;
            counts.total += tick.total;
            bad_observations += tick.bad > 0;
            proven = proven || (bad_observations >= Decision::fewest_bad_observations && tick.log_evidence >= log_needed);
            // Worse than the baseline and within the objective is no violation.
            if (!proven || (decision.has_baseline() && !decision.exceeds_objective(counts.bad, counts.total))) continue;
            outcome.violated = Duration{tick.milliseconds};
            break;
        }
        outcomes.push_back(outcome);
    }
    return outcomes;
}

} // namespace slipway::wait_for_slo
