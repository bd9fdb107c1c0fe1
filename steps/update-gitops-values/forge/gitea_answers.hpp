#pragma once

#include "update-gitops-values/forge/api.hpp"
#include "update-gitops-values/forge/forge.hpp"
#include "update-gitops-values/forge/titles.hpp"

#include <optional>
#include <string>
#include <vector>

/// What Gitea and Forgejo say, without asking them anything.
namespace slipway::update_gitops_values::gitea {

const DraftMarks& draft_marks();

/// A pull request of the API, from and to branches of one repository; nothing when it is none. `conflicts` is never set: see `may_conflict`.
std::optional<PullRequest> request_of(const json::Value& answer);

/// Whether a pull request comes from another repository, a fork.
bool is_of_fork(const json::Value& answer);

/// Whether an open one conflicts with its base branch, or is being checked: the API says of both that it is not mergeable. Whose base has
/// not moved since it was made cannot conflict.
bool may_conflict(const json::Value& answer);

/// What the checks of a commit are at: "checks are running: ci/test"; empty when they are through, or there are none.
/// @param status  of /repos/{owner}/{repo}/commits/{sha}/status
std::string checks_of(const json::Value& status);

/// How many people approved what a request proposes now.
/// @param reviews  of /repos/{owner}/{repo}/pulls/{number}/reviews
long approvals_in(const json::Value& reviews);

/// The id of a label; 0 when there is none of that name.
/// @param labels  of /repos/{owner}/{repo}/labels or /orgs/{owner}/labels
long label_id(const json::Value& label, const std::string& name);

/// How the API calls a merge by "merge", "squash" or "rebase"; empty when the repository does not allow it.
std::string style_of(const std::string& method, const json::Value& repository);

} // namespace slipway::update_gitops_values::gitea
