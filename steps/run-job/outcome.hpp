#pragma once

#include "core/error.hpp"
#include "nomad/model.hpp"
#include "run-job/diagnosis/diagnosis.hpp"
#include "run-job/follow/timeline.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::run_job {

/// What became of one job.
struct Outcome {
    nomad::JobKey job;
    std::string type;
    std::string child; ///< the job that a dispatch or a periodic launch made; empty: none
    std::optional<std::uint64_t> version; ///< nothing: not registered
    std::string deployment;               ///< empty: none
    /// successful, complete, running, failed, unplaced, superseded, stopped, held (a canary waits for promotion), timed_out, registered, dispatched,
    /// unchanged, error
    std::string status;
    bool changed = false;
    bool promoted = false;
    bool superseded = false;
    std::optional<std::uint64_t> reverted_to; ///< the version that came back
    std::optional<int> exit_code;             ///< of the task that failed, for batch
    Duration took{0};
    std::vector<nomad::Allocation> allocations;      ///< of the version
    std::vector<nomad::ServiceAddress> services;     ///< of the version's allocations
    std::vector<Timeline::Phase> phases;
    Diagnosis diagnosis;
    std::string difference; ///< the plan, for people
    ExitCode code = ExitCode::done;
    std::vector<Diagnostic> diagnostics; ///< what went wrong, and what to do
    std::vector<std::string> commands;   ///< that go on from here: promote, take back
};

} // namespace slipway::run_job
