#include "wait-for-slo/google/period_counts.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace slipway::wait_for_slo {

namespace {

/// Between two points of one series there may be a millisecond.
constexpr Duration tolerance{1'000};
/// Of the minutes that wait, a look counts this part at least, so that a day is counted within a minute or two.
constexpr std::int64_t share_of_a_look = 8;

} // namespace

std::optional<PeriodCounts::Interval> PeriodCounts::to_ask(Timestamp now) const {
    const auto over = (now - since_) / period;
    if (over <= final_) return std::nullopt;
    return Interval{.after = end_of(final_), .until = end_of(over)};
}

bool PeriodCounts::may_settle(Number minute, Timestamp now) const {
    const auto end = end_of(minute);
    return now - end >= ingest_lag || (newest_good_ && newest_bad_ && std::min(*newest_good_, *newest_bad_) > end);
}

void PeriodCounts::take(const std::vector<CloudSeries>& series, Timestamp now) {
    std::map<Number, GoodAndBad> read;
    for (const auto& one : series) {
        const bool good = one.event_type == "good";
        if (!good && one.event_type != "bad") continue;
        auto& newest = good ? newest_good_ : newest_bad_;
        for (const auto& point : one.points) {
            if (point.start < since_ - tolerance || point.end <= end_of(final_)) continue;
            if (!newest || point.end > *newest) newest = point.end;
            if (!std::isfinite(point.value) || point.value < 0) continue;
            auto& minute = read[(point.end - since_ - tolerance) / period + 1];
            (good ? minute.good : minute.bad) += point.value;
        }
    }
    const auto keep = [&](Number minute) {
        if (const auto found = read.find(minute); found != read.end()) settled_minutes_[minute] = found->second;
    };
    for (const auto over = (now - since_) / period; settled_ < over && may_settle(settled_ + 1, now);) keep(++settled_);
    while (final_ < settled_ && now - end_of(final_ + 1) >= ingest_lag) {
        ++final_;
        if (final_ > counted_) {
            keep(final_);
            continue;
        }
        // It gets its last numbers in place of those that were counted.
        add(settled_minutes_[final_], -1);
        add(read[final_], 1);
        settled_minutes_.erase(final_);
    }
}

void PeriodCounts::add(const GoodAndBad& minute, double sign) {
    counts_.good += sign * minute.good;
    counts_.bad += sign * minute.bad;
}

void PeriodCounts::count() {
    const auto until = counted_ + (settled_ - counted_ + share_of_a_look - 1) / share_of_a_look;
    auto minute = settled_minutes_.upper_bound(counted_);
    while (minute != settled_minutes_.end() && minute->first <= until) {
        add(minute->second, 1);
        minute = minute->first <= final_ ? settled_minutes_.erase(minute) : std::next(minute);
    }
    counted_ = until;
}

} // namespace slipway::wait_for_slo
