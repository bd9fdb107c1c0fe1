#pragma once

#include "update-gitops-values/forge/forge.hpp"

#include <memory>

namespace slipway::update_gitops_values {

/// Pull requests of github.com and of GitHub Enterprise.
///
/// A merge as soon as it is possible is GitHub's auto-merge, which the repository must allow; where nothing is in the way, GitHub refuses that,
/// and the request is merged at once. Who was asked for a review before is not asked again.
/// @source https://docs.github.com/en/rest/pulls/pulls
std::unique_ptr<Forge> make_github(const ForgeProject& project, const ForgeOptions& options, const io::BearerAuth& token, const cli::TlsOptions& tls, cli::Context& context);

} // namespace slipway::update_gitops_values
