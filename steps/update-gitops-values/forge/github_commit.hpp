#pragma once

#include "git/update.hpp"
#include "update-gitops-values/forge/forge.hpp"

#include <memory>

namespace slipway::update_gitops_values {

/// Commits by createCommitOnBranch, which GitHub signs as the token's app; the branch is moved only from the expected commit.
/// A file keeps or gets the mode 100644 so: an executable one is refused.
/// @source https://docs.github.com/en/graphql/reference/mutations#createcommitonbranch
std::unique_ptr<git::Publisher> make_github_publisher(const ForgeProject& project, const ForgeOptions& options, const io::BearerAuth& token, const cli::TlsOptions& tls, cli::Context& context);

} // namespace slipway::update_gitops_values
