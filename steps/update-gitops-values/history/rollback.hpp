#pragma once

#include "git/history.hpp"
#include "update-gitops-values/history/order.hpp"
#include "update-gitops-values/history/record.hpp"

#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// Which commits are taken back, and what that means for each file and value.
struct RollbackPlan {
    std::vector<git::CommitInfo> undone; ///< newest first
    std::vector<FileRecord> files;   ///< `new_blob` is what must be there now, `old_blob` what it becomes
    std::vector<ValueRecord> values; ///< the same for values, where a file was changed by others meanwhile
    Origin origin;                   ///< of the newest commit that is taken back: late pipelines are compared with it
};

/// @param commits  the branch's history, newest first
/// @param to       empty: before the last change of the target that is still in effect; else a commit (at least 7 digits of its hash): as
///                 the target was then; else a value that the target once had
/// @throws Error (refused) when the history does not tell: no change of the target by this tool, no such value, already there
RollbackPlan plan_rollback(const std::vector<git::CommitInfo>& commits, const Target& target, const std::string& to);

} // namespace slipway::update_gitops_values
