#pragma once

#include "cli/context.hpp"
#include "nomad/job_api.hpp"

#include <string>

namespace slipway::run_job {

/// What came of wanting to promote.
enum class Promotion {
    done,
    not_healthy, ///< a canary is not healthy any more, or not yet
    over,        ///< the deployment ended meanwhile
};

/// Promotes all groups of a deployment, and proves by reading it that they are: Nomad says yes also where it promotes nothing. When an answer is lost the
/// deployment is read before anything is sent again.
///
/// @throws Error (world failure) when Nomad says yes and nothing is promoted; Error (refused) for what else it says no to
Promotion promote(const std::string& deployment_id, nomad::JobApi& api, cli::Context& context);

} // namespace slipway::run_job
