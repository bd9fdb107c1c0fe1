#include "wait-for-slo/reports/answers.hpp"

#include "wait-for-slo/decision/wording.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

namespace {

std::string bad_of(const Counts& counts) {
    return events(counts.bad) + " of " + events(counts.total) + " events were bad" + (counts.total > 0 ? " (" + percent(counts.bad / counts.total) + ')' : std::string());
}

int rank(Verdict verdict) {
    switch (verdict) {
    case Verdict::violated: return 0;
    case Verdict::error: return 1;
    case Verdict::inconclusive: return 2;
    case Verdict::holds: break;
    }
    return 3;
}

/// As a whole number that is not above it: "1 in so many".
std::string one_in(double log_evidence) {
    constexpr double largest_written_out = 1e6;
    const double evidence = std::exp(log_evidence);
    if (evidence < largest_written_out) return "1 in " + events(std::floor(evidence));
    return "1 in 10^" + events(std::floor(log_evidence / std::log(10)));
}

} // namespace

const Finding& finding_of(const Result& result, std::size_t objective) {
    static const Finding unknown{Verdict::error, "nothing is known"};
    return objective < result.outcome.objectives.size() ? result.outcome.objectives[objective] : unknown;
}

std::vector<std::size_t> by_importance(const Result& result) {
    std::vector<std::size_t> order(result.found->objectives.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto key = [&](std::size_t i) { return finding_of(result, i).verdict == result.outcome.verdict ? -1 : rank(finding_of(result, i).verdict); };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
    return order;
}

std::string moment(const Result& result, Duration watched) {
    const auto after = watched + result.outcome.lead;
    auto text = format_duration(in_seconds(after)) + " after the deploy";
    if (result.outcome.since) text += " (" + clock_time(*result.outcome.since + after) + " UTC)";
    return text;
}

std::string when_it_began(const Result& result, const ObjectiveWatch& objective, const std::optional<Change>& change) {
    if (!change) {
        const auto& counts = objective.decision().counts();
        return "With the deploy: the error rate did not rise at any moment that stands out. Since then " + bad_of({counts.bad(), counts.total()}) + '.';
    }
    return "Between " + format_duration(in_seconds(change->after + result.outcome.lead)) + " and " + moment(result, change->until) + ". Before, " + bad_of(change->before) + "; since then " +
           bad_of(change->since) + '.';
}

std::string how_sure(const ObjectiveWatch& objective, Verdict verdict) {
    if (objective.objective().no_bad_event) return "Nothing is estimated: the first failed request is a violation.";
    const auto& decision = objective.decision();
    const double log_evidence = objective.ticks().empty() ? 0 : static_cast<double>(objective.ticks().back().log_evidence);
    const auto needed = "1 in " + events(std::round(decision.needed()));
    const auto release = std::string("a release which ") + (decision.has_baseline() ? "is as good as the baseline" : "keeps to what is allowed");
    if (!objective.violated()) {
        const bool ruled_out = verdict == Verdict::holds && !decision.has_baseline();
        return (ruled_out ? "It is ruled out that more than " + exact_percent(decision.policy().detectable()) + " of the events are bad. " : std::string()) +
               "Evidence of a violation: " + (log_evidence > 0 ? one_in(log_evidence) : "none") + ", where " + needed + " is needed.";
    }
    return "The probability that " + release + " ever looks like this is below " + one_in(log_evidence) + ", if its errors come one by one. " + needed + " was asked for.";
}

std::string outcome_of(const OtherAlpha& other, Duration watched) {
    return other.violated ? "violated after " + format_duration(in_seconds(*other.violated)) : "not violated within " + format_duration(in_seconds(watched));
}

TimeAxis time_axis(const Result& result, const std::optional<Change>& began) {
    const auto seconds = [&](Duration watched) { return static_cast<double>((watched + result.outcome.lead).count()) / 1000; };
    TimeAxis axis{.until = std::max(seconds(result.outcome.watched), 1.0), .deploy = result.outcome.since, .verdict = to_string(result.outcome.verdict)};
    if (began) axis.began = seconds(began->after);
    return axis;
}

std::string_view sign_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::holds: return "✓";
    case Verdict::violated: return "✕";
    case Verdict::inconclusive: return "?";
    case Verdict::error: break;
    }
    return "!";
}

} // namespace slipway::wait_for_slo
