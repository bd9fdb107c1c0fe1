#pragma once

#include "nomad/client.hpp"
#include "nomad/job_api.hpp"
#include "run-job/options.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::run_job {

/// A job to register, as the API wants it.
struct JobFile {
    std::string path; ///< "standard input" for "-"
    nomad::JobKey key;
    std::string type; ///< service, batch, system, sysbatch
    nomad::Json job;
    /// What was read, rendered. Nothing for a Nomad that takes none. Values of the options' secrets are "***" in it, wherever they went; nothing
    /// when one is too short to be found again, or might stand there in another form.
    std::optional<nomad::Submission> submission;
    std::vector<Diagnostic> warnings;
};

/// Reads, renders and parses all job files, and asks Nomad whether they are valid. Mistakes of all of them are told together, by the lines of the files
/// that the user wrote.
///
/// @throws Error (misuse) for what cannot be read, no job, and the same job twice; Error (refused) for what Nomad says no to
std::vector<JobFile> read_job_files(const Options& options, nomad::Client& client, cli::Context& context);

/// Gives the job a meta key that no version had, so that Nomad runs it again. @param run  what tells this run from others
void mark_for_another_run(nomad::Json& job, const std::string& run);

} // namespace slipway::run_job
