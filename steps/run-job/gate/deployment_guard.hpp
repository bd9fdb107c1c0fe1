#pragma once

#include "cli/context.hpp"
#include "nomad/job_api.hpp"

#include <memory>
#include <optional>
#include <string>

namespace slipway::run_job {

/// Watches a deployment whose canaries are healthy while something else goes on, in a thread and over a connection of its own; both end with
/// this object, at once.
///
/// A server that does not answer decides nothing.
class DeploymentGuard {
public:
    /// @throws Error (misuse) when a file of the options cannot be read
    DeploymentGuard(const nomad::ConnectionOptions& connection, nomad::JobKey job, std::string deployment, io::Steady deadline, cli::Context& context);
    ~DeploymentGuard();
    DeploymentGuard(const DeploymentGuard&) = delete;
    DeploymentGuard& operator=(const DeploymentGuard&) = delete;

    /// Whether there is nothing to promote any more: it ended or is gone, somebody else promoted it, or canaries died. Cheap.
    bool is_decided() const;
    /// As it was seen last.
    std::optional<nomad::Deployment> last() const;
    /// "canary 1f604c66 failed on node n1" once is_decided() because of that; else empty. Nomad counts a canary that was healthy once as healthy
    /// for ever, and replaces it not before the deployment is over: nobody else will say so.
    std::string dead_canary() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

} // namespace slipway::run_job
