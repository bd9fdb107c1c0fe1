#pragma once

#include "kubernetes/cluster.hpp"
#include "kubernetes/kubeconfig.hpp"

namespace slipway::kubernetes {

/// How to reach a kubeconfig's cluster as one of its users. Fills `server`, `settings` and `credentials`.
///
/// @throws Error as find_cluster does
Cluster settings_of(const ClusterEntry& cluster, const UserEntry& user, const ClusterOptions& options, cli::Context& context);

} // namespace slipway::kubernetes
