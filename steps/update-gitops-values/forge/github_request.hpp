#pragma once

#include "api.hpp"
#include "update-gitops-values/forge/forge.hpp"

#include <optional>

namespace slipway::update_gitops_values {

/// A pull request as GitHub's REST API describes it, alone or in a list, where some is left out; nothing when it is none.
std::optional<PullRequest> read_github_request(const json::Value& item);

/// Whether its branch is one of another repository.
bool is_from_fork(const json::Value& item);

/// Why it cannot be merged yet; empty: GitHub has not looked yet.
/// @param state  GitHub's mergeable_state
std::string github_obstacle(const std::string& state, const json::Value& item);

} // namespace slipway::update_gitops_values
