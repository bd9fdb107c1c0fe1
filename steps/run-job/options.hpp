#pragma once

#include "cli/option_set.hpp"
#include "cli/server_options.hpp"
#include "core/duration.hpp"
#include "nomad/connection.hpp"
#include "rendering/values.hpp"

#include <string>
#include <vector>

namespace slipway::run_job {

/// What the user may say.
struct Options {
    std::vector<std::string> jobs; ///< files, in the order to run; with --stop also names of jobs
    nomad::ConnectionOptions nomad;

    // What is registered.
    rendering::ValueSources values; ///< any: the files are templates
    std::vector<std::string> keep;           ///< names in templates that are left as they are
    std::vector<std::string> secrets;        ///< names among the values and variables that are hidden
    std::vector<std::string> variables;      ///< "NAME=value", of HCL2
    std::vector<std::string> variable_files; ///< of HCL2
    bool run_again = false;
    bool fail_on_change = false;
    bool retry_on_conflict = false;

    // How far it is followed.
    Duration timeout{std::chrono::minutes{30}};
    Duration placement_timeout{std::chrono::minutes{2}};
    std::string on_timeout = "leave"; ///< leave, revert
    std::string on_cancel = "leave";  ///< leave, revert
    bool allow_superseded = false;
    bool logs = false;

    // The gate.
    std::string gate; ///< a command line
    std::vector<std::string> gate_words; ///< what stands after --
    bool promote = false;
    std::string on_inconclusive = "hold"; ///< hold, promote, revert
    bool stop_on_failure = false;
    cli::ServerOptions scraped; ///< --expect-scraped: a Prometheus; its URL may be empty
    Duration scrape_timeout{std::chrono::minutes{2}};

    // Other things to do with a job.
    bool dispatch = false;
    std::vector<std::string> meta; ///< "KEY=value"
    std::string payload;           ///< a file
    bool force = false;
    bool stop = false;
    bool purge = false;

    bool has_gate() const { return !gate.empty() || !gate_words.empty(); }
};

void declare(cli::OptionSet& set, Options& options);
void check(const Options& options, std::vector<Diagnostic>& problems);

} // namespace slipway::run_job
