#pragma once

namespace slipway {

/// What an executable's exit code means; the same in every step.
enum class ExitCode : int {
    done = 0,          ///< done, or yes
    refused = 1,       ///< no: the thing itself is refused or failed (build broken, rules invalid)
    misuse = 2,        ///< called wrongly or unreadable input; nothing was changed
    world = 3,         ///< network, server or credentials: could not do it or could not tell
    inconclusive = 4,  ///< out of time or not enough data
    interrupted = 130, ///< cancelled by SIGINT, cleaned up
    terminated = 143,  ///< cancelled by SIGTERM, cleaned up
};

} // namespace slipway
