#include "wait-for-slo/reports/charts.hpp"

#include "core/text.hpp"
#include "wait-for-slo/decision/wording.hpp"

#include <algorithm>

namespace slipway::wait_for_slo {

Plot events_chart(std::span<const Stretch> stretches, const TimeAxis& time) {
    std::vector<Bar> good;
    std::vector<Bar> bad;
    double most = 0;
    Counts all;
    for (const auto& stretch : stretches) {
        // The first look may come in the moment in which the watch begins.
        const double seconds = std::max(stretch.until - stretch.from, 1.0);
        const double from = stretch.until - seconds;
        good.push_back({from, stretch.until, stretch.counts.bad / seconds, stretch.counts.total / seconds});
        bad.push_back({from, stretch.until, 0, stretch.counts.bad / seconds});
        most = std::max(most, stretch.counts.total / seconds);
        all = stretch.so_far;
    }
    const double high = most > 0 ? most * 1.05 : 1;
    std::vector<Mark> marks;
    for (const double value : nice_numbers(0, high, 5)) marks.push_back({value, short_number(value)});
    Plot plot("Events a second", events(all.total) + " events, of which " + events(all.bad) + " were bad, over " + format_duration(Duration{static_cast<long>(time.until) * 1000}) + '.', time, Scale::linear(0, high),
              std::move(marks));
    plot.bars("good", good);
    plot.bars("bad", bad, 3);
    plot.legend("good", "good");
    plot.legend("bad", "bad, from below; at least a thin bar");
    return plot;
}

} // namespace slipway::wait_for_slo
