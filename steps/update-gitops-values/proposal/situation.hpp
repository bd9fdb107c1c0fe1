#pragma once

#include "update-gitops-values/draft.hpp"
#include "update-gitops-values/forge/forge.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// How a change's branch and requests are before anything is done about them.
struct Situation {
    std::string branch;                ///< that the request is from
    std::vector<PullRequest> requests; ///< from it to the base, newest first
    std::string tip;                   ///< the branch's newest commit; empty: there is no such branch
    std::optional<Late> late;          ///< the branch holds a newer version already

    std::optional<PullRequest> open() const;
    /// The newest one, when it was closed without a merge, and proposed just this change.
    /// @param message  of the commit that would be made
    std::optional<PullRequest> closed_for(const std::string& message, git::Repository& repository) const;
    /// Whether all that the branch has at a commit was closed without a merge, so that it counts for nothing any more.
    bool is_closed(const std::string& message_of_tip) const;
};

/// Looks, and changes nothing. The request's branch is the one that the repository has fetched last then, when there is one.
Situation look(const Options& options, const std::string& base, const Draft& draft, Drafts& drafts, git::Repository& repository, Forge& forge);

/// "pull request 12"
std::string name_of(const PullRequest& request, const Forge& forge);

/// What would be done with a request, for people.
void explain(const Situation& situation, const Forge& forge, io::Log& log);

} // namespace slipway::update_gitops_values
