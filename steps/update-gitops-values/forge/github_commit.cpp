#include "update-gitops-values/forge/github_commit.hpp"

namespace slipway::update_gitops_values {

std::unique_ptr<git::Publisher> make_github_publisher(const ForgeProject&, const ForgeOptions&, const Secret&, const cli::TlsOptions&, cli::Context&) { throw misuse("not built yet"); }

} // namespace slipway::update_gitops_values
