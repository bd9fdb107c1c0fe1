#pragma once

#include "draft.hpp"
#include "cli/report.hpp"
#include "update-gitops-values/forge/forge.hpp"

#include <optional>
#include <string>

namespace slipway::update_gitops_values {

/// What people and programs are told, of a plan and of what came of it.
struct Outcome {
    Changeset files;
    std::string branch;                ///< empty for a folder
    std::optional<std::string> commit; ///< nothing when nothing was committed (yet)
    std::optional<Late> late;          ///< why nothing was committed
    std::string offer = {};            ///< where the server offers to open a pull or merge request
    std::optional<PullRequest> request = {};
    bool declined = false;             ///< the request was closed without a merge
    bool kept = false;                 ///< the request proposed just this before
    std::optional<bool> applied = {};  ///< whether all that was waited for serves it; nothing: nobody waited
    std::string promoted = {};         ///< what was copied from another environment
    ExitCode code = ExitCode::done;
    std::vector<Diagnostic> notes = {};    ///< what people have to know of the request
    std::vector<Diagnostic> problems = {}; ///< of what came after the commit

    bool is_merged() const { return request && request->state == PullRequest::State::merged; }
    const std::string& request_url() const { return request ? request->url : offer; }
};

/// The files' differences, as `git diff` prints them.
std::string diff_of(const Changeset& files);

/// The fields of --json.
cli::Json json_of(const Outcome& outcome);

cli::Report report_of(const Outcome& outcome);

} // namespace slipway::update_gitops_values
