#pragma once

#include "core/error.hpp"
#include "git/history.hpp"
#include "update-gitops-values/history/record.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// What an update is about to change in one file: values within it, or, without paths, the whole file.
struct Target {
    std::string file;
    std::vector<std::string> paths;           ///< each in its shortest form, as changes name them
    std::optional<std::size_t> document = {}; ///< of all its paths; nothing: any
};

/// A commit on the branch that holds something newer for the same target.
struct Newer {
    std::string commit; ///< full hash, of the GitOps repository
    Origin origin;
    bool taken_back = false; ///< it is a rollback of what we are about to put there
};

struct Lateness {
    std::optional<Newer> newer; ///< nothing: we are not late, as far as these commits tell
    bool told = false;          ///< older commits need not be read
};

/// Whether a path is the other one or leads to it: `image` and `image.tag`, but not `image` and `images`. Selectors and indexes are
/// texts: `list[-1]` and `list[2]` are two places.
bool leads_to(std::string_view path, std::string_view other);

/// Whether a value is what the target names: it, or something above or below it; of the same document as far as both say.
bool is_value_of(const ValueRecord& value, const Target& target);

/// Whether a commit changed the target, wholly or in part. A file that it names without values was changed as a whole.
bool touches(const Record& record, const Target& target);

/// The newest commit that says whether we are late. It changed the same value, and comes
/// - from a later source commit, whoever's: times are compared as instants, also between projects that set the same value; or
/// - from the same source commit (or one of the same second) of the same project, and from a pipeline with a greater number; or
/// - it is a rollback that took back what comes from our source commit or a later one.
/// Each value is judged by the newest commit that changed it and can be compared: a commit without a time tells nothing. The same
/// pipeline is never late, but for a rollback.
///
/// @param commits  newest first
/// @param targets  late for one of them is late for all: an update is one commit
Lateness find_newer(const std::vector<git::CommitInfo>& commits, const std::vector<Target>& targets, const Origin& ours);

/// The line for the log that says why nothing was changed, and the way to what somebody may have meant who ran an old pipeline again.
/// @param what  "apps/web/values.yaml: image.tag"
Diagnostic explain(const Newer& newer, const Origin& ours, const std::string& what);

} // namespace slipway::update_gitops_values
