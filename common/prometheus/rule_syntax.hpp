#pragma once

#include "core/duration.hpp"

#include <optional>
#include <string_view>

namespace slipway::prometheus {

/// A duration in Prometheus' own notation: "1h30m", "90s", "28d", "0". Whole numbers with a unit each, units
/// y w d h m s ms in this order and each once; a year has 365 days.
///
/// @return nothing for anything else ("", "30", "1.5m", "-1m", "1m1h"), and for more than Prometheus' 292 years
/// @source Prometheus documentation, "Querying basics", time durations
std::optional<Duration> parse_rule_duration(std::string_view text);

/// `[a-zA-Z_:][a-zA-Z0-9_:]*`
bool is_metric_name(std::string_view name);

/// `[a-zA-Z_][a-zA-Z0-9_]*`
bool is_label_name(std::string_view name);

} // namespace slipway::prometheus
