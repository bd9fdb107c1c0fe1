#pragma once

#include "git/failure.hpp"
#include "io/processes.hpp"

#include <string>

namespace slipway::git {

/// What became of a push.
struct PushResult {
    enum class Kind {
        landed,
        stale,  ///< nothing was sent: the branch is not where we thought it was
        locked, ///< the server did not move the branch: it has moved already, somebody else holds its lock and may
                ///< yet fail, or the server had a trouble of its own that may pass
        refused,   ///< by a hook or a protection; trying again would not help
        failed,    ///< before anything reached the server, or it could not take it: see `failure`
        uncertain, ///< the answer was lost: it may have landed
    };
    Kind kind = Kind::landed;
    std::string words = {}; ///< the server's, in one line
    Failure failure = {};
    std::string request_url = {}; ///< where the server offers to open a pull or merge request for what landed
};

/// Reads what `git push --porcelain` of one reference printed.
PushResult judge_push(const io::ProcessResult& result);

} // namespace slipway::git
