#pragma once

#include "core/timestamp.hpp"
#include "wait-for-slo/google/monitoring.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace slipway::wait_for_slo {

/// The good and bad events of one objective since the deploy, minute by minute, from points that arrive late.
///
/// **Minutes.** They are counted from the deploy instant, and the API makes periods that end at the end of the interval that is asked for: asking for
/// whole minutes after the deploy gives periods none of which began before it. (What Google samples over the deploy is split between
/// the periods before and after in proportion to time, so that the first may have a part of up to a minute's older events.)
///
/// **When a minute counts.** Good and bad events are series of their own, and one may arrive before the other. A minute with only one of them would be
/// evidence for a violation, or for none, that the next look takes back; what is proven is not taken back. So a minute counts when both series have a
/// later point, or when it is so old that all of it has arrived (`ingest_lag`): a service without errors may have no series of
/// bad events, and one that fails altogether none of good ones. Within that time a part of the series that are added up may
/// still be missing; they are good and bad events of the same source, and what they bring is counted once, when the minute is old enough. After that
/// the minute is not asked for again.
///
/// **One after the other.** Each look counts one more minute, where there are that many: looks are what the decision takes as observations, and what went
/// wrong once must not look like what goes wrong all the time, nor the other way round. Of a deploy long ago there are more, and the first
/// looks count several.
class PeriodCounts {
public:
    /// Of most metrics the points can be read after two or three minutes; Google promises no time, and its own examples wait for 300 s.
    static constexpr Duration ingest_lag{300'000};
    static constexpr Duration period{60'000};

    struct GoodAndBad {
        double good = 0;
        double bad = 0;
    };

    /// @param since  the deploy instant; whole seconds, as the API rounds others
    explicit PeriodCounts(Timestamp since) : since_(std::chrono::ceil<std::chrono::seconds>(since)) {}

    /// The interval to ask for now: what ends later than `after` and not later than `until`. Nothing while no minute is over.
    struct Interval {
        Timestamp after;
        Timestamp until;
    };
    std::optional<Interval> to_ask(Timestamp now) const;

    /// Takes in the answer for that interval.
    /// @param now  when it was asked for
    void take(const std::vector<CloudSeries>& series, Timestamp now);

    /// Counts the next minutes of those that have settled.
    void count();

    /// Of all minutes that were counted.
    const GoodAndBad& counts() const noexcept { return counts_; }
    /// The end of the newest of them.
    Timestamp counted_until() const { return end_of(counted_); }

private:
    using Number = std::int64_t; ///< of a minute; the first after the deploy is 1

    Timestamp end_of(Number minute) const { return since_ + minute * period; }
    bool may_settle(Number minute, Timestamp now) const;
    void add(const GoodAndBad& minute, double sign);

    Timestamp since_;
    Number final_ = 0;   ///< the newest minute that cannot change any more
    Number settled_ = 0; ///< the newest that may be counted; `final_` or newer
    Number counted_ = 0; ///< the newest that was, of these
    std::map<Number, GoodAndBad> settled_minutes_; ///< those with events that are not final, or not counted
    GoodAndBad counts_;
    std::optional<Timestamp> newest_good_; ///< the end of the newest point
    std::optional<Timestamp> newest_bad_;
};

} // namespace slipway::wait_for_slo
