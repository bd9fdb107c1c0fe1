#pragma once

#include "update-gitops-values/forge/forge.hpp"

namespace slipway::update_gitops_values {

/// Pull requests of Gitea and of Forgejo, by version 1 of their API.
///
/// @source the description of the API that each of them serves at /api/swagger, and Gitea's routers/api/v1/repo/pull.go
std::unique_ptr<Forge> make_gitea(const ForgeProject& project, const ForgeOptions& options, const Secret& token, const cli::TlsOptions& tls, cli::Context& context);

} // namespace slipway::update_gitops_values
