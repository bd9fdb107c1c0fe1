#include "update-gitops-values/forge/forge.hpp"

namespace slipway::update_gitops_values {

ForgeProject find_project(const git::RemoteOptions&, const ForgeOptions&, const io::Environment&) { throw misuse("not built yet"); }
std::unique_ptr<Forge> make_forge(const ForgeProject&, const ForgeOptions&, const Secret&, const cli::TlsOptions&, cli::Context&) { throw misuse("not built yet"); }

} // namespace slipway::update_gitops_values
