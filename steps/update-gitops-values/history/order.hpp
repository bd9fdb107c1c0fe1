#pragma once

#include "git/history.hpp"
#include "update-gitops-values/history/record.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// What an update is about to change: files, and values within them; a target without paths is the whole file.
struct Target {
    std::string file;
    std::vector<std::string> paths;
};

/// A commit on the branch that holds something newer for the same target.
struct Newer {
    std::string commit;      ///< full hash, of the GitOps repository
    Origin origin;
    bool taken_back = false; ///< it is a rollback of what we are about to put there
};

struct Lateness {
    std::optional<Newer> newer; ///< nothing: we are not late, as far as these commits tell
    bool told = false;          ///< every target was changed by one of these commits: older ones need not be read
};

/// The newest commit that says whether we are late: it changed the same target, and comes from a newer commit of the same source, or
/// from a later pipeline of the same commit, or it took back what we are or something newer.
///
/// @param commits  newest first
Lateness find_newer(const std::vector<git::CommitInfo>& commits, const std::vector<Target>& targets, const Origin& ours);

} // namespace slipway::update_gitops_values
