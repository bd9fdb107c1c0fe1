#pragma once

#include "update-gitops-values/options.hpp"

#include <string>

namespace slipway::update_gitops_values {

/// What somebody types to take a change back, in a shell's words; without anything secret.
std::string rollback_command(const Options& options, const std::string& branch);

} // namespace slipway::update_gitops_values
