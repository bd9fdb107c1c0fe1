#pragma once

#include "cli/context.hpp"
#include "cli/option_set.hpp"
#include "core/timestamp.hpp"
#include "nomad/model.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace slipway::run_job {

/// Splits a command line as a POSIX shell does, without any expansion: blanks, quotes, backslashes.
///
/// Line breaks are blanks, too: the text may be a block of YAML. An empty text has no words.
///
/// @throws Error (misuse) "why" for an open quote, a backslash at the end, nothing but blanks, and what only a shell would understand: unquoted
///         | & ; < > $ ` ( ), and within double quotes what it would expand
std::vector<std::string> split_command(std::string_view text);

/// What the gate is told in its environment.
struct GateFacts {
    nomad::JobKey job;
    std::uint64_t version = 0;
    std::string deployment; ///< empty: none
    std::vector<std::string> allocations; ///< SLIPWAY_CANARY_ALLOCS: of the new version
    std::string canary_addresses;         ///< host:port, joined by commas
    std::string baseline_addresses;       ///< of the version before
    std::optional<Timestamp> since;       ///< when the first of the new allocations was made
    std::vector<std::string> own_options; ///< names of run-job's options: "nomad-addr"
};

/// The changes to the environment of a gate: SLIPWAY_JOB, SLIPWAY_NAMESPACE, SLIPWAY_JOB_VERSION, SLIPWAY_DEPLOYMENT, SLIPWAY_CANARY_ALLOCS, SLIPWAY_CANARY_ADDRESSES,
/// SLIPWAY_BASELINE_ADDRESSES, SLIPWAY_SINCE (RFC 3339), and without run-job's own: SLIPWAY_RUN_JOB_*, and INPUT_* and PLUGIN_* of its options.
/// Lists of thousands are cut, as no program takes longer ones. What is not known is removed, since the gate would judge by what another job has left there.
io::EnvironmentChanges gate_environment(const GateFacts& facts, const io::Environment& environment);

/// What a gate's end means.
enum class Verdict {
    holds,        ///< 0
    violated,     ///< 1
    inconclusive, ///< 4, and 3: could not tell
    broken,       ///< anything else, a signal, or it could not be started: nobody judged
    ended_early,  ///< by us, since there is nothing to judge any more
};

struct GateResult {
    Verdict verdict = Verdict::broken;
    int exit_code = -1;    ///< -1 when a signal or we ended it, or it did not start
    std::string how;       ///< "exit code 4", "ended by signal 9", "not finished in time", "cannot run x: ..."
    std::string last_line; ///< the last that it printed to standard error, or else to standard output, safe to show; may be empty
    Duration took{0};
};

/// Runs the gate. What it prints goes to the log, line by line.
///
/// @param argv          the program and its arguments
/// @param is_pointless  asked several times a second; once true the gate is ended
/// @param timeout       it is ended then, as inconclusive; 0: there is no time left to begin
/// @throws Cancelled
GateResult run_gate(const std::vector<std::string>& argv, const GateFacts& facts, const std::function<bool()>& is_pointless, Duration timeout, cli::Context& context);

} // namespace slipway::run_job
