#pragma once

#include "wait-for-slo/reports/markup.hpp"
#include "wait-for-slo/result.hpp"

#include <string>

namespace slipway::wait_for_slo {

/// What a watch found as metrics, for the node exporter's textfile collector or a Pushgateway. It is OpenMetrics and the older text format at the same
/// time, as the collector reads the older one: all are gauges, which also fits numbers of one run that the next one replaces.
///
/// @source OpenMetrics specification 1.0; Prometheus documentation, "Exposition formats"
std::string openmetrics_report(const Result& result, const Redact& redact);

} // namespace slipway::wait_for_slo
