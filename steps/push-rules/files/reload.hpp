#pragma once

#include "push-rules/files/folder.hpp"
#include "io/clock.hpp"
#include "io/log.hpp"
#include "prometheus/api.hpp"
#include "prometheus/loaded_rules.hpp"

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

/// Polls until the server shows what was published.
///
/// @throws Error (inconclusive) when it does not in time, with what is missing
void wait_until_loaded(const FolderChanges& published, prometheus::Api& api, io::Files& files, io::Clock& clock, io::Log& log, Duration timeout);

/// Polls until the server shows the groups of `before` again for the published files.
///
/// @return false when it does not in time
bool wait_until_back(const FolderChanges& published, const std::vector<prometheus::LoadedGroup>& before, prometheus::Api& api, io::Clock& clock, Duration timeout);

/// Which expressions the server cannot parse: it says in its log only why it refuses a reload.
///
/// @return nothing when it cannot tell
std::vector<Diagnostic> refused_expressions(const Inputs& inputs, prometheus::Api& api);

} // namespace slipway::push_rules
