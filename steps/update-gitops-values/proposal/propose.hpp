#pragma once

#include "update-gitops-values/draft.hpp"
#include "update-gitops-values/forge/forge.hpp"
#include "update-gitops-values/proposal/situation.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// What came of a change that was put to people.
struct Proposed {
    Changeset files;                   ///< as proposed, against the base branch
    Origin origin;                     ///< of the change
    std::optional<Late> late;          ///< the request, or the base, holds a newer version already
    std::string branch;                ///< that the request is from; the base where nothing is proposed
    std::optional<std::string> commit; ///< of ours, on `branch`; nothing when none was made
    std::optional<PullRequest> request; ///< nothing when the base holds the change already, unless it came by this one
    bool declined = false;             ///< `request` was closed without a merge, and is not opened again
    bool kept = false;                 ///< the branch proposed just this already: nothing was pushed
    bool has_others = false;           ///< the branch has commits of other people as well
    std::string head;                  ///< the branch's newest commit that has the change
    std::string base_commit;           ///< of the base, which holds the change already; empty: it does not
    std::vector<Diagnostic> notes;     ///< what people have to know of it, no errors

    bool is_open() const { return request && request->state == PullRequest::State::open && !late && !declined; }
};

/// Puts a change to people: one commit on a branch of its own, one open request.
///
/// The branch is made anew on the base's newest commit each time, as long as all of its commits are of this tool; where somebody added
/// to it, the change goes on top of theirs. It is moved by compare-and-swap: of several pipelines at once the newest version stays. A branch
/// that proposes just this already stays as it is, so that its checks and approvals do.
///
/// @param base      branch of which `draft` is on the newest commit `tip`
/// @param situation  of this draft
/// @throws Error as Forge and git::update_branch do
Proposed propose(const Options& options, const std::string& base, const std::string& tip, const Draft& draft, Situation situation, Drafts& drafts, git::Repository& repository, Forge& forge, cli::Context& context);

/// Adds labels and reviewers, and has the forge merge, as the options say; `proposed` is open. Tells in `request` when it is merged at once.
/// @throws Error as Forge does
void prepare_merge(const Options& options, Proposed& proposed, Forge& forge, cli::Context& context);

/// Waits until a request is merged. When its base moved so that it conflicts, it is made again on the new base.
///
/// @param proposed  is open; becomes what came of it, also when the wait fails: the request merged, or `late` when a newer version came into it
///                  meanwhile, or `base_commit` when the base got the change by another way
/// @throws Error (refused) when it was closed without a merge, or its branch deleted
/// @throws Error (inconclusive) when it is open still after --merge-timeout, with what it waits for
void wait_until_merged(const Options& options, const std::string& base, Proposed& proposed, Drafts& drafts, git::Repository& repository, Forge& forge, cli::Context& context);

} // namespace slipway::update_gitops_values
