#pragma once

#include "cli/context.hpp"
#include "nomad/job_api.hpp"

#include <string>
#include <vector>

namespace slipway::run_job {

/// A job that another one started.
struct Launched {
    std::string job_id; ///< "import/dispatch-1795319118-33a9cc96"
    std::string evaluation;
};

/// Dispatches a parameterized job. A lost answer is asked for again: Nomad knows the repetition by its token.
///
/// @param meta     "KEY=value" each
/// @param payload  bytes; empty: none
/// @throws Error (refused) for what Nomad says no to, such as a missing key
Launched dispatch_job(nomad::JobApi& api, const std::vector<std::string>& meta, const std::string& payload, cli::Context& context);

/// Starts a periodic job now. When the answer is lost, evaluations tell whether it was started, so that it does not start twice.
Launched force_job(nomad::JobApi& api, cli::Context& context);

} // namespace slipway::run_job
