#include "wait-for-slo/google/period_counts.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

namespace {

/// Between two points of one series there may be a millisecond.
constexpr Duration tolerance{1'000};

} // namespace

std::optional<PeriodCounts::Interval> PeriodCounts::to_ask(Timestamp now) const {
    const auto over = (now - since_) / period;
    if (over <= final_) return std::nullopt;
    return Interval{.after = end_of(final_), .until = end_of(over)};
}

bool PeriodCounts::has_settled(Number minute, Timestamp now) const {
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
    const auto add = [&](const GoodAndBad& minute, double sign) {
        counts_.good += sign * minute.good;
        counts_.bad += sign * minute.bad;
    };
    for (const auto over = (now - since_) / period; counted_ < over && has_settled(counted_ + 1, now);) {
        ++counted_;
        open_[counted_] = read[counted_];
        add(read[counted_], 1);
    }
    // What is old enough gets its last numbers.
    while (final_ < counted_ && now - end_of(final_ + 1) >= ingest_lag) {
        const auto was = open_.extract(open_.begin());
        add(was.mapped(), -1);
        add(read[was.key()], 1);
        ++final_;
    }
}

} // namespace slipway::wait_for_slo
