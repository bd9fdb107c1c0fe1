#pragma once

#include "update-gitops-values/options.hpp"

#include <string>

namespace slipway::update_gitops_values {

/// The branch of a change's request: "slipway/web-values-3f2a9c01d4". Made of what is to be changed and where, not of the new values, so
/// that the next version of the same target comes to the same branch, and so to the same request. At most 60 characters, of a-z, 0-9, "-"
/// and the one "/": with "-" in its place it is a host name's part.
///
/// @param options  checked
/// @param base     the branch that the request goes to
std::string request_branch(const Options& options, const std::string& base);

} // namespace slipway::update_gitops_values
