#pragma once

#include "cli/context.hpp"
#include "push-rules/files/folder.hpp"
#include "push-rules/inputs.hpp"
#include "push-rules/options.hpp"

#include <vector>

namespace slipway::push_rules {

/// What became of a publication.
struct Publication {
    GroupChanges groups;
    bool loaded = false;
    ExitCode code = ExitCode::done;
    std::vector<Diagnostic> diagnostics = {}; ///< why not, and in which state folder and server are
};

/// Puts the files into the folder, lets Prometheus reload, and waits until it has loaded exactly them. Whatever goes wrong
/// on the way, cancellation included, the old files come back and are loaded again.
///
/// One publication at a time works in a folder; others wait.
///
/// @throws Error before anything is changed: no such folder, server unreachable, lifecycle API off, folder not writable
/// @throws Cancelled when the old state is back
Publication publish(const Options& options, const Inputs& inputs, cli::Context& context);

} // namespace slipway::push_rules
