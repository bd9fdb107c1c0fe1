#pragma once

#include "git/repository.hpp"

#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// What a request's branch has that its base does not have.
struct RequestCommits {
    std::vector<git::CommitInfo> commits; ///< newest first
    bool others = false;                  ///< somebody else made one of them, or it cannot be told
};

/// Whose the commits of a branch are. A commit is ours when its record says so, and when it changed nothing that is not in its record:
/// somebody may have amended it.
///
/// @param tip       the branch's newest commit, as far as we know
/// @param base_tip  of the base, fetched already
RequestCommits commits_of(git::Repository& repository, const std::string& branch, const std::string& tip, const std::string& base, const std::string& base_tip, io::Log& log);

/// Whether all files that they changed are on another commit as they are on the newest of them.
bool is_in(git::Repository& repository, const RequestCommits& on, const std::string& tip, const std::string& other);

/// Whether a file is the same at two commits, or at neither of them.
bool is_same_at(git::Repository& repository, const std::string& path, const std::string& one, const std::string& other);

/// The message of the newest of them that has a record; empty when none has.
std::string newest_message(const RequestCommits& on);

} // namespace slipway::update_gitops_values
