#pragma once

#include "cli/context.hpp"
#include "nomad/job_api.hpp"
#include "run-job/follow/timeline.hpp"
#include "run-job/registration/registration.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::run_job {

/// How far something came.
struct Followed {
    enum class End {
        successful,
        canaries_ready, ///< healthy, and somebody has to promote
        failed,         ///< Nomad says so: a deployment or a task failed
        unplaced,       ///< Nomad found no place for --placement-timeout
        superseded,     ///< somebody registered another version meanwhile
        stopped,        ///< somebody stopped the job meanwhile
        out_of_time,
    };
    End end = End::successful;
    std::string words; ///< Nomad's own, or ours: "Failed due to unhealthy allocations"; may be empty
    std::optional<nomad::Deployment> deployment; ///< nothing for what is followed by its allocations
    std::vector<nomad::Allocation> allocations;  ///< of this version, those that replaced others last; what went wrong is among them
    std::optional<int> exit_code;                ///< of the task that failed, for batch
    std::optional<std::uint64_t> newer_version;  ///< when superseded
};

struct FollowSettings {
    Duration placement_timeout{std::chrono::minutes{2}};
    bool logs = false; ///< what tasks print goes to the log (batch and sysbatch)
};

/// Follows what became of a registration until it ends, by blocking reads: evaluation, then deployment, or allocations where there is none.
///
/// On a terminal one live line says how many allocations of each group are placed and healthy; in a log a line says what changed. What cannot be
/// placed is said at once, in words. A deployment counts only when its spec_modify_index is the registration's.
class Follower {
public:
    Follower(nomad::JobApi& api, FollowSettings settings, Timeline& timeline, cli::Context& context);

    /// From the registration to its end, or to healthy canaries that somebody has to promote.
    Followed follow(const Registered& registered);
    /// A deployment, from where it stands. @param until_canaries  whether healthy canaries are an end
    enum class Until { canaries_ready, over };
    Followed follow_deployment(const std::string& id, Until until);
    /// A batch or sysbatch job through its allocations, from an evaluation on: of a registration, a dispatch, a launch of a periodic one.
    Followed follow_tasks(const std::string& evaluation, std::uint64_t version);
};

} // namespace slipway::run_job
