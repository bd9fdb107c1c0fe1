#pragma once

#include "update-gitops-values/waiting/judgement.hpp"

#include <nlohmann/json.hpp>

namespace slipway::update_gitops_values {

/// How far a Deployment is with its template, as `kubectl rollout status` counts; a paused one that is not there yet is stuck.
///
/// @source https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
Judgement judge_deployment(const nlohmann::json& deployment);

} // namespace slipway::update_gitops_values
