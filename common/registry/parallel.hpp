#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace slipway::registry {

/// Runs jobs that wait for servers most of the time, several at once. After the first exception no further job begins; it
/// is thrown when those that run have ended.
///
/// @param most_at_once  at least 1
void run_parallel(const std::vector<std::function<void()>>& jobs, std::size_t most_at_once);

} // namespace slipway::registry
