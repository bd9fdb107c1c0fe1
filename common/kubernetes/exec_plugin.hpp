#pragma once

#include "cli/context.hpp"
#include "core/secret.hpp"
#include "kubernetes/kubeconfig.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace slipway::kubernetes {

/// What a plugin gives: a token, a certificate with its key (PEM), or both.
struct ExecCredentials {
    Secret token;
    std::string certificate;
    Secret key;
};

/// Runs a plugin and reads its answer. Nobody is there to be asked anything, and it is told so.
///
/// @param cluster  spec.cluster of what the plugin is told; null: it is not told
/// @throws Error (misuse) with a place when the plugin is of a form that we cannot run
/// @throws Error (world failure) with the plugin's installHint when it is missing, fails, or gives no credentials that are valid now
/// @source https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
ExecCredentials run_exec_plugin(const ExecPlugin& plugin, const nlohmann::json& cluster, cli::Context& context);

} // namespace slipway::kubernetes
