#pragma once

#include "changeset.hpp"
#include "options.hpp"
#include "git/repository.hpp"
#include "git/update.hpp"
#include "update-gitops-values/history/order.hpp"
#include "update-gitops-values/history/record.hpp"
#include "update-gitops-values/preflight/preflight.hpp"
#include "update-gitops-values/promotion/promotion.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// Why nothing is to be put there.
struct Late {
    Newer newer;    ///< what the branch holds already
    Diagnostic why; ///< for people
};

/// What would be committed on top of one commit.
struct Draft {
    Changeset files;            ///< empty: there is nothing to change
    std::optional<Late> late;   ///< we may not put an older version over a newer one
    Record record;              ///< for the commit's trailers
    std::vector<git::CommitInfo> undone; ///< what a rollback takes back, newest first
    std::string promoted;                ///< what was copied from another environment; empty: nothing
};

/// Makes drafts, one for each commit that turns out to be the branch's newest.
class Drafts {
public:
    /// @param branch  that is changed
    Drafts(const Options& options, git::Repository& repository, const std::string& branch, cli::Context& context);

    /// @param tip  fetched last
    /// @throws Error as compute() and plan_rollback() do
    Draft make(const std::string& tip);

    /// Whether another branch, such as a request's, holds something newer for what a draft changes.
    /// @param tip  its newest commit, fetched last
    std::optional<Late> late_in(const std::string& tip, const Draft& draft) { return late_for(tip, draft.files, draft.record.origin); }

    /// What the last draft was made of, with what --from copied.
    const Request& request() const noexcept { return made_of_; }

private:
    /// Adds what --from holds. @return what that is, for people
    std::string promote(Request& request, Origin& origin, FileTree& tree, const std::string& tip);
    /// Two rollbacks at once mean the same commit: the slower one is not to take back one more.
    /// @throws Error (refused) when the last change is not the one of the first draft any more
    void stay_with(const git::CommitInfo& last);
    /// By this machine's clock, since 1970.
    std::int64_t now() const;
    /// One of the values that a rollback sets back must be the expected one.
    void check_expected(const Changeset& files) const;
    std::optional<Late> late_for(const std::string& tip, const Changeset& files, const Origin& origin);

    const Options& options_;
    git::Repository& repository_;
    cli::Context& context_;
    Request request_;
    Request made_of_;
    std::vector<PutFile> puts_;
    Origin origin_;
    Environments environments_;
    Preflight preflight_;
    std::string meant_; ///< the commit that a rollback takes back; empty: not known yet, or several
};

/// The same for a folder, which has no history.
Draft draft_of_folder(const Options& options, Request request, FileTree& tree, cli::Context& context);

/// The commit of a draft that has changes.
git::Proposal proposal_of(const Draft& draft, const Options& options, cli::Context& context);

} // namespace slipway::update_gitops_values
