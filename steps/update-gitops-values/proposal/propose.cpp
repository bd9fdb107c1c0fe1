#include "update-gitops-values/proposal/propose.hpp"

namespace slipway::update_gitops_values {

Proposed propose(const Options&, const std::string&, const std::string&, const Draft&, Drafts&, git::Repository&, Forge&, cli::Context&) { throw misuse("not built yet"); }
Proposed wait_until_merged(const Options&, const std::string&, Proposed, Drafts&, git::Repository&, Forge&, cli::Context&) { throw misuse("not built yet"); }

} // namespace slipway::update_gitops_values
