#pragma once

#include "update-gitops-values/forge/forge.hpp"

namespace slipway::update_gitops_values {

/// Merge requests of GitLab, by version 4 of its REST API.
///
/// The token goes into the header PRIVATE-TOKEN, a job's own (CI_JOB_TOKEN) into JOB-TOKEN; credentials of the options are sent as they are.
/// How a merge is made is a setting of the project: "merge" and "rebase" are refused where the project does otherwise, "rebase" is GitLab's
/// fast-forward merge.
/// @source https://docs.gitlab.com/api/merge_requests/
std::unique_ptr<Forge> make_gitlab(const ForgeProject& project, const ForgeOptions& options, const Secret& token, const cli::TlsOptions& tls, cli::Context& context);

} // namespace slipway::update_gitops_values
