// What an indicator's queries tell of the series behind them.

#pragma once

#include "slo/objective.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::slo {

/// The buckets of a histogram that an indicator reads.
struct HistogramSeries {
    std::string metric;          ///< ends in "_bucket"
    std::string selector;        ///< of all buckets: without the matchers of `le`
    std::set<double> limits = {}; ///< bounds that the objective asks for, in the metric's unit
};

/// Histograms of an indicator, one for each metric: the selector with a bound where there are several.
std::vector<HistogramSeries> histograms_of(const Indicator& indicator);

/// Matchers that say which processes expose what an indicator reads: `job="api", namespace="shop"`, of the labels job, namespace and
/// service. Empty when no series is asked for by a value that one of them must have.
std::string process_matchers(const Indicator& indicator);

/// The unit of a metric as Grafana calls it, by the end of its name; "short" when that tells none.
/// @source Prometheus documentation, "Metric and label naming", base units
std::string unit_of(std::string_view metric);

/// The same of the first metric that the indicator's numerator reads.
std::string unit_of(const Indicator& indicator);

} // namespace slipway::slo
