#pragma once

#include "cli/report.hpp"
#include "outcome.hpp"
#include "run-job/registration/registration.hpp"

#include <vector>

namespace slipway::run_job {

/// @param jobs  those that were begun, in their order; at least one
cli::Report report_of(const std::vector<Outcome>& jobs, Duration took);

/// What a dry run tells. @param fail_on_change  whether a change is exit code 1
cli::Report report_of(const std::vector<PlannedJob>& jobs, bool fail_on_change);

} // namespace slipway::run_job
