#pragma once

#include "wait-for-slo/google/answer.hpp"
#include "wait-for-slo/google/monitoring.hpp"

#include <vector>

namespace slipway::wait_for_slo {

/// Adds the series of one page of timeSeries.list. A series may go on on the next page.
/// @throws Error (world failure) for an answer that is none, or that Google calls incomplete
void add_series(const Json& page, std::vector<CloudSeries>& series);

} // namespace slipway::wait_for_slo
