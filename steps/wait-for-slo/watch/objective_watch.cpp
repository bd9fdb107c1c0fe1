#include "wait-for-slo/watch/objective_watch.hpp"

#include "core/text.hpp"
#include "wait-for-slo/decision/wording.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace slipway::wait_for_slo {

namespace {

/// The nearest number that fits; there are no negative ones.
std::uint32_t whole(double number) { return static_cast<std::uint32_t>(std::min(std::round(number), static_cast<double>(std::numeric_limits<std::uint32_t>::max()))); }

} // namespace

ObjectiveWatch::ObjectiveWatch(WatchedObjective objective, long max_errors)
    : objective_(std::move(objective)), max_errors_(max_errors), decision_(objective_.policy, objective_.has_baseline) {}

TickCounts ObjectiveWatch::new_since_before(const ObjectiveReading& reading) {
    // A scrape may catch a service between its counters, and another replica may have counted a little less: what was told once stays.
    const auto grown = [](Counts& observed, const Counts& now) {
        Counts fresh;
        fresh.total = std::max(now.total - observed.total, 0.0);
        fresh.bad = std::clamp(now.bad - observed.bad, 0.0, fresh.total);
        observed.total += fresh.total;
        observed.bad += fresh.bad;
        return fresh;
    };
    const auto watched = grown(observed_, reading.counts);
    const auto baseline = grown(observed_baseline_, reading.baseline);
    return {.bad = watched.bad, .total = watched.total, .baseline_bad = baseline.bad, .baseline_total = baseline.total};
}

std::string ObjectiveWatch::take(const ObjectiveReading& reading, Duration watched, double elapsed) {
    if (is_over_) return {};
    doubt_ = reading.doubt;
    if (doubt_) {
        if (doubt_->waits && elapsed < 1) return doubt_->message;
        // Looks may be more frequent than scrapes: what one scrape showed fails once.
        if (failures_ == 0 || watched - failed_ >= reading.interval) {
            ++failures_;
            failed_ = watched;
        }
        return doubt_->message;
    }
    failures_ = 0;
    is_over_ = elapsed >= 1;
    newest_ = reading;
    const auto fresh = new_since_before(reading);
    if (fresh.total <= 0 && fresh.baseline_total <= 0) return {};
    decision_.observe(fresh, elapsed);
    constexpr std::size_t room = 16; // no more than that is kept in reserve
    if (ticks_.size() == ticks_.capacity()) ticks_.reserve(ticks_.size() + room);
    ticks_.push_back({whole(static_cast<double>(watched.count())), whole(fresh.bad), whole(fresh.total), static_cast<float>(std::log(decision_.evidence()))});
    return {};
}

Finding ObjectiveWatch::violation() const {
    if (objective_.no_bad_event) return {Verdict::violated, "of " + events(observed_.total) + " requests " + events(observed_.bad) + " failed, and none may" + (newest_ && !newest_->first_bad.empty() ? "; the first: " + newest_->first_bad : "")};
    auto finding = decision_.violation();
    if (objective_.has_selectors && newest_ && !newest_->numerator_matches) finding.reason += "; no series matches the " + objective_.numerator_kind + " selector now, as it did before";
    return finding;
}

Finding ObjectiveWatch::could_not_tell() const {
    const auto why = doubt_ ? doubt_->message : std::string("no look succeeded");
    if (doubt_ && doubt_->lasting) return {Verdict::error, "could not tell: " + why};
    return {Verdict::error, "could not tell, " + count_of(static_cast<std::size_t>(failures_), "look") + " in a row failed: " + why};
}

Finding ObjectiveWatch::without_bad_event() const {
    if (observed_.bad > 0) return violation();
    const auto needed = objective_.policy.min_events;
    if (observed_.total < needed || observed_.total <= 0) return {Verdict::inconclusive, "only " + events(observed_.total) + " requests were sent, " + events(std::max(needed, 1.0)) + " are needed"};
    return {Verdict::holds, "none of " + events(observed_.total) + " requests failed"};
}

Finding ObjectiveWatch::at_end(Duration patience, Duration watched) const {
    if (!newest_) return could_not_tell();
    const auto& reading = *newest_;
    if (!reading.total_matches) return {Verdict::inconclusive, "no series matches the total selector: " + objective_.total};
    if (reading.since_newest && *reading.since_newest > patience) {
        return {Verdict::inconclusive, "the newest successful scrape is " + format_duration(in_seconds(*reading.since_newest)) + " old: what happened since is not known"};
    }
    if (!reading.alive) return {Verdict::inconclusive, "no target answers its scrapes any more: what happened since is not known"};
    if (reading.counts.total <= 0 && reading.since_newest && *reading.since_newest >= watched) {
        const bool is_short = reading.interval >= watched;
        return {Verdict::inconclusive, "nothing was scraped during the watch" + (is_short ? ": it is too short for targets that are scraped every " + format_duration(reading.interval) : std::string())};
    }
    if (objective_.no_bad_event) return without_bad_event();
    auto finding = decision_.at_end();
    // Of a release that never failed there may be no series of bad events, and of a mistyped selector there is none either.
    if (objective_.has_selectors && finding.verdict != Verdict::violated && reading.counts.total > 0 && !reading.numerator_matches) {
        finding.reason += "; no series matches the " + objective_.numerator_kind + " selector";
    }
    return finding;
}

} // namespace slipway::wait_for_slo
