#pragma once

#include "cli/context.hpp"
#include "nomad/job_api.hpp"
#include "run-job/follow/allocation_state.hpp"
#include "run-job/follow/deployment_progress.hpp"
#include "run-job/follow/placement.hpp"
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

private:
    /// Nothing of it: it ended well, was collected as garbage, or was superfluous.
    std::optional<Followed> settle(std::string evaluation, std::uint64_t version);
    /// The evaluation that is about to decide what becomes of a version that somebody else registered; empty when none is.
    std::string pending_evaluation();
    /// The deployment of a registration; nothing when there is none. @param is_new  whether it may appear a moment later
    std::optional<nomad::Deployment> find_deployment(const Registered& registered, bool is_new);
    Followed follow_allocations(Purpose purpose, std::uint64_t version, bool is_settled);
    /// What allocations came to that no scheduler is about to replace; nothing when they are not there yet.
    std::optional<Followed> judge(const std::vector<nomad::Allocation>& allocations, Purpose purpose, std::uint64_t version);
    /// Waits a moment for an evaluation that is pending. @return whether there is one
    bool await_scheduler(const std::vector<nomad::Evaluation>& evaluations);
    Followed over(const nomad::Deployment& deployment);
    Followed without_deployment(const nomad::Deployment& last);
    /// Whether somebody stopped or replaced the version meanwhile.
    std::optional<Followed> interrupted(std::uint64_t version);
    void tell(const nomad::Deployment& deployment, DeploymentProgress& progress);
    void tell_canaries(const nomad::Deployment& deployment, bool& waited);
    /// How long a blocking read may wait.
    Duration longest_wait(bool misses_places) const;
    /// Keeps a server that answers blocking reads at once from being asked without end.
    void pace(std::uint64_t asked, std::uint64_t answered, io::Steady began);
    Followed end_with(Followed::End end, std::string words, std::string phase = {});
    /// The same with the allocations of its deployment.
    Followed with_allocations(Followed followed);

    nomad::JobApi& api_;
    FollowSettings settings_;
    Timeline& timeline_;
    cli::Context& context_;
    Placement placement_;
    std::string canaries_seen_; ///< the deployment whose healthy canaries were told
    int quick_rounds_ = 0; ///< one after the other
};

} // namespace slipway::run_job
