#pragma once

#include "cli/report.hpp"
#include "wait-for-slo/watch/objective_watch.hpp"

namespace slipway::wait_for_slo {

/// Null for what is not known, and for what JSON cannot write.
cli::Json number_or_null(bool known, double value);

/// What everybody is told of an objective: name, good, total, error_rate, burn_rate and verdict.
cli::Json to_json(const ObjectiveWatch& objective, const Finding& finding);

} // namespace slipway::wait_for_slo
