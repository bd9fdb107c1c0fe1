#pragma once

#include "wait-for-slo/counting/tick.hpp"
#include "wait-for-slo/counting/timeline.hpp"

#include <cstdint>
#include <limits>
#include <optional>

namespace slipway::wait_for_slo {

/// What is known of the evaluations of a rule group.
struct Evaluations {
    Milliseconds newest = 0;              ///< recorded samples count up to this
    std::optional<Milliseconds> earliest; ///< the first that is known
};

/// How much one series has grown since the deploy.
///
/// Growth is the sum of the differences between neighbouring samples, and no more than what the samples show; nothing is
/// extrapolated. Only samples newer than those seen before are looked at, so answers may overlap, and what was counted
/// stays when the server loses it. Counting begins at the last sample at or before the deploy, however old: what happened
/// in a partition around the deploy counts.
///
/// A sample counts in full, not only what it is above the one before,
/// - when it is smaller than the one before, when the process start time changed, or when a successful scrape in between did not
///   show the series: the counter began anew at 0. Not when the new process is an older one that has moved to the address;
/// - when the target was scraped before, successfully and without this series;
/// - in the first scrape of a target, when the process began after the deploy and no other target has shown it before.
///   Without start times see Timeline::is_credible.
/// Any other first sample is where counting begins.
class Counter {
public:
    /// Takes samples of a scraped series, up to the newest scrape of its target: later ones would belong to a scrape
    /// that other series may not show so far.
    /// @return why this tick's count must not be trusted; samples that are no numbers are passed over, so that the next good one
    ///         catches up
    std::optional<Doubt> take_scraped(const prometheus::Series& series, Timeline& target, Milliseconds since);

    /// Takes samples that a rule group recorded, up to its newest evaluation. A series counts in full when it is new in a group
    /// that was evaluated before without it. One that falls lost one of its sources, and nobody knows what they had: a
    /// lasting doubt. For the same reason one that was away and is back goes on.
    std::optional<Doubt> take_recorded(const prometheus::Series& series, const Evaluations& group, Milliseconds since);

    /// @param target  null for a recorded series
    double count(const Timeline* target) const { return count_ + (target && target->is_credible() ? held_ : 0); }
    bool was_seen() const noexcept { return last_seen_ != never; }
    Milliseconds last_seen() const noexcept { return last_seen_; }

private:
    /// What the next value means when it does not continue the one before.
    enum class Begin : std::uint8_t { nothing, in_full, as_baseline, held_back };

    Begin begin_of(const Scrape& scrape, const Timeline& target, Milliseconds since) const;
    double growth_to(double value);
    void note_fall();
    bool note_climb(double value);

    static constexpr Milliseconds never = std::numeric_limits<Milliseconds>::min();

    double count_ = 0;
    double held_ = 0;
    double value_ = 0;  ///< the newest that was a number
    double start_ = std::numeric_limits<double>::quiet_NaN(); ///< of the process that showed the newest sample, Unix seconds
    double height_ = 0; ///< from which it fell
    Milliseconds last_seen_ = never;
    Begin begin_ = Begin::nothing;
    bool has_value_ = false;
    bool is_below_ = false; ///< fell, for no reason that is known, and has not reached its old height
    std::uint8_t climbs_ = 0;
};

} // namespace slipway::wait_for_slo
