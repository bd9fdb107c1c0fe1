#pragma once

#include "git/history.hpp"
#include "update-gitops-values/history/order.hpp"
#include "update-gitops-values/history/record.hpp"
#include "yaml/edit.hpp"

#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// Which commits are taken back, and what that means for each file and value. Commits are taken back whole, with what else they changed.
///
/// For each file that is named in `files` or `values`: when the branch's blob is the file record's `new_blob`, it becomes `old_blob`
/// again, byte for byte. Else somebody else changed the file meanwhile: when it has `values`, and none of them is `unrecorded`, each goes
/// back by `inverse_of`, if it is now what the record says (`same_json` of its `new_json` and the change's `old_json`). Else the rollback
/// is to be refused with `changed_since`. A file without a file record goes back by its values alone. What was changed there and back again
/// is here as well, so that it is looked at.
struct RollbackPlan {
    std::vector<git::CommitInfo> undone; ///< newest first
    std::vector<FileRecord> files;       ///< `new_blob` is what must be there now, `old_blob` what it becomes
    std::vector<ValueRecord> values;     ///< of one file: all that was changed in it, or none; newest first
    Origin origin;                       ///< the latest one that is taken back: late pipelines are compared with it
};

/// What a rollback goes back from is found in the trailers alone.
///
/// @param commits  the branch's history, newest first; all of it, or its newest part
/// @param to       empty: before the last change of the target that is still in effect (rollbacks, and what they took back, are not), so
///                 that a second rollback goes one further; else the beginning of a commit's hash (at least 7 digits): the target as it
///                 was then; else a value that the target once had: as it was when it had it last
/// @throws Error (refused) when the history does not tell: no change of the target by this tool, no such value, already there, a hash
///         that fits several commits or a value as well, and with the path when somebody else changed something in between
RollbackPlan plan_rollback(const std::vector<git::CommitInfo>& commits, const Target& target, const std::string& to);

/// What the rollback's own commit says of itself, without what was changed there and back again. Blobs of files that
/// went back by their values are for the caller to set.
Record record_of(const RollbackPlan& plan);

/// The edit that takes a change back. @throws Error (misuse) for a path that cannot be read
yaml::Operation inverse_of(const ValueRecord& value);

/// @param path  "rules/web.yml", or "apps/web/values.yaml: image.tag"
Error changed_since(const std::string& path);

} // namespace slipway::update_gitops_values
