#pragma once

#include "core/duration.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::promql {

/// A duration in Prometheus' own notation: "1h30m", "90s", "28d", "0". Whole numbers with a unit each, units
/// y w d h m s ms in this order and each once; a year has 365 days.
///
/// @return nothing for anything else ("", "30", "1.5m", "-1m", "1m1h"), and for more than Prometheus' 292 years
/// @source Prometheus documentation, "Querying basics", time durations
std::optional<Duration> read_duration(std::string_view text);

/// As Prometheus writes it: years and weeks only where nothing is left over, so 8 days are "8d" and 28 are "4w". What is less
/// than a millisecond is left out; nothing is "0s".
///
/// @param nanoseconds  not negative
std::string write_duration(std::int64_t nanoseconds);

} // namespace slipway::promql
