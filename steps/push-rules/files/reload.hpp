#pragma once

#include "io/clock.hpp"
#include "prometheus/api.hpp"
#include "prometheus/loaded_rules.hpp"
#include "push-rules/files/folder.hpp"

#include <vector>

namespace slipway::push_rules {

/// Throws when a server says that it does not take reloads; one that does not say may take them.
///
/// @throws Error (world failure)
void check_lifecycle(prometheus::Api& api);

/// Lets the server read its configuration and rules again.
///
/// @throws Error (refused) when it refuses them, with its words; Error (world failure) for everything else that is no 2xx
void reload(prometheus::Api& api, Duration timeout);

/// What a server says of its last reload, in its own metrics.
struct ReloadState {
    std::optional<bool> successful = {}; ///< nothing: it does not say
    std::optional<double> time = {};     ///< of the last successful one, Unix seconds
};

/// @source Prometheus, prometheus_config_last_reload_successful and prometheus_config_last_reload_success_timestamp_seconds
ReloadState reload_state(prometheus::Api& api);

/// Whether the server really has read its configuration again since `before`. One that shows no metrics is believed.
///
/// @throws Error (world failure)
void check_reloaded(prometheus::Api& api, const ReloadState& before);

/// Whether any pattern of the server's `rule_files` can match the files: a pattern that matches nothing is no mistake for it.
/// The server may see the folder under another path, so names alone decide where that is so.
///
/// @throws Error (world failure) when none can
void check_rule_files(const FolderChanges& published, prometheus::Api& api, const RuleFolder& folder);

/// Polls until the server shows the groups of `before` again for the published files.
///
/// @return false when it does not in time
bool wait_until_back(const FolderChanges& published, const std::vector<prometheus::LoadedGroup>& before, prometheus::Api& api, io::Clock& clock, Duration timeout);

/// Which expressions the server cannot parse: it says in its log only why it refuses a reload.
///
/// @param inputs  null: there are none
/// @return nothing when it cannot tell
std::vector<Diagnostic> refused_expressions(const Inputs* inputs, prometheus::Api& api);

} // namespace slipway::push_rules
