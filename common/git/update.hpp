#pragma once

#include "core/duration.hpp"
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
    std::string parent = {}; ///< empty: the tip; else the commit to build on, and the branch then forgets what it was
};

/// Computes what to change in a commit; nothing when there is nothing to change. Called again, on the newer commit,
/// each time somebody else was faster.
using Edit = std::function<std::optional<Proposal>(const std::string& tip)>;

/// Makes a commit and moves the branch to it, in place of Git.
class Publisher {
public:
    virtual ~Publisher() = default;
    /// @param tip     the commit that the branch is expected to be at, and the commit's parent
    /// @param commit  becomes the new commit's full hash when it landed; empty otherwise. Where the answer is lost (`uncertain`) the branch is
    ///                searched for a commit on `tip` with the proposal's message.
    virtual PushResult publish(const std::string& branch, const std::string& tip, const Proposal& proposal, std::string& commit) = 0;
};

struct UpdateSettings {
    std::string branch;
    Identity identity;
    Duration timeout{120'000}; ///< from the first push on; then no lost race, lock or lost answer is tried again
    bool new_branch = false; ///< there is no such branch yet: `tip` is that of another, and the branch starts from it
    Publisher* publisher = nullptr; ///< null: Git commits and pushes
};

/// A commit that is on the branch now.
struct Landed {
    std::string commit;           ///< full hash
    std::string request_url = {}; ///< see PushResult
};

/// Puts an edit on a branch as one commit, without losing anybody's work: the branch is moved only from the commit
/// that the edit was made for. After a lost race the edit is made again on the newer commit; after a lost answer the
/// branch is read, so that nothing is committed twice. Where somebody else makes a new branch meanwhile, the edit
/// goes on top of theirs.
///
/// @param tip  the newest commit, fetched already
/// @return nothing when there was nothing (more) to change
/// @throws Error (refused) when the server declines the push, with its words
/// @throws Error (world failure) when it is not reached, or refuses the credentials
/// @throws Error (inconclusive) when others were faster, or the branch locked, for all of the time
std::optional<Landed> update_branch(Repository& repository, std::string tip, const Edit& edit,
                                         const UpdateSettings& settings, cli::Context& context);

} // namespace slipway::git
