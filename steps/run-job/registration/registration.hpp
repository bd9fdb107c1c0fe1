#pragma once

#include "nomad/client.hpp"
#include "nomad/job_api.hpp"
#include "run-job/input/job_file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::run_job {

/// What registering a job would do, as Nomad says.
struct PlannedJob {
    JobFile file;
    nomad::Json plan;
    std::uint64_t job_modify_index = 0; ///< of the job that the plan compares with; 0: there is none
    bool changes = true;
    std::vector<std::string> unplaceable; ///< in words, a group each

    /// The difference, for people; several lines.
    std::string difference() const;
    /// The same in the log, as it is; not with --quiet.
    void show(io::Log& log) const;
};

/// Asks for the plan. Changes nothing.
PlannedJob plan_job(JobFile file, nomad::Client& client);

/// A version of a job that Nomad has, and what follows from it.
struct Registered {
    nomad::JobKey key;
    std::string type;
    std::uint64_t version = 0;
    std::uint64_t job_modify_index = 0;
    std::string evaluation; ///< empty: nothing was registered, or nothing starts by itself (periodic, parameterized)
    bool changed = false;
    bool periodic = false;
    bool parameterized = false;
};

enum class OnConflict { fail, plan_again };

/// Registers what was planned, unless Nomad has it already, and unless somebody changed the job since the plan.
///
/// When the answer is lost the job is read: what is registered counts, whoever's answer was lost, when it is this job; nothing is registered twice.
///
/// @param planned  gets the newer plan when it was planned again
/// @throws Error (refused) when somebody was faster, with their version and modify index, and for what Nomad refuses; Error (world failure)
Registered register_planned(PlannedJob& planned, nomad::JobApi& api, nomad::Client& client, OnConflict on_conflict, cli::Context& context);

} // namespace slipway::run_job
