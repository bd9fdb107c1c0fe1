#pragma once

#include "wait-for-slo/decision/decision.hpp"
#include "wait-for-slo/source.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// What is watched, as people know it.
struct WatchedObjective {
    std::string name;
    Policy policy;
    bool has_baseline = false;
    bool has_selectors = true;       ///< else no query selects series, and nothing can fail to match
    std::string total = {};          ///< the queries, for messages: what all events are
    std::string numerator = {};      ///< good or bad events
    std::string numerator_kind = {}; ///< "good" or "bad"
    bool no_bad_event = false;       ///< the first bad event is a violation: nothing is tested
};

/// One look with new events. Small: a watch may have a thousand objectives, and hundreds of looks at each.
struct Tick {
    std::uint32_t milliseconds = 0; ///< since the watch began
    std::uint32_t bad = 0;          ///< new since the look before
    std::uint32_t total = 0;
    float log_evidence = 0; ///< of a violation, after it
};

/// One objective's way to its verdict: what its looks brought so far, and what that says.
class ObjectiveWatch {
public:
    /// @param max_errors  looks in a row that may fail
    ObjectiveWatch(WatchedObjective objective, long max_errors);

    /// Takes what a look counted; a doubtful one only counts as failed.
    /// @param watched  since the watch began
    /// @param elapsed  the same as a share of the watch
    /// @return why the look does not count; empty when it does
    std::string take(const ObjectiveReading& reading, Duration watched, double elapsed);
    /// Looks that failed so far do not count as failed.
    void forgive() {
        failures_ = 0;
        doubt_.reset();
    }

    bool violated() const { return objective_.no_bad_event ? observed_.bad > 0 : decision_.violated(); }
    bool may_pass_early() const { return !objective_.no_bad_event && is_certain() && newest_ && newest_->alive && decision_.may_pass_early(); }
    /// Whether no further look can help: too many failed in a row, or one for good.
    bool hopeless() const { return doubt_ && (doubt_->lasting || failures_ >= max_errors_); }
    /// Whether the newest look counted.
    bool is_certain() const { return !doubt_; }
    /// Whether a look counted when the watch was over: no later one does. Of many objectives there may never be a look in which
    /// none is in doubt.
    bool is_over() const { return is_over_; }
    /// Whether nothing ever matched the good selector, while all events grew.
    bool seems_mistyped() const { return newest_ && newest_->counts.total > 0 && !newest_->numerator_matches && objective_.numerator_kind == "good"; }

    Finding violation() const;
    /// What the looks say when the watch is over.
    /// @param patience  time without a scrape that is no reason for doubt
    Finding at_end(Duration patience, Duration watched) const;
    Finding could_not_tell() const;

    const WatchedObjective& objective() const noexcept { return objective_; }
    const Decision& decision() const noexcept { return decision_; }
    const std::optional<ObjectiveReading>& newest() const noexcept { return newest_; }
    const std::vector<Tick>& ticks() const noexcept { return ticks_; }
    const std::optional<Doubt>& doubt() const noexcept { return doubt_; }
    long failures() const noexcept { return failures_; }

private:
    TickCounts new_since_before(const ObjectiveReading& reading);
    Finding without_bad_event() const;

    WatchedObjective objective_;
    long max_errors_;
    Decision decision_;
    Counts observed_;          ///< what the decision was told so far
    Counts observed_baseline_;
    std::optional<ObjectiveReading> newest_; ///< that counted
    std::optional<Doubt> doubt_;             ///< of the newest look that did not
    long failures_ = 0;                      ///< in a row, at most one for each scrape
    Duration failed_{0};                     ///< when the newest of them was counted
    bool is_over_ = false;
    std::vector<Tick> ticks_;
};

} // namespace slipway::wait_for_slo
