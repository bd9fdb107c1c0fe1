#pragma once

#include "cli/option_set.hpp"
#include "cli/server_options.hpp"
#include "core/duration.hpp"
#include "core/secret.hpp"
#include "kubernetes/cluster.hpp"

#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// What is waited for after the push.
struct WaitOptions {
    std::vector<std::string> targets; ///< "argocd/[NAMESPACE/]APP", "flux/NAMESPACE/NAME", "canary|rollout|deployment/NAMESPACE/NAME"; in this order
    Duration timeout{30 * 60 * 1000}; ///< for all of them together
    cli::ServerOptions argocd;
    bool argocd_sync = false;         ///< asks for a sync where the Application has no automated one
    std::string flux_receiver;        ///< URL of a Receiver's webhook
    Secret flux_receiver_secret;      ///< signs what is sent there (generic-hmac)
    kubernetes::ClusterOptions cluster;

    bool waits() const { return !targets.empty(); }
};

void declare(cli::OptionSet& set, WaitOptions& options);

/// Argo CD's server with a scheme: ARGOCD_SERVER, as Argo CD's own command reads it, has none.
cli::ServerOptions argocd_server(const WaitOptions& options);

void check(const WaitOptions& options, bool in_folder, const cli::TlsOptions& tls, std::vector<Diagnostic>& problems);

} // namespace slipway::update_gitops_values
