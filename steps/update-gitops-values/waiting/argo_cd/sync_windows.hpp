#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace slipway::update_gitops_values {

/// Why Argo CD may not sync an Application now, by the windows of its project, in words: "the deny window '0 22 * * *' for 8h is open"; empty: it
/// may, or it cannot be told.
///
/// @param windows   what /api/v1/applications/NAME/syncwindows answers
/// @param by_hand   whether the sync is asked for, which windows may allow at any time
/// @source https://argo-cd.readthedocs.io/en/stable/user-guide/sync_windows/; argo-cd, types.go, SyncWindows.CanSync
std::string closed_window(const nlohmann::json& windows, bool by_hand);

} // namespace slipway::update_gitops_values
