#pragma once

#include "wait-for-slo/checks/analysis.hpp"
#include "wait-for-slo/reports/history.hpp"
#include "wait-for-slo/reports/markup.hpp"
#include "wait-for-slo/reports/plot.hpp"

#include <span>

// What is drawn of an objective, and of a metric with limits. All times are seconds since the deploy, as those of `stretches` with the same lead are.
namespace slipway::wait_for_slo {

/// Bars of a chart at most, and points of a line.
inline constexpr std::size_t most_stretches = 120;

/// Good and bad events a second; bad ones below, and never lower than can be seen.
Plot events_chart(std::span<const Stretch> stretches, const TimeAxis& time);

/// The error rate since the deploy with what it may be in truth, against what is allowed.
/// @param allowed  0: no bad event
Plot rate_chart(std::span<const Stretch> stretches, double allowed, const TimeAxis& time);

/// All charts of an objective.
std::vector<Plot> charts_of(const ObjectiveWatch& objective, std::span<const Stretch> stretches, const TimeAxis& time);

/// The evidence of a violation, against what is needed.
/// @param needed  1/alpha
Plot evidence_chart(std::span<const Stretch> stretches, double needed, const TimeAxis& time);

/// Measured values and the limits of a metric, with a mark for each measurement that says what came of it.
Plot values_chart(const MetricRecord& metric, Duration lead, const TimeAxis& time, const ForeignText& foreign);

} // namespace slipway::wait_for_slo
