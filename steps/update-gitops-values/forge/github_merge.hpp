#pragma once

#include "github_api.hpp"
#include "update-gitops-values/forge/forge.hpp"

#include <string>

namespace slipway::update_gitops_values {

/// See Forge::merge_when_ready.
void merge_on_github(GitHubApi& api, const PullRequest& request, const std::string& method, cli::Context& context);

} // namespace slipway::update_gitops_values
