#pragma once

#include <cstdint>

namespace slipway::wait_for_slo {

/// The number of a selector whose events are counted: its place among those of the plan.
using SelectorIndex = std::uint32_t;

} // namespace slipway::wait_for_slo
