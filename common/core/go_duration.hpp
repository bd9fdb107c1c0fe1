#pragma once

#include "core/duration.hpp"

#include <optional>
#include <string_view>

namespace slipway {

/// A duration as Go programs write it: "720h", "1h30m", "90s", "1.5m". Units come in any order.
///
/// @return nothing for anything else, for less than a millisecond and for more than 300 years
/// @source Go documentation, time.ParseDuration
std::optional<Duration> parse_go_duration(std::string_view text);

} // namespace slipway
