#pragma once

#include "cli/context.hpp"
#include "io/http.hpp"
#include "kubernetes/client.hpp"
#include "update-gitops-values/waiting/follower.hpp"
#include "update-gitops-values/waiting/wait_options.hpp"

#include <memory>
#include <string>

namespace slipway::update_gitops_values {

/// What --wait names.
struct WaitTarget {
    enum class Kind { argocd, flux, canary, rollout, deployment };
    Kind kind = Kind::deployment;
    std::string name_space; ///< empty for an Argo CD application of the default namespace
    std::string name;
};

/// @throws Error (misuse) for what is none
WaitTarget parse_wait_target(const std::string& text);

/// An Application of Argo CD, by its API: applied when it is synced to a revision that has our commit, and healthy.
std::unique_ptr<Follower> follow_argocd(const WaitTarget& target, const WaitOptions& options, io::HttpClient& http, const Delivery& delivery, cli::Context& context);

/// A Kustomization of Flux, by the Kubernetes API.
/// @param http  for the receiver's webhook
std::unique_ptr<Follower> follow_flux(const WaitTarget& target, const WaitOptions& options, kubernetes::Client& cluster, io::HttpClient& http, const Delivery& delivery, cli::Context& context);

/// A Canary of Flagger.
std::unique_ptr<Follower> follow_canary(const WaitTarget& target, kubernetes::Client& cluster, const Delivery& delivery, cli::Context& context);
/// A Rollout of Argo Rollouts.
std::unique_ptr<Follower> follow_rollout(const WaitTarget& target, kubernetes::Client& cluster, const Delivery& delivery, cli::Context& context);
std::unique_ptr<Follower> follow_deployment(const WaitTarget& target, kubernetes::Client& cluster, const Delivery& delivery, cli::Context& context);

} // namespace slipway::update_gitops_values
