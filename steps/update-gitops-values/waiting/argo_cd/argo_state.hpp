#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// A sync that Argo CD does or did.
struct ArgoOperation {
    std::string phase;   ///< "Running", "Terminating", "Succeeded", "Failed", "Error"; empty: there was none
    std::string message; ///< with "Retrying attempt #2 at 5:04PM." while it is tried again
    std::string started;
    std::vector<std::string> revisions;
    std::int64_t retries = 0;
    std::int64_t most_retries = 0;   ///< negative: without end
    std::vector<std::string> failed; ///< "Deployment prod/web: why"

    bool is_running() const { return phase == "Running" || phase == "Terminating"; }
    bool has_failed() const { return phase == "Failed" || phase == "Error"; }
};

/// A place in Git, or a chart's repository, that an Application is made of.
struct ArgoSource {
    std::string url;
    std::string target; ///< branch, tag, hash or range of versions; empty: HEAD
    bool is_chart = false;
};

struct ArgoCondition {
    std::string type; ///< "ComparisonError"
    std::string message;
};

/// An Application of Argo CD, as far as it tells whether it serves a commit. Texts are as they stand there: also hostile ones.
struct ArgoState {
    std::string project;
    std::vector<ArgoSource> sources;
    bool has_several_sources = false;
    bool is_hydrated = false; ///< commits that it syncs are made by Argo CD itself
    bool is_automated = false;
    bool is_skipped = false;  ///< by annotation, the controller leaves it alone
    bool is_deleted = false;  ///< or about to be
    bool is_asked = false;    ///< a sync is asked for that has not begun
    std::string sync;         ///< "Synced", "OutOfSync", "Unknown"
    std::vector<std::string> revisions; ///< that it was compared with
    std::string health;       ///< "Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"
    std::string health_message;
    ArgoOperation operation;
    std::vector<std::string> unlike;    ///< resources that are not as in Git: "ConfigMap prod/old (would be pruned)"
    std::vector<std::string> unhealthy; ///< those that are not healthy: "Deployment prod/web: Progressing: Waiting for rollout to finish"
    bool is_progressing = false;        ///< one of them is
    std::vector<ArgoCondition> errors;
};

/// @return nothing for what is no Application
/// @source https://github.com/argoproj/argo-cd/blob/master/pkg/apis/application/v1alpha1/types.go
std::optional<ArgoState> read_argo_state(const nlohmann::json& application);

} // namespace slipway::update_gitops_values
