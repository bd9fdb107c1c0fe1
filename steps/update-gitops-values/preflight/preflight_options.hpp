#pragma once

#include "cli/option_set.hpp"
#include "core/error.hpp"
#include "core/secret.hpp"

#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// What is looked at before anything is committed.
struct PreflightOptions {
    bool no_verify_image = false;
    bool require_immutable = false;
    std::string registry_user; ///< for the images' registry
    Secret registry_password;
    std::string authfile; ///< credentials for registries
    std::string app;      ///< file of an Argo CD Application, inside of the repository or folder
};

void declare(cli::OptionSet& set, PreflightOptions& options);
void check(const PreflightOptions& options, bool in_folder, std::vector<Diagnostic>& problems);

} // namespace slipway::update_gitops_values
