#pragma once

#include "update-gitops-values/forge/api.hpp"
#include "update-gitops-values/forge/forge.hpp"
#include "update-gitops-values/forge/titles.hpp"

#include <optional>
#include <string>
#include <vector>

/// What GitLab says and is told, without asking it anything.
namespace slipway::update_gitops_values::gitlab {

const DraftMarks& draft_marks();

/// A merge request of the API; nothing when it is none.
/// @source https://docs.gitlab.com/api/merge_requests/#response
std::optional<PullRequest> request_of(const json::Value& answer);

/// Whether GitLab does not know yet whether it can be merged.
bool is_being_checked(const json::Value& request);

/// Those that a merge request does not have. Labels differ by the case of their letters.
std::vector<std::string> missing_labels(const json::Value& request, const std::vector<std::string>& labels);

std::vector<long> reviewer_ids(const json::Value& request);
bool is_reviewer(const json::Value& request, const std::string& user);

/// Why a project does not merge by "merge", "squash" or "rebase"; empty when it does, or does not tell.
/// @source https://docs.gitlab.com/user/project/merge_requests/methods/
std::string why_not(const std::string& method, const json::Value& project);

/// What helps where GitLab does not wait for what is missing.
std::string hint_for(const PullRequest& request);

/// A description in which no line is taken for a command of GitLab ("/close", "/assign"): commit messages are other people's.
/// @source https://docs.gitlab.com/user/project/quick_actions/
std::string without_commands(const std::string& text);

} // namespace slipway::update_gitops_values::gitlab
