#include "update-gitops-values/proposal/propose.hpp"

namespace slipway::update_gitops_values {

std::string request_branch(const Options&, const std::string&) { throw misuse("not built yet"); }

} // namespace slipway::update_gitops_values
