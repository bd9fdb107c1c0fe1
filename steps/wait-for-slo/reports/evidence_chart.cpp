#include "wait-for-slo/reports/charts.hpp"

#include "wait-for-slo/decision/wording.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

Plot evidence_chart(std::span<const Stretch> stretches, double needed, const TimeAxis& time) {
    // Beyond that nobody looks, and more would not fit a floating-point number.
    constexpr double most = 1e100;
    constexpr double least = 1e-3;
    std::vector<Point> points = {{0, 1}};
    double high = needed * 10;
    double low = 0.1;
    for (const auto& stretch : stretches) {
        const double evidence = std::clamp(std::exp(stretch.log_evidence), least, most);
        points.push_back({stretch.until, evidence});
        high = std::max(high, evidence * 3);
        low = std::min(low, evidence);
    }
    const auto words = "needed: " + number(std::round(needed));
    const auto last = "The evidence of a violation ended at " + number(points.back().value) + "; " + words + '.';
    Plot plot("Evidence of a violation", last, time, Scale::logarithmic(low, high), powers_of_ten(low, high, 6));
    plot.line("evidence", points);
    plot.level(needed, words);
    plot.legend("mark-evidence", "what a stake of 1 against the release is worth");
    return plot;
}

std::vector<Plot> charts_of(const ObjectiveWatch& objective, std::span<const Stretch> stretches, const TimeAxis& time) {
    const bool tested = !objective.objective().no_bad_event;
    std::vector<Plot> charts = {events_chart(stretches, time), rate_chart(stretches, tested ? objective.decision().policy().allowed() : 0, time)};
    if (tested) charts.push_back(evidence_chart(stretches, objective.decision().needed(), time));
    return charts;
}

} // namespace slipway::wait_for_slo
