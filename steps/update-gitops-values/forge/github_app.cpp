#include "update-gitops-values/forge/github_app.hpp"

namespace slipway::update_gitops_values {

InstallationToken::InstallationToken(const ForgeProject&, const ForgeOptions&, const cli::TlsOptions&, cli::Context&) { throw misuse("not built yet"); }
InstallationToken::~InstallationToken() = default;

} // namespace slipway::update_gitops_values
