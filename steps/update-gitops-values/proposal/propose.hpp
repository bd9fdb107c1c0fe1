#pragma once

#include "update-gitops-values/draft.hpp"
#include "update-gitops-values/forge/forge.hpp"

#include <optional>
#include <string>

namespace slipway::update_gitops_values {

/// What came of a change that was put to people.
struct Proposed {
    Changeset files;                   ///< as proposed, against the base branch
    std::optional<Late> late;          ///< the request, or the base, holds a newer version already
    std::string branch;                ///< that the request is from
    std::optional<std::string> commit; ///< of ours, on `branch`
    std::optional<PullRequest> request; ///< nothing when the base holds the change already
    bool declined = false;             ///< `request` was closed without a merge, and is not opened again
};

/// The branch of a change's request: "slipway/web-values-3f2a9c01d4". Made of what is to be changed and where, not of the new values, so
/// that the next version of the same target comes to the same branch, and so to the same request.
///
/// @param base  the branch that the request goes to
std::string request_branch(const Options& options, const std::string& base);

/// Title and text of a request: what the commit's message says. Both come from that alone, so that whoever writes them last, of several
/// pipelines, writes the same.
struct RequestText {
    std::string title;
    std::string body;
};
RequestText request_text(const std::string& commit_message);

/// Puts a change to people: one commit on a branch of its own, one open request.
///
/// The branch is made anew on the base's newest commit each time, as long as all of its commits are of this tool; where somebody added
/// to it, the change goes on top of theirs. It is moved by compare-and-swap: of several pipelines at once the newest version stays.
///
/// @param base  branch of which `draft` is on the newest commit `tip`
/// @throws Error as Forge and git::update_branch do
Proposed propose(const Options& options, const std::string& base, const std::string& tip, const Draft& draft, Drafts& drafts, git::Repository& repository, Forge& forge, cli::Context& context);

/// Waits until a request is merged. When its base moved so that it conflicts, it is made again on the new base.
///
/// @return the request, merged; `late` is set when a newer version came into it meanwhile
/// @throws Error (refused) when it was closed without a merge
/// @throws Error (inconclusive) when it is open still after --merge-timeout, with what it waits for
Proposed wait_until_merged(const Options& options, const std::string& base, Proposed proposed, Drafts& drafts, git::Repository& repository, Forge& forge, cli::Context& context);

} // namespace slipway::update_gitops_values
