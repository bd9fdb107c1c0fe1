#pragma once

#include "core/timestamp.hpp"
#include "git/history.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// Which commits of a branch tell whether a file has been the same since a time: all that changed it by our trailers, or merged one that
/// did, and the newest that is older. They are those on the line of first parents: what came by a merge came when it was merged.
///
/// Times are those of committers' clocks: Git knows no others.
struct Line {
    std::vector<git::CommitInfo> looked_at; ///< newest first
    bool reaches = false;                   ///< the last one of these is older than the time
    bool is_whole = false;                  ///< the history begins after the time
    std::optional<Timestamp> begins;        ///< the oldest commit that is known
};
/// @param commits  newest first, merged ones included
/// @param tip      the hash to begin at
Line commits_to_look_at(const std::vector<git::CommitInfo>& commits, const std::string& tip, const std::string& file, Timestamp since);

} // namespace slipway::update_gitops_values
