#include "wait-for-slo/reports/charts.hpp"

#include "wait-for-slo/decision/wording.hpp"

#include <algorithm>

namespace slipway::wait_for_slo {

Plot rate_chart(std::span<const Stretch> stretches, double allowed, const TimeAxis& time) {
    std::vector<Point> rates;
    std::vector<Point> low;
    std::vector<Point> high;
    double most = allowed;
    for (const auto& stretch : stretches) {
        rates.push_back({stretch.until, stretch.rate_so_far()});
        low.push_back({stretch.until, stretch.range.low});
        high.push_back({stretch.until, stretch.range.high});
        most = std::max(most, stretch.rate_so_far());
    }
    // Early on the range reaches nearly everywhere: what there is no room for is cut at the upper end.
    if (!stretches.empty()) most = std::max(most, stretches.back().range.high);
    most = most > 0 ? std::min(most * 1.15, 1.0) : 1.0;
    std::vector<Mark> marks;
    for (const double value : nice_numbers(0, most, 5)) marks.push_back({value, exact_percent(value)});
    const auto last = stretches.empty() ? std::string("No events.") :
                                          "In the end " + percent(stretches.back().rate_so_far()) + ", with 95 % confidence between " + percent(stretches.back().range.low) + " and " +
                                              percent(stretches.back().range.high) + "; allowed are " + exact_percent(allowed) + '.';
    Plot plot("Error rate since the deploy", last, time, Scale::linear(0, most), std::move(marks));
    plot.band("band", low, high);
    plot.line("rate", rates);
    plot.level(allowed, "allowed: " + exact_percent(allowed));
    plot.legend("mark-rate", "observed");
    plot.legend("band", "95 % confidence");
    return plot;
}

} // namespace slipway::wait_for_slo
