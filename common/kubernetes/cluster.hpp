#pragma once

#include "cli/context.hpp"
#include "cli/option_set.hpp"
#include "io/files.hpp"
#include "io/http.hpp"

#include <memory>
#include <string>

namespace slipway::kubernetes {

/// Which cluster, in kubectl's words.
struct ClusterOptions {
    std::string kubeconfig;      ///< a file; empty: $KUBECONFIG, ~/.kube/config, then the account of the pod that we run in
    std::string context;         ///< its name; empty: the kubeconfig's current context
    std::string name_space;      ///< empty: the context's
    bool allow_insecure = false; ///< the step's --allow-insecure: any certificate, and credentials over plain HTTP
};

/// --kubeconfig, --kube-context, --kube-namespace. The step has --allow-insecure from cli::declare_tls.
void declare(cli::OptionSet& options, ClusterOptions& target);

/// A cluster, and how to prove who we are.
struct Cluster {
    std::string server;     ///< URL without a slash at its end; may have a path (Rancher)
    std::string name_space; ///< "default" when nobody says another
    std::string origin;     ///< for people: "context 'prod' of /root/.kube/config", "the pod's service account"
    io::HttpSettings settings;
    /// Holds certificates that came as data, readable by us only; null when there are none. Must live as long as a client with these
    /// settings, and takes the files away in the end.
    std::unique_ptr<io::TemporaryFolder> credentials;
};

/// Finds out which cluster is meant and how to reach it. Runs the user's plugin for credentials, if it has one; asks no server.
///
/// Tokens, passwords and keys are hidden from then on. `insecure-skip-tls-verify` is obeyed, as kubectl does, with a warning in the log.
/// An authority is trusted besides the system's own ones, not in their place: io::HttpSettings knows no other way.
///
/// @throws Error (misuse) with a place for a kubeconfig that cannot be used: mistakes, a context or what it names missing, `proxy-url`,
///         `auth-provider`; and when there is no cluster to be found at all
/// @throws Error (world failure) when a plugin or the pod's account gives no credentials
/// @source k8s.io/client-go/tools/clientcmd, client_config.go and validation.go; k8s.io/client-go/rest, InClusterConfig
Cluster find_cluster(const ClusterOptions& options, cli::Context& context);

} // namespace slipway::kubernetes
