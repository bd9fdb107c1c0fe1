#pragma once

#include "core/duration.hpp"
#include "core/timestamp.hpp"

#include <optional>

namespace slipway::wait_for_slo {

/// The instant from which on events count, by the clock of the server that counts them.
///
/// @param since  an instant; nothing: `ago`
/// @param ago    a time before the step began; nothing: when it began
/// @param began  when the step did
/// @throws Error (misuse) for an instant in the future; a few seconds ahead is read as now
Timestamp deploy_instant(std::optional<Timestamp> since, std::optional<Duration> ago, Timestamp began, Timestamp now);

} // namespace slipway::wait_for_slo
