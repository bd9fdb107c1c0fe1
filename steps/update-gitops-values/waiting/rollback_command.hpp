#pragma once

#include "update-gitops-values/changeset.hpp"
#include "update-gitops-values/options.hpp"

#include <string>

namespace slipway::update_gitops_values {

/// What somebody types to take a change back, in a shell's words; without anything secret.
///
/// @param files  what was changed; empty when the branch held it already: then the last change of the file is meant
/// @return empty when there is no such command: the change was a rollback itself, or which files it is about is not known
std::string rollback_command(const Options& options, const std::string& branch, const Changeset& files);

} // namespace slipway::update_gitops_values
