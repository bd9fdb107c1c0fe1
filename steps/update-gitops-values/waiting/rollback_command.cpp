#include "update-gitops-values/waiting/rollback_command.hpp"

namespace slipway::update_gitops_values {

std::string rollback_command(const Options&, const std::string&) { throw misuse("not built yet"); }

} // namespace slipway::update_gitops_values
