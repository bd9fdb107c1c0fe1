#pragma once

#include "update-gitops-values/changeset.hpp"
#include "update-gitops-values/request.hpp"

#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// The tags and digests that a pod's image has of a change, each once: those of the values that became something else, and what the request
/// sets, which counts also when it stood there already.
std::vector<std::string> versions_of(const Request& request, const Changeset& files);

} // namespace slipway::update_gitops_values
