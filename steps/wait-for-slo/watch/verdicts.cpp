// How a watch comes to its verdict.
#include "wait-for-slo/watch/watch.hpp"

#include "core/text.hpp"
#include "wait-for-slo/decision/wording.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

std::string hint_of(const QueryMistake& mistake) {
    return mistake.hint.empty() ? "correct the selector; if it is right, every single event is bad and has been for a day" : mistake.hint;
}

} // namespace

Outcome Watch::with(Verdict verdict, std::string reason, std::string hint) const {
    Outcome outcome{.verdict = verdict, .code = exit_code_of(verdict), .reason = std::move(reason), .hint = std::move(hint), .since = since_, .lead = lead_, .watched = watched_};
    outcome.objectives.assign(objectives_.size(), {verdict, outcome.reason});
    outcome.analyses.assign(analyses_.size(), {verdict, outcome.reason});
    return outcome;
}

std::vector<Finding> Watch::of_analyses(When when) const {
    std::vector<Finding> findings;
    for (const auto& analysis : analyses_) {
        const auto decided = analysis->decided();
        if (decided) findings.push_back(*decided);
        else if (when == When::at_end) findings.push_back(analysis->at_end());
        else findings.push_back({Verdict::inconclusive, "not decided when the watch ended"});
    }
    return findings;
}

/// What all findings together say: a violation of one is one of the release, and it holds when all do.
Outcome Watch::with_worst(std::vector<Finding> objectives, std::vector<Finding> analyses, const std::map<std::size_t, std::string>& mistakes) const {
    std::vector<std::pair<std::string, Finding>> all;
    for (std::size_t i = 0; i < objectives.size(); ++i) all.emplace_back(objectives_[i].objective().name, objectives[i]);
    for (std::size_t i = 0; i < analyses.size(); ++i) all.emplace_back(analyses_[i]->name(), analyses[i]);
    const std::string kind = analyses.empty() ? " objectives" : objectives.empty() ? " checks" : " objectives and checks";
    for (const auto verdict : {Verdict::violated, Verdict::error, Verdict::inconclusive, Verdict::holds}) {
        const auto is_such = [&](const auto& one) { return one.second.verdict == verdict; };
        const auto first = std::find_if(all.begin(), all.end(), is_such);
        if (first == all.end()) continue;
        const auto same = std::count_if(all.begin(), all.end(), is_such);
        auto reason = first->second.reason;
        if (all.size() > 1) {
            reason = first->first + ": " + reason;
            if (verdict == Verdict::holds) reason = "all " + std::to_string(all.size()) + kind + "; " + reason;
            else if (same > 1) reason += " (and " + std::to_string(same - 1) + " more " + to_string(verdict) + ')';
        }
        auto outcome = with(verdict, std::move(reason));
        const auto mistake = mistakes.find(static_cast<std::size_t>(first - all.begin()));
        if (mistake != mistakes.end()) {
            outcome.hint = mistake->second;
            outcome.code = ExitCode::misuse;
        }
        outcome.objectives = std::move(objectives);
        outcome.analyses = std::move(analyses);
        return outcome;
    }
    return with(Verdict::inconclusive, "nothing was watched");
}

/// Every event is bad because the selector of the good ones, or the address of a probe, is mistyped.
Finding Watch::of_mistake(std::size_t objective, const QueryMistake& mistake) const {
    const auto& watched = objectives_[objective];
    if (!watched.objective().has_selectors) return {Verdict::error, mistake.message};
    return {Verdict::error, mistake.message + ", while total counted " + events(watched.newest()->counts.total) + " events: " + watched.objective().numerator};
}

std::optional<Outcome> Watch::found_violated() {
    const auto is_proven = [](const ObjectiveWatch& objective) { return objective.violated() && objective.newest()->numerator_matches; };
    const bool any_proven = std::any_of(objectives_.begin(), objectives_.end(), is_proven);
    std::vector<Finding> findings;
    std::map<std::size_t, std::string> mistakes;
    for (std::size_t i = 0; i < objectives_.size(); ++i) {
        const auto& objective = objectives_[i];
        if (!objective.violated() || (any_proven && !is_proven(objective))) {
            findings.push_back({Verdict::inconclusive, "not decided when another objective was violated"});
            continue;
        }
        if (!is_proven(objective)) {
            // Every event is bad, or the query is wrong; only the past can tell which.
            std::optional<QueryMistake> mistake;
            if (!attempt([&] { mistake = source_.mistake_in(i); }, unanswered_)) return std::nullopt;
            if (mistake) {
                findings.push_back(of_mistake(i, *mistake));
                mistakes.emplace(i, hint_of(*mistake));
                continue;
            }
        }
        findings.push_back(objective.violation());
    }
    return with_worst(std::move(findings), of_analyses(When::now), mistakes);
}

Outcome Watch::hopeless() {
    std::vector<Finding> findings;
    std::string hint;
    for (const auto& objective : objectives_) {
        if (!objective.hopeless()) {
            findings.push_back({Verdict::inconclusive, "not decided when another objective could not be told"});
            continue;
        }
        if (hint.empty() && objective.doubt()) hint = objective.doubt()->hint;
        findings.push_back(objective.could_not_tell());
    }
    auto outcome = with_worst(std::move(findings), of_analyses(When::now));
    if (outcome.verdict == Verdict::error) outcome.hint = hint; // a check may be violated at the same time
    return outcome;
}

Outcome Watch::at_the_end() {
    const auto unseen = std::chrono::duration_cast<Duration>(context_.clock.steady() - version_seen_);
    if (!new_version_ && unseen > patience(interval())) {
        return with(Verdict::inconclusive, "the new version is not there any more since " + format_duration(in_seconds(unseen)));
    }
    std::vector<Finding> findings;
    std::map<std::size_t, std::string> mistakes;
    bool answers = true;
    for (std::size_t i = 0; i < objectives_.size(); ++i) {
        const auto& newest = objectives_[i].newest();
        findings.push_back(objectives_[i].at_end(patience(newest ? newest->interval : Duration{0}), watched_));
        if (!answers || !objectives_[i].seems_mistyped() || findings.back().verdict != Verdict::inconclusive) continue;
        try {
            const auto mistake = source_.mistake_in(i);
            if (!mistake) continue;
            findings.back() = of_mistake(i, *mistake);
            mistakes.emplace(i, hint_of(*mistake));
        } catch (const Error& error) {
            // It is inconclusive in any case, so that an answer that does not come changes nothing.
            context_.log.debug(std::string("it is not known whether a selector is mistyped: ") + error.what());
            answers = false;
        }
    }
    return with_worst(std::move(findings), of_analyses(When::at_end), mistakes);
}

/// Whether all has been seen that was to be seen.
bool Watch::is_complete() const {
    const bool over = elapsed() >= 1;
    const bool objectives = std::all_of(objectives_.begin(), objectives_.end(), [](const ObjectiveWatch& objective) { return objective.is_over(); });
    const bool analyses = std::all_of(analyses_.begin(), analyses_.end(), [&](const auto& analysis) { return analysis->decided() || (over && !analysis->ends_by_itself()); });
    return objectives && analyses && (over || !analyses_.empty());
}

std::optional<Outcome> Watch::decided() {
    const auto any = [&](auto is) { return std::any_of(objectives_.begin(), objectives_.end(), is); };
    if (any([](const ObjectiveWatch& objective) { return objective.violated(); })) {
        return found_violated();
    }
    if (any([](const ObjectiveWatch& objective) { return objective.hopeless(); })) return hopeless();
    // As the controllers do, whose rules these are: a check that came to another verdict ends the rest.
    const auto stops = [](const auto& analysis) { const auto finding = analysis->decided(); return finding && finding->verdict != Verdict::holds; };
    if (std::any_of(analyses_.begin(), analyses_.end(), stops)) {
        return with_worst(std::vector<Finding>(objectives_.size(), {Verdict::inconclusive, "not decided when a check ended the watch"}), of_analyses(When::now));
    }
    if (is_complete()) return at_the_end();
    const bool all_decided = std::all_of(analyses_.begin(), analyses_.end(), [](const auto& analysis) { return analysis->decided().has_value(); });
    const bool early = settings_.early_pass && !objectives_.empty() && all_decided && new_version_ && !any([](const ObjectiveWatch& objective) { return !objective.may_pass_early(); });
    if (!early) return std::nullopt;
    // What is not known yet, the rest of the watch may show.
    auto outcome = at_the_end();
    return outcome.verdict == Verdict::holds ? std::optional(std::move(outcome)) : std::nullopt;
}

Outcome Watch::cancelled(const Cancelled& signal) const {
    auto outcome = with(Verdict::inconclusive, "cancelled after " + format_duration(in_seconds(watched_)) + (since_ ? "" : ", before the watch began"));
    outcome.code = signal.code();
    return outcome;
}

Findings Watch::take_findings(const Outcome& outcome) {
    Findings found{.command = std::move(command_), .watch = settings_.watch};
    for (std::size_t i = 0; i < objectives_.size(); ++i) found.series.push_back(source_.series_of(i));
    found.objectives = std::move(objectives_);
    for (std::size_t i = 0; i < analyses_.size(); ++i) found.analyses.push_back({analyses_[i]->name(), outcome.analyses[i], analyses_[i]->metrics()});
    return found;
}

} // namespace slipway::wait_for_slo
