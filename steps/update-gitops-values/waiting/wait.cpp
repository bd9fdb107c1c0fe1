#include "update-gitops-values/waiting/wait.hpp"

#include "update-gitops-values/waiting/followers.hpp"

namespace slipway::update_gitops_values {

WaitTarget parse_wait_target(const std::string&) { throw misuse("not built yet"); }
void wait_until_served(const WaitOptions&, const Delivery&, const cli::TlsOptions&, cli::Context&) { throw misuse("not built yet"); }

} // namespace slipway::update_gitops_values
