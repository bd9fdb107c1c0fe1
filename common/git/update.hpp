#pragma once

#include "git/repository.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace slipway::git {

/// A commit to make on top of another.
struct Proposal {
    std::vector<File> files;
    std::string message;
};

/// Computes what to change in a commit; nothing when there is nothing to change. Called again, on the newer commit,
/// each time somebody else was faster.
using Edit = std::function<std::optional<Proposal>(const std::string& tip)>;

struct UpdateSettings {
    std::string branch;
    Identity identity;
    int attempts = 20; ///< how many pushes may lose a race or fail, the last one included
};

/// Puts an edit on a branch as one commit, without losing anybody's work: the branch is moved only from the commit
/// that the edit was made for. After a lost race the edit is made again on the newer commit; after a lost answer the
/// branch is read, so that nothing is committed twice.
///
/// @param tip  the branch's newest commit, fetched already
/// @return the commit that is on the branch now; nothing when there was nothing (more) to change
/// @throws Error (refused) when the server declines the push, with its words
/// @throws Error (world failure) when it is not reached, refuses the credentials, or somebody is faster each time
std::optional<std::string> update_branch(Repository& repository, std::string tip, const Edit& edit,
                                         const UpdateSettings& settings, cli::Context& context);

} // namespace slipway::git
