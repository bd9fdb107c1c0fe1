#include "wait-for-slo/reports/charts.hpp"

#include "core/text.hpp"
#include "wait-for-slo/checks/bounds.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

namespace {

struct Look {
    const char* css;
    Shape shape;
};

Look look_of(Phase phase) {
    switch (phase) {
    case Phase::successful: return {"mark-good", Shape::dot};
    case Phase::failed: return {"mark-bad", Shape::cross};
    case Phase::inconclusive: return {"mark-unsure", Shape::diamond};
    case Phase::error: break;
    }
    return {"mark-unsure", Shape::triangle};
}

int badness(Phase phase) {
    switch (phase) {
    case Phase::failed: return 3;
    case Phase::error: return 2;
    case Phase::inconclusive: return 1;
    case Phase::successful: break;
    }
    return 0;
}

/// At most `most_stretches`: the worst of each group of neighbours.
std::vector<const Measurement*> shown_of(const std::vector<Measurement>& measurements) {
    std::vector<const Measurement*> chosen;
    const auto together = std::max<std::size_t>(1, (measurements.size() + most_stretches - 1) / most_stretches);
    for (std::size_t i = 0; i < measurements.size(); i += together) {
        const auto begin = measurements.begin() + static_cast<std::ptrdiff_t>(i);
        const auto end = begin + static_cast<std::ptrdiff_t>(std::min(together, measurements.size() - i));
        chosen.push_back(&*std::max_element(begin, end, [](const Measurement& a, const Measurement& b) { return badness(a.phase) < badness(b.phase); }));
    }
    return chosen;
}

} // namespace

Plot values_chart(const MetricRecord& metric, Duration lead, const TimeAxis& time, const ForeignText& foreign) {
    const auto chosen = shown_of(metric.measurements);
    const auto seconds = [&](const Measurement& one) { return static_cast<double>((one.watched + lead).count()) / 1000; };
    std::vector<double> known;
    const auto include = [&](std::optional<double> value) {
        if (value && std::isfinite(*value)) known.push_back(*value);
    };
    for (const auto* one : chosen) include(one->number);
    include(metric.min);
    include(metric.max);
    if (known.empty()) known.push_back(0);
    double low = *std::min_element(known.begin(), known.end());
    double high = *std::max_element(known.begin(), known.end());
    // The axis begins at 0, but where values and limit would lie upon each other: 97.5 % of 99 %.
    constexpr double far_from_zero = 0.8;
    if (low < high * far_from_zero || low == high) low = std::min(low, 0.0);
    high = std::max(high, low < 0 ? 0.0 : high);
    if (!(high > low)) high = low + 1;
    const double margin = (high - low) * 0.12;
    high += margin;
    if (low != 0) low -= margin;
    // Numbers near the largest have no room for a margin.
    if (!std::isfinite(high - low)) {
        low = 0;
        high = 1;
    }
    std::vector<Mark> marks;
    for (const double value : nice_numbers(low, high, 5)) marks.push_back({value, short_number(value)});
    const auto failed = std::count_if(metric.measurements.begin(), metric.measurements.end(), [](const Measurement& one) { return one.phase == Phase::failed; });
    Plot plot(foreign(metric.name, 44), count_of(metric.measurements.size(), "measurement") + ", of which " + std::to_string(failed) + " failed.", time, Scale::linear(low, high), std::move(marks));
    std::vector<Point> line;
    for (const auto* one : chosen) {
        if (one->number && std::isfinite(*one->number)) line.push_back({seconds(*one), *one->number});
    }
    plot.line("value", line);
    if (metric.max) plot.level(*metric.max, "at most " + value_in_words(*metric.max));
    if (metric.min) plot.level(*metric.min, "at least " + value_in_words(*metric.min));
    // What has no number lies at the bottom.
    for (const auto* one : chosen) plot.shape(look_of(one->phase).css, look_of(one->phase).shape, {seconds(*one), one->number.value_or(low)});
    plot.legend("mark-good", "● passed");
    plot.legend("mark-bad", "✕ failed");
    plot.legend("mark-unsure", "◆ inconclusive, ▲ error");
    return plot;
}

} // namespace slipway::wait_for_slo
