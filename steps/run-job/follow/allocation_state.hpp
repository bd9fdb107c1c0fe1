#pragma once

#include "nomad/model.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::run_job {

/// What a job is there for: to end (batch, sysbatch) or to run (service, system).
enum class Purpose { to_end, to_run };

/// What allocations of one version say together, before anybody asks whether the scheduler is about to replace some.
struct AllocationState {
    enum class Is {
        none,    ///< there is no allocation that is not replaced
        going_on,
        reached, ///< all are what they should become
        failed,  ///< at least one is, and no other is promised by itself
        stopped, ///< at least one should stop, and nothing replaces it: the job is stopped or superseded, or it is about to be replaced
    };
    Is is = Is::none;
    std::string words; ///< how far they are; of a failure, what failed
    std::optional<int> exit_code; ///< of the task that failed
};

/// Those of one version, in the order in which they were made.
std::vector<nomad::Allocation> of_version(std::vector<nomad::Allocation> allocations, std::uint64_t version);

/// Whether somebody or something wants it to end.
bool should_stop(const nomad::Allocation& allocation);

AllocationState state_of(const std::vector<nomad::Allocation>& allocations, Purpose purpose);

} // namespace slipway::run_job
