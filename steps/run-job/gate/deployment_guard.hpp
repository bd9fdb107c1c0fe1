#pragma once

#include "cli/context.hpp"
#include "nomad/job_api.hpp"

#include <memory>
#include <optional>
#include <string>

namespace slipway::run_job {

/// Watches a deployment while something else goes on, in a thread and over a connection of its own; both end with this object, at once.
class DeploymentGuard {
public:
    DeploymentGuard(const nomad::ConnectionOptions& connection, nomad::JobKey job, std::string deployment, io::Steady deadline, cli::Context& context);
    ~DeploymentGuard();
    DeploymentGuard(const DeploymentGuard&) = delete;
    DeploymentGuard& operator=(const DeploymentGuard&) = delete;

    /// Whether it ended, or somebody else promoted it. Cheap.
    bool is_decided() const;
    /// As it was seen last.
    std::optional<nomad::Deployment> last() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

} // namespace slipway::run_job
