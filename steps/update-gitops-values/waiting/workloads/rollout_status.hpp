#pragma once

#include "update-gitops-values/waiting/judgement.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// How far a Rollout is with its template. A pause without an end, one by hand and one after an inconclusive analysis are stuck, and their
/// hint is the command that promotes; an abort has failed, and so has whatever the controller calls Degraded.
///
/// @param workload_generation  metadata.generation of the object that spec.workloadRef names; nothing: there is none
/// @source https://argo-rollouts.readthedocs.io/en/stable/features/specification/,
///         https://argo-rollouts.readthedocs.io/en/stable/generated/kubectl-argo-rollouts/kubectl-argo-rollouts_status/
Judgement judge_rollout(const nlohmann::json& rollout, std::optional<std::int64_t> workload_generation);

/// What an AnalysisRun measured that did not hold: "AnalysisRun web-2 Failed: metric success-rate Failed: ... (last value [0.42])"; empty
/// when nothing is wrong with it.
std::string failure_of_analysis(const nlohmann::json& run);

/// Names of the analysis runs that a Rollout's status has.
std::vector<std::string> analysis_runs_in(const nlohmann::json& rollout);

} // namespace slipway::update_gitops_values
