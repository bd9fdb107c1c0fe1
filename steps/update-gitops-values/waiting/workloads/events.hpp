#pragma once

#include "kubernetes/client.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// The newest events about an object, the oldest of them first: "event: 2026-11-24T12:00:00Z Warning Synced: Halt web.prod advancement ...".
/// Warnings alone where there are any. When they cannot be read, why, as the only line.
///
/// @source https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/, for core/v1, which all versions have
std::vector<std::string> last_events(kubernetes::Client& cluster, const std::string& kind, const std::string& name_space, const std::string& name, std::size_t most = 5);

} // namespace slipway::update_gitops_values
