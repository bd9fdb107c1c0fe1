#pragma once

#include "cli/context.hpp"
#include "nomad/job_api.hpp"
#include "run-job/follow/follower.hpp"
#include "run-job/registration/registration.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace slipway::run_job {

/// What came of taking a version back.
struct TakenBack {
    enum class End {
        reverted,
        following,  ///< what comes back is registered, and was not followed to its end
        nothing_to_go_back_to,
        superseded, ///< somebody registered another version meanwhile: that one stays
        failed,     ///< the version that should come back is not healthy either
    };
    End end = End::reverted;
    std::optional<std::uint64_t> reverted_to; ///< the version that comes back, by its old number
    std::optional<std::uint64_t> new_version; ///< that it has now; for superseded, the version that stands
    std::string words;                        ///< why not
    std::vector<nomad::Allocation> allocations; ///< of the version that is not healthy either
};

enum class FollowBack { to_its_end, not_at_all };

/// Takes back what was registered: its deployment fails, and the newest stable version below comes back, by Nomad (auto_revert) or by us. What comes back
/// is promoted where its own update block asks for canaries, and followed until it is healthy. Every lost answer is verified by reading.
///
/// @param deployment_id  empty when there is none
TakenBack take_back(const Registered& registered, const std::string& deployment_id, FollowBack follow, nomad::JobApi& api, Follower& follower, cli::Context& context);

} // namespace slipway::run_job
