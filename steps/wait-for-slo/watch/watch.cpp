#include "wait-for-slo/watch/watch.hpp"

#include "core/text.hpp"
#include "wait-for-slo/decision/wording.hpp"
#include "wait-for-slo/watch/progress.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

constexpr Duration shortest_pause{1'000};
/// Targets are not scraped all at the same moment: looking more often than they are scraped shows the errors of some sooner.
constexpr Duration longest_pause{5'000};
/// Between looks that fail, at most: a server that starts anew needs some seconds, and only so many looks may fail.
constexpr Duration longest_pause_after_failure{15'000};
constexpr Duration shortest_pause_after_failure{5'000};
/// After which it is worth a word that nothing is there to be counted.
constexpr Duration time_to_be_seen{15'000};
/// Scrapes are delayed now and then, on busy machines above all.
constexpr Duration always_fresh{5'000};

Duration in_seconds(Duration duration) { return duration - duration % 1000; }

template <class Names> std::string some_of(const Names& names) {
    constexpr std::size_t most = 5;
    std::vector<std::string> shown(names.begin(), std::next(names.begin(), static_cast<std::ptrdiff_t>(std::min(names.size(), most))));
    if (names.size() > most) shown.push_back("and " + std::to_string(names.size() - most) + " more");
    return join(shown, "; ");
}

std::string hint_of(const QueryMistake& mistake) {
    return mistake.hint.empty() ? "correct the selector; if it is right, every single event is bad and has been for a day" : mistake.hint;
}

} // namespace

Watch::Watch(Source& source, WatchSettings settings, cli::Context& context) : source_(source), settings_(std::move(settings)), context_(context) {
    objectives_.reserve(settings_.objectives.size());
    for (auto& objective : settings_.objectives) objectives_.emplace_back(std::move(objective), settings_.max_errors);
    settings_.objectives = {};
}

double Watch::elapsed() const { return std::min(static_cast<double>(watched_.count()) / static_cast<double>(settings_.watch.count()), 1.0); }

/// Time between two scrapes, the longest of all.
Duration Watch::interval() const {
    Duration longest{0};
    for (const auto& objective : objectives_) {
        if (objective.newest()) longest = std::max(longest, objective.newest()->interval);
    }
    return longest;
}

/// Time without a scrape, or without the new version, that is no reason for doubt.
Duration Watch::patience() const { return std::max(interval() * 3, always_fresh); }

Duration Watch::pause() const {
    Duration pause = settings_.interval;
    if (pause == Duration{0}) {
        pause = failures_ > 0 ? std::clamp(interval(), shortest_pause_after_failure, longest_pause_after_failure) : std::clamp(interval() / 3, shortest_pause, longest_pause);
    }
    if (began_ != io::Steady{} && failures_ == 0 && settings_.watch > watched_) pause = std::min(pause, settings_.watch - watched_);
    return pause;
}

template <class Look> auto Watch::attempt(Look look, long& failures) -> std::optional<decltype(look())> {
    try {
        auto result = look();
        if (failures > 0 || not_ready_) context_.log.info("it answers again");
        failures = 0;
        not_ready_ = false;
        return result;
    } catch (const NotReady& error) {
        if (!not_ready_) context_.log.warning(std::string("the server is not ready yet, it is waited for: ") + error.what());
        not_ready_ = true;
        return std::nullopt;
    } catch (const Error& error) {
        if (error.code() != ExitCode::world || dynamic_cast<const io::LastingError*>(&error) != nullptr) throw;
        not_ready_ = false;
        if (++failures >= settings_.max_errors) {
            auto diagnostic = error.diagnostics().front();
            diagnostic.message = "could not tell, " + count_of(static_cast<std::size_t>(failures), "look") + " in a row failed: " + diagnostic.message;
            throw Error(ExitCode::world, diagnostic);
        }
        context_.log.warning("this look does not count (" + std::to_string(failures) + " of at most " + std::to_string(settings_.max_errors) + " in a row): " + error.what());
        return std::nullopt;
    }
}

std::optional<Timestamp> Watch::wait_for_start() {
    const auto begin = context_.clock.steady();
    const auto limit = settings_.waits_for_start ? settings_.start_timeout : settings_.watch;
    bool waited = false;
    for (;;) {
        const auto seen = attempt([&] { return source_.begin(); });
        if (seen && seen->since) {
            if (waited) context_.log.info("the new version serves");
            return seen->since;
        }
        const auto passed = std::chrono::duration_cast<Duration>(context_.clock.steady() - begin);
        if (not_ready_ && passed >= limit) throw world_failure("could not tell: the server was not ready within " + format_duration(limit));
        if (seen) {
            missing_ = seen->missing;
            // While the server does not answer, nobody knows whether the version is there.
            if (passed >= settings_.start_timeout) return std::nullopt;
            waited = true;
            context_.log.progress("waiting for the new version, " + format_duration(in_seconds(passed)) + " of " + format_duration(settings_.start_timeout) + ": " + missing_);
        }
        auto next = pause();
        if (failures_ == 0 && limit > passed) next = std::min(next, limit - passed);
        context_.clock.sleep_for(next);
    }
}

/// What people should know, once.
void Watch::remark(const Reading& reading) {
    std::set<std::string> down;
    std::vector<std::string> old;
    for (const auto& objective : reading.objectives) {
        down.insert(objective.down.begin(), objective.down.end());
        if (old.empty()) old = objective.old;
    }
    if (!down.empty() && down != down_) context_.log.warning("cannot be scraped at the moment: " + some_of(down));
    down_ = std::move(down);
    const auto unseen = std::find_if(reading.objectives.begin(), reading.objectives.end(), [](const ObjectiveReading& objective) { return !objective.total_matches; });
    if (unseen != reading.objectives.end() && watched_ >= time_to_be_seen && !said_unseen_) {
        said_unseen_ = true;
        const auto& objective = objectives_[static_cast<std::size_t>(unseen - reading.objectives.begin())].objective();
        context_.log.warning("no series matches the total selector so far: " + objective.total);
        context_.log.hint(io::LogLevel::warning, "is it spelled as the service exposes it, and do the conditions fit? A counter may also be absent until its first event");
    }
    if (old.empty() || said_old_ || settings_.knows_version) return;
    said_old_ = true;
    context_.log.warning("processes that began before " + format_timestamp(*since_) + " serve, too: " + some_of(old));
    context_.log.hint(io::LogLevel::warning, "if they are of the old version, they dilute the errors of the new one: tell them apart with --where, or wait with --start-when");
}

void Watch::take(const Reading& reading) {
    // What is wrong with a target is wrong with all objectives of it.
    constexpr std::size_t most_doubts = 5;
    std::size_t doubts = 0;
    for (std::size_t i = 0; i < objectives_.size(); ++i) {
        auto& objective = objectives_[i];
        const auto failures = objective.failures();
        const auto doubt = objective.take(reading.objectives[i], watched_, elapsed());
        if (doubt.empty() || objective.hopeless() || objective.failures() == failures) continue;
        if (++doubts > most_doubts) continue;
        const auto name = objectives_.size() > 1 ? objective.objective().name + ": " : std::string();
        context_.log.warning(name + "this look does not count (" + std::to_string(objective.failures()) + " of at most " + std::to_string(settings_.max_errors) + " in a row): " + doubt);
    }
    if (doubts > most_doubts) context_.log.warning("the same of " + count_of(doubts - most_doubts, "more objective"));
    new_version_ = reading.new_version;
    if (new_version_) version_seen_ = context_.clock.steady();
    remark(reading);
}

void Watch::show_progress() const { context_.log.progress(progress_line(objectives_, watched_, settings_.watch)); }

Outcome Watch::with(Verdict verdict, std::string reason, std::string hint) const {
    Outcome outcome{.verdict = verdict, .code = exit_code_of(verdict), .reason = std::move(reason), .hint = std::move(hint), .since = since_, .watched = watched_};
    outcome.objectives.assign(objectives_.size(), {verdict, outcome.reason});
    return outcome;
}

/// What all findings together say: a violation of one is one of the release, and it holds when all do.
Outcome Watch::with_worst(std::vector<Finding> findings, const std::map<std::size_t, std::string>& mistakes) const {
    for (const auto verdict : {Verdict::violated, Verdict::error, Verdict::inconclusive, Verdict::holds}) {
        const auto first = std::find_if(findings.begin(), findings.end(), [&](const auto& finding) { return finding.verdict == verdict; });
        if (first == findings.end()) continue;
        const auto same = std::count_if(findings.begin(), findings.end(), [&](const auto& finding) { return finding.verdict == verdict; });
        const auto number = static_cast<std::size_t>(first - findings.begin());
        auto reason = first->reason;
        if (findings.size() > 1) {
            reason = objectives_[number].objective().name + ": " + reason;
            if (verdict == Verdict::holds) reason = "all " + std::to_string(findings.size()) + " objectives; " + reason;
            else if (same > 1) reason += " (and " + std::to_string(same - 1) + " more " + to_string(verdict) + ')';
        }
        auto outcome = with(verdict, std::move(reason));
        outcome.objectives = std::move(findings);
        if (const auto mistake = mistakes.find(number); mistake != mistakes.end()) {
            outcome.hint = mistake->second;
            outcome.code = ExitCode::misuse;
        }
        return outcome;
    }
    return with(Verdict::inconclusive, "nothing was watched");
}

/// Every event is bad because the selector of the good ones is mistyped.
Finding Watch::of_mistake(std::size_t objective, const QueryMistake& mistake) const {
    const auto& watched = objectives_[objective];
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
            const auto answer = attempt([&] { return source_.mistake_in(i); }, unanswered_);
            if (!answer) return std::nullopt;
            if (*answer) {
                findings.push_back(of_mistake(i, **answer));
                mistakes.emplace(i, hint_of(**answer));
                continue;
            }
        }
        findings.push_back(objective.violation());
    }
    return with_worst(std::move(findings), mistakes);
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
    auto outcome = with_worst(std::move(findings));
    outcome.hint = hint;
    return outcome;
}

Outcome Watch::at_the_end() {
    const auto unseen = std::chrono::duration_cast<Duration>(context_.clock.steady() - version_seen_);
    if (!new_version_ && unseen > patience()) {
        return with(Verdict::inconclusive, "the new version is not there any more since " + format_duration(in_seconds(unseen)));
    }
    std::vector<Finding> findings;
    std::map<std::size_t, std::string> mistakes;
    bool answers = true;
    for (std::size_t i = 0; i < objectives_.size(); ++i) {
        findings.push_back(objectives_[i].at_end(patience(), watched_));
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
    return with_worst(std::move(findings), mistakes);
}

std::optional<Outcome> Watch::decided() {
    const auto any = [&](auto is) { return std::any_of(objectives_.begin(), objectives_.end(), is); };
    if (any([](const ObjectiveWatch& objective) { return objective.violated(); })) {
        return found_violated();
    }
    if (any([](const ObjectiveWatch& objective) { return objective.hopeless(); })) return hopeless();
    if (!any([](const ObjectiveWatch& objective) { return !objective.is_over(); })) return at_the_end();
    const bool early = settings_.early_pass && new_version_ && !any([](const ObjectiveWatch& objective) { return !objective.may_pass_early(); });
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

Outcome Watch::run() {
    try {
        return look_until_known();
    } catch (const Cancelled& signal) {
        return cancelled(signal);
    } catch (const Error& error) {
        const auto& diagnostic = error.diagnostics().front();
        auto outcome = with(Verdict::error, diagnostic.message, diagnostic.hint);
        outcome.code = error.code();
        return outcome;
    }
}

Findings Watch::take_findings() {
    Findings found{.watch = settings_.watch};
    for (std::size_t i = 0; i < objectives_.size(); ++i) found.series.push_back(source_.series_of(i));
    found.objectives = std::move(objectives_);
    return found;
}

Outcome Watch::look_until_known() {
    since_ = wait_for_start();
    if (!since_) {
        return with(Verdict::inconclusive, "the new version did not appear within " + format_duration(settings_.start_timeout) + ": " + missing_);
    }
    context_.log.info("counting from " + format_timestamp(*since_) + ", by the server's clock");
    source_.count_from(*since_);
    began_ = version_seen_ = context_.clock.steady();
    for (;;) {
        watched_ = std::chrono::duration_cast<Duration>(context_.clock.steady() - began_);
        const auto reading = attempt([&] { return source_.read(); });
        if (reading) {
            take(*reading);
            if (auto outcome = decided()) return std::move(*outcome);
            show_progress();
        }
        if (not_ready_ && watched_ >= settings_.watch) throw world_failure("could not tell: the server was not ready at the end of the watch");
        context_.clock.sleep_for(pause());
    }
}

} // namespace slipway::wait_for_slo
