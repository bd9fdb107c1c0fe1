#pragma once

#include "cli/context.hpp"
#include "core/error.hpp"
#include "nomad/job_api.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::run_job {

struct FailingTask {
    std::string name;
    std::string state;
    std::uint64_t restarts = 0;
    std::vector<std::string> events; ///< the last ones, for people, oldest first: "12:03:11 Terminated: exit code 137, out of memory"
    std::optional<int> exit_code;    ///< the last
    bool out_of_memory = false;
    std::vector<std::string> out; ///< last lines of what it printed
    std::vector<std::string> err;
};

struct FailingAllocation {
    std::string id;
    std::string status; ///< failed, lost, unhealthy, restarting, pending
    std::string group;
    std::string node;
    bool canary = false;
    std::string why; ///< the likeliest reason in one line: "task app: exit code 1", "check web /healthz/ failed: 500", "image could not be pulled: ..."
    std::vector<FailingTask> tasks; ///< the first three, the one that failed by itself before all others
    std::size_t more_tasks = 0;
    std::vector<std::string> checks; ///< those that do not pass
};

/// Why allocations failed.
struct Diagnosis {
    std::vector<FailingAllocation> allocations; ///< the first three
    std::size_t more = 0;                       ///< that failed as well
    std::vector<std::string> notes;             ///< what could not be found out: no permission to read logs, a node that is gone

    bool empty() const { return allocations.empty(); }
};

/// Picks those that failed, are unhealthy or lost, or keep restarting, canaries and new ones first; where there is none, those that do not start. Asks for
/// their checks and logs. Never fails: what cannot be read is a note. Texts are safe to show, and redacted before anything was cut off.
///
/// @throws Cancelled
Diagnosis diagnose(const std::vector<nomad::Allocation>& allocations, nomad::JobApi& api, cli::Context& context);

/// The whole of it, for the log: lines with indent.
std::vector<std::string> lines_for_people(const Diagnosis& diagnosis);
/// For the step summary.
std::string markdown_of(const Diagnosis& diagnosis);
/// "3 allocations failed: task app: exit code 1 on node-7", of the first; empty when nothing failed.
std::string in_one_line(const Diagnosis& diagnosis);

} // namespace slipway::run_job
