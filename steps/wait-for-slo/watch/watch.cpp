#include "wait-for-slo/watch/watch.hpp"

#include "core/text.hpp"
#include "wait-for-slo/checks/metric_analysis.hpp"
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

template <class Names> std::string some_of(const Names& names) {
    constexpr std::size_t most = 5;
    std::vector<std::string> shown(names.begin(), std::next(names.begin(), static_cast<std::ptrdiff_t>(std::min(names.size(), most))));
    if (names.size() > most) shown.push_back("and " + std::to_string(names.size() - most) + " more");
    return join(shown, "; ");
}

} // namespace

Watch::Watch(Source& source, std::vector<std::unique_ptr<Analysis>> analyses, WatchSettings settings, cli::Context& context)
    : source_(source), settings_(std::move(settings)), context_(context), analyses_(std::move(analyses)) {
    objectives_.reserve(settings_.objectives.size());
    for (auto& objective : settings_.objectives) objectives_.emplace_back(std::move(objective), settings_.max_errors);
    settings_.objectives = {};
}

double Watch::elapsed(Duration delay) const {
    if (command_runs_) return 0;
    return std::clamp(static_cast<double>((rest() - delay).count()) / static_cast<double>(settings_.watch.count()), 0.0, 1.0);
}

/// Time between two scrapes, the longest of all.
Duration Watch::interval() const {
    Duration longest{0};
    for (const auto& objective : objectives_) {
        if (objective.newest()) longest = std::max(longest, objective.newest()->interval);
    }
    return longest;
}

/// Time without a scrape, or without the new version, that is no reason for doubt.
/// @param interval  between two scrapes
Duration Watch::patience(Duration interval) { return std::max(interval * 3, always_fresh); }

/// Between two looks at the objectives.
Duration Watch::pause_of_looks() const {
    Duration pause = settings_.interval;
    if (pause == Duration{0}) {
        pause = failures_ > 0 ? std::clamp(interval(), shortest_pause_after_failure, longest_pause_after_failure) : std::clamp(interval() / 3, shortest_pause, longest_pause);
    }
    if (began_ != io::Steady{} && failures_ == 0 && settings_.watch > rest()) pause = std::min(pause, settings_.watch - rest());
    return pause;
}

/// Until there is something to be looked at or measured.
Duration Watch::pause() const {
    const auto now = context_.clock.steady(); // a look may have taken long
    auto pause = std::chrono::duration_cast<Duration>(next_look_ - now);
    for (const auto& analysis : analyses_) {
        const auto due = analysis->decided() ? std::nullopt : analysis->due();
        if (due) pause = std::min(pause, *due - std::chrono::duration_cast<Duration>(now - began_));
    }
    return std::max(pause, Duration{0});
}

bool Watch::attempt(const std::function<void()>& look, long& failures) {
    try {
        look();
        if (failures > 0 || not_ready_) context_.log.info("it answers again");
        failures = 0;
        not_ready_ = false;
        return true;
    } catch (const NotReady& error) {
        if (!not_ready_) context_.log.warning(std::string("the server is not ready yet, it is waited for: ") + error.what());
        not_ready_ = true;
        return false;
    } catch (const Error& error) {
        if (error.code() != ExitCode::world || dynamic_cast<const io::LastingError*>(&error) != nullptr) throw;
        not_ready_ = false;
        if (++failures >= settings_.max_errors) {
            auto diagnostic = error.diagnostics().front();
            diagnostic.message = "could not tell, " + count_of(static_cast<std::size_t>(failures), "look") + " in a row failed: " + diagnostic.message;
            throw Error(ExitCode::world, diagnostic);
        }
        context_.log.warning("this look does not count (" + std::to_string(failures) + " of at most " + std::to_string(settings_.max_errors) + " in a row): " + error.what());
        return false;
    }
}

std::optional<Timestamp> Watch::wait_for_start() {
    const auto begin = context_.clock.steady();
    const auto limit = settings_.waits_for_start ? settings_.start_timeout : settings_.watch;
    bool waited = false;
    for (;;) {
        std::optional<Beginning> seen;
        attempt([&] { seen = source_.begin(); }, failures_);
        if (seen && seen->since) {
            if (waited) context_.log.info("the new version serves");
            lead_ = seen->ago;
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
        auto next = pause_of_looks();
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
    const auto unseen = std::find_if(reading.objectives.begin(), reading.objectives.end(), [](const ObjectiveReading& objective) { return !objective.doubt && !objective.total_matches; });
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
    const auto waiting = std::find_if(reading.objectives.begin(), reading.objectives.end(), [](const ObjectiveReading& objective) { return objective.doubt && objective.doubt->waits; });
    const bool waits = waiting != reading.objectives.end();
    if (waits && !waits_) context_.log.warning("a server is not ready yet, it is waited for: " + waiting->doubt->message);
    waits_ = waits;
    // What is wrong with a target is wrong with all objectives of it.
    constexpr std::size_t most_doubts = 5;
    std::size_t doubts = 0;
    for (std::size_t i = 0; i < objectives_.size(); ++i) {
        auto& objective = objectives_[i];
        const auto failures = objective.failures();
        const auto& counted = reading.objectives[i];
        const bool too_late = rest() >= settings_.watch + counted.longest_delay && !command_runs_;
        const auto doubt = objective.take(counted, watched_, too_late ? 1.0 : elapsed(counted.delay));
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

/// What did not pass, as it happens; what decides is said with the verdict.
void Watch::say_what_failed(const Analysis& analysis) {
    constexpr int most = 20;
    for (const auto& metric : analysis.metrics()) {
        if (metric.measurements.empty()) continue;
        const auto& newest = metric.measurements.back();
        if (newest.phase == Phase::successful || newest.watched < watched_ || said_failed_ > most) continue;
        const auto name = metric.name == analysis.name() ? metric.name : analysis.name() + ": " + metric.name;
        if (++said_failed_ > most) context_.log.warning("more measurements did not pass: --json has them all");
        else context_.log.warning(name + ": " + lower(to_string(newest.phase)) + ": " + in_words(metric, newest));
    }
}

bool Watch::measure() {
    bool any = false;
    for (auto& analysis : analyses_) {
        const auto due = analysis->decided() ? std::nullopt : analysis->due();
        if (!due || *due > watched_) continue;
        analysis->measure(watched_);
        if (!analysis->decided()) say_what_failed(*analysis);
        any = true;
    }
    return any;
}

void Watch::show_progress() const {
    if (!objectives_.empty()) context_.log.progress(progress_line(objectives_, rest(), settings_.watch));
    else if (watched_ > Duration{0}) context_.log.progress("measuring for " + format_duration(in_seconds(watched_)));
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

Outcome Watch::look_until_known() {
    since_ = wait_for_start();
    if (!since_) {
        return with(Verdict::inconclusive, "the new version did not appear within " + format_duration(settings_.start_timeout) + ": " + missing_);
    }
    if (!objectives_.empty()) context_.log.info("counting from " + format_timestamp(*since_) + ", by the server's clock");
    source_.count_from(*since_);
    began_ = version_seen_ = context_.clock.steady();
    if (!settings_.command.empty()) run_command();
    for (;;) {
        if (look()) {
            if (auto outcome = decided()) return std::move(*outcome);
            show_progress();
        }
        if (not_ready_ && rest() >= settings_.watch) throw world_failure("could not tell: the server was not ready at the end of the watch");
        context_.clock.sleep_for(pause());
    }
}

bool Watch::look() {
    const auto now = context_.clock.steady();
    watched_ = std::chrono::duration_cast<Duration>(now - began_);
    bool looked = false;
    if (now >= next_look_) {
        Reading reading;
        looked = attempt([&] { reading = source_.read(); }, failures_);
        if (looked) take(reading);
        next_look_ = context_.clock.steady() + pause_of_looks();
    }
    // A query that is refused ends only what comes after the look.
    return measure() || looked;
}

} // namespace slipway::wait_for_slo
