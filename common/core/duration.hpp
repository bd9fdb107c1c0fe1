#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace slipway {

using Duration = std::chrono::milliseconds;

/// Reads "500ms", "10s", "1h30m", "1d", "2w", "1y" (365 days), "0" and "1.5s"; every number but 0 needs
/// its unit, units come in descending order, each at most once.
///
/// @return nothing for anything else, also for more than 100 years
std::optional<Duration> parse_duration(std::string_view text);

/// The same notation, largest units first: 90 s is "1m30s", nothing is "0s".
std::string format_duration(Duration duration);

} // namespace slipway
