#pragma once

#include "io/files.hpp"
#include "wait-for-slo/checks/check.hpp"

#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// Reads the checks of AnalysisTemplates, ClusterAnalysisTemplates and AnalysisRuns of Argo Rollouts, and of Canaries of Flagger with their
/// MetricTemplates. Resources may refer to each other across the files; resources of other kinds are named in the remarks.
///
/// @param args          "name=value": arguments of Argo's templates
/// @param run_webhooks  whether commands of a Canary's webhooks are wanted; else remarks name them
/// @throws Error (misuse) with all mistakes of all files at their places; also when there is not one check in them
CheckPlan read_analysis_files(const std::vector<std::string>& paths, const std::vector<std::string>& args, bool run_webhooks, io::Files& files);

} // namespace slipway::wait_for_slo
