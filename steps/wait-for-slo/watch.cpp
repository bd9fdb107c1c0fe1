#include "watch.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

namespace {

constexpr Duration shortest_pause{1'000};
constexpr Duration longest_pause{15'000};
/// Between looks that fail: a server that starts anew needs some seconds.
constexpr Duration pause_after_failure{5'000};
/// Scrapes are delayed now and then, on busy machines above all.
constexpr Duration always_fresh{5'000};

/// Time without a scrape, or without the new version, that is no reason for doubt.
Duration patience(Duration interval) { return std::max(interval * 3, always_fresh); }

} // namespace

double Watch::elapsed() const { return static_cast<double>(watched_.count()) / static_cast<double>(settings_.watch.count()); }

Duration Watch::pause() const {
    if (failures_ > 0) return settings_.interval > Duration{0} ? settings_.interval : pause_after_failure;
    auto pause = settings_.interval;
    if (pause == Duration{0}) pause = std::clamp(newest_ ? newest_->interval : shortest_pause, shortest_pause, longest_pause);
    if (began_ != io::Steady{} && settings_.watch > watched_) pause = std::min(pause, settings_.watch - watched_);
    return pause;
}

template <class Look> auto Watch::attempt(Look look) -> std::optional<decltype(look())> {
    try {
        auto result = look();
        if (failures_ > 0) context_.log.info("it answers again");
        failures_ = 0;
        return result;
    } catch (const Error& error) {
        if (error.code() != ExitCode::world || is_hopeless_()) throw;
        if (++failures_ >= settings_.max_errors) {
            auto diagnostic = error.diagnostics().front();
            diagnostic.message =
                "could not tell, " + count_of(static_cast<std::size_t>(failures_), "look") + " in a row failed: " + diagnostic.message;
            throw Error(ExitCode::world, diagnostic);
        }
        context_.log.warning("this look does not count (" + std::to_string(failures_) + " of at most " +
                             std::to_string(settings_.max_errors) + " in a row): " + error.what());
        return std::nullopt;
    }
}

std::optional<Timestamp> Watch::wait_for_start() {
    const auto begin = context_.clock.steady();
    bool waited = false;
    for (;;) {
        const auto seen = attempt([&] { return source_.new_version_serves(); });
        if (seen && *seen) {
            if (waited) context_.log.info("the new version serves");
            return *seen;
        }
        const auto passed = std::chrono::duration_cast<Duration>(context_.clock.steady() - begin);
        // While the server does not answer, nobody knows whether the version is there.
        if (seen && passed >= settings_.start_timeout) return std::nullopt;
        waited = true;
        if (failures_ == 0) {
            context_.log.progress("waiting for the new version, " + format_duration(passed - passed % 1000) + " of " +
                                  format_duration(settings_.start_timeout) + ": " + settings_.start_when);
        }
        auto next = pause();
        if (failures_ == 0 && settings_.start_timeout > passed) next = std::min(next, settings_.start_timeout - passed);
        context_.clock.sleep_for(next);
    }
}

/// @throws Error (world failure) for counts that cannot be true
void Watch::check(const Reading& reading) const {
    // A scrape may catch a service between its two counters, so that a few more are good than there are.
    const double tolerated = 5 + settings_.objective.allowed() * reading.total / 10;
    if (reading.good > reading.total + tolerated) {
        throw world_failure(events(reading.good) + " good events of " + events(reading.total) + " cannot be: the selectors do not fit each other",
                            "good must count a part of total; a histogram's good events are those of one bucket, with le=");
    }
    if (reading.total < counted_total_ || reading.total - reading.good + tolerated < counted_bad_) {
        throw world_failure("the counts went down, from " + events(counted_bad_) + " bad of " + events(counted_total_) + " events to " +
                            events(std::max(reading.total - reading.good, 0.0)) + " of " + events(reading.total) +
                            ": the server has lost samples of this watch");
    }
}

void Watch::take(const Reading& reading) {
    const double bad = std::max(reading.total - reading.good, 0.0);
    const double new_total = reading.total - counted_total_;
    const double new_bad = std::clamp(bad - counted_bad_, 0.0, new_total);
    test_.observe(new_bad, new_total, elapsed());
    dispersion_.observe(new_bad, new_total);
    counted_total_ = reading.total;
    counted_bad_ += new_bad;
    if (reading.new_version) version_seen_ = context_.clock.steady();
    if (!reading.down.empty() && (!newest_ || newest_->down != reading.down)) {
        context_.log.warning("cannot be scraped at the moment: " + join(reading.down, "; "));
    }
    newest_ = reading;
}

void Watch::show_progress(const Reading& reading) const {
    const auto rounded = watched_ - watched_ % 1000;
    context_.log.progress("watching, " + format_duration(rounded) + " of " + format_duration(settings_.watch) + ": " +
                          (reading.total > 0 ? sentence(reading.good, reading.total, settings_.objective) : "no events yet") +
                          "; evidence of a violation " + factor(test_.evidence()) + " of " + factor(test_.needed()));
}

Outcome Watch::with(Verdict verdict, std::string reason, std::string hint) const {
    return {.verdict = verdict,
            .code = exit_code_of(verdict),
            .reason = std::move(reason),
            .hint = std::move(hint),
            .watched = watched_,
            .counts = newest_};
}

Outcome Watch::found_violated() {
    auto finding = violated(newest_->good, newest_->total, test_.strongest(), settings_.objective);
    if (newest_->good_matches) return with(finding.verdict, finding.reason);
    // Every event is bad, or the selector is wrong; only the past can tell which.
    for (;;) {
        const auto known = attempt([&] { return source_.good_ever_matched(); });
        if (known && *known) return with(finding.verdict, finding.reason + "; no series matches the good selector now, as it did before");
        if (known) break;
        context_.clock.sleep_for(pause());
    }
    auto outcome = with(Verdict::error, "the good selector matches nothing, neither now nor during the last day, while total counted " +
                                            events(newest_->total) + " events: " + settings_.good,
                        "correct the selector; if it is right, every single event is bad and has been for a day");
    outcome.code = ExitCode::misuse;
    return outcome;
}

Outcome Watch::at_the_end() const {
    const auto& reading = *newest_;
    if (!reading.total_matches) {
        return with(Verdict::inconclusive, "no series matches the total selector: " + settings_.total,
                    "is it spelled as the service exposes it?");
    }
    const auto unseen = std::chrono::duration_cast<Duration>(context_.clock.steady() - version_seen_);
    if (unseen > patience(reading.interval)) {
        return with(Verdict::inconclusive, "the new version is not there any more since " + format_duration(unseen - unseen % 1000) +
                                               ": " + settings_.start_when);
    }
    if (reading.since_newest > patience(reading.interval)) {
        return with(Verdict::inconclusive, "the newest successful scrape is " + format_duration(reading.since_newest - reading.since_newest % 1000) +
                                               " old: what happened since is not known");
    }
    const auto finding = judge(reading.good, reading.total, dispersion_.value(), settings_.objective);
    if (finding.verdict == Verdict::inconclusive && reading.total > 0 && !reading.good_matches) {
        return with(finding.verdict, finding.reason + "; no series matches the good selector");
    }
    return with(finding.verdict, finding.reason);
}

Outcome Watch::run() {
    try {
        return look_until_known();
    } catch (const Error& error) {
        const auto& diagnostic = error.diagnostics().front();
        auto outcome = with(Verdict::error, diagnostic.message, diagnostic.hint);
        outcome.code = error.code();
        return outcome;
    }
}

Outcome Watch::look_until_known() {
    const auto start = wait_for_start();
    if (!start) {
        return with(Verdict::inconclusive, "the new version did not appear within " + format_duration(settings_.start_timeout) + ": " +
                                               settings_.start_when);
    }
    context_.log.info("counting from " + format_timestamp(*start) + ", by the server's clock");
    began_ = version_seen_ = context_.clock.steady();
    for (;;) {
        watched_ = std::chrono::duration_cast<Duration>(context_.clock.steady() - began_);
        const auto reading = attempt([&] {
            auto result = source_.read(*start);
            check(result);
            return result;
        });
        if (reading) {
            take(*reading);
            if (test_.proven()) return found_violated();
            if (watched_ >= settings_.watch) return at_the_end();
            show_progress(*reading);
        }
        context_.clock.sleep_for(pause());
    }
}

} // namespace slipway::wait_for_slo
