#pragma once

#include "draft.hpp"
#include "cli/report.hpp"

#include <optional>
#include <string>

namespace slipway::update_gitops_values {

/// What people and programs are told, of a plan and of what came of it.
struct Outcome {
    Changeset files;
    std::string branch;                ///< empty for a folder
    std::optional<std::string> commit; ///< nothing when nothing was committed (yet)
    std::optional<Late> late;          ///< why nothing was committed
    std::string request_url;           ///< where the server offers to open a pull or merge request
};

/// The files' differences, as `git diff` prints them.
std::string diff_of(const Changeset& files);

/// The fields of --json.
cli::Json json_of(const Outcome& outcome);

cli::Report report_of(const Outcome& outcome);

} // namespace slipway::update_gitops_values
