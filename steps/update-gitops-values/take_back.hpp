#pragma once

#include "changeset.hpp"
#include "git/repository.hpp"
#include "update-gitops-values/history/rollback.hpp"

#include <string>

namespace slipway::update_gitops_values {

/// What a rollback changes in a commit: files that nobody has touched since get their earlier bytes back; in others the values that were
/// set are set back.
///
/// @throws Error (refused) for each file and value that somebody changed since: nothing is taken back by halves
Changeset take_back(const RollbackPlan& plan, git::Repository& repository, const std::string& tip, cli::Context& context);

} // namespace slipway::update_gitops_values
