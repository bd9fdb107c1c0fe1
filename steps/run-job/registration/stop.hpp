#pragma once

#include "cli/context.hpp"
#include "nomad/job_api.hpp"

#include <cstdint>
#include <optional>

namespace slipway::run_job {

struct Stopped {
    bool changed = false; ///< whether it was running, or known at all when it is purged
    std::optional<std::uint64_t> version; ///< that was stopped; nothing when there was no such job
};

/// Stops a job. One that is not there, or has stopped, is no error. A lost answer is verified by reading before anything is sent again.
/// @throws Error (refused) for what Nomad says no to; Error (world failure)
Stopped stop_job(nomad::JobApi& api, nomad::JobApi::Purge purge, cli::Context& context);

} // namespace slipway::run_job
