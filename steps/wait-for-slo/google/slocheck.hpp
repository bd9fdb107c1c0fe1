#pragma once

#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "wait-for-slo/google/options.hpp"
#include "wait-for-slo/result.hpp"

namespace slipway::wait_for_slo {

/// What the container 'slocheck' does in a job of Argo Rollouts: judges the newest burn rate of 300 s once. Above the threshold, without data,
/// and when anything is in the way, the exit code is 1, as it knows no other beside 0; verdict and reason tell which.
///
/// @throws Cancelled
Outcome judge_slocheck(const GoogleOptions& options, const cli::TlsOptions& tls, cli::Context& context);

} // namespace slipway::wait_for_slo
