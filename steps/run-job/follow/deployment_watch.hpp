#pragma once

#include "cli/context.hpp"
#include "nomad/job_api.hpp"
#include "run-job/follow/follower.hpp"
#include "run-job/follow/placement.hpp"

#include <cstdint>
#include <string>

namespace slipway::run_job {

/// "group web: 1 of 2 placed, 1 healthy; canaries: 1 of 1 healthy", a group after the other.
std::string progress_of(const nomad::Deployment& deployment);

/// Follows one deployment by blocking reads.
class DeploymentWatch {
public:
    DeploymentWatch(nomad::JobApi& api, Duration placement_timeout, cli::Context& context) : api_(api), placement_(api, placement_timeout, context), context_(context) {}

    Followed run(const std::string& id, Follower::Until until);

private:
    void tell(const nomad::Deployment& deployment);
    Followed ended(nomad::Deployment deployment);
    Followed gone(std::uint64_t version);

    nomad::JobApi& api_;
    Placement placement_;
    cli::Context& context_;
    std::string told_;
};

} // namespace slipway::run_job
