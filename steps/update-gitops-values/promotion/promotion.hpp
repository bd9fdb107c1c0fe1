#pragma once

#include "update-gitops-values/changeset.hpp"
#include "update-gitops-values/request.hpp"
#include "git/repository.hpp"
#include "update-gitops-values/history/record.hpp"
#include "update-gitops-values/promotion/copies.hpp"
#include "update-gitops-values/promotion/place.hpp"
#include "update-gitops-values/promotion/promotion_options.hpp"
#include "update-gitops-values/promotion/requirement.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// What another environment holds now.
struct Promotion {
    std::vector<ImageArgument> images;      ///< for `Request::images`
    std::vector<yaml::Operation> operations; ///< for `Request::operations`
    std::string what = {};                  ///< "registry.example.com/team/app:v2@sha256:...", or the value: the first
    Origin origin = {};                     ///< of the commit that brought it there, when that was one of ours; else empty
};

/// Other environments in the same repository, or in the same folder.
class Environments {
public:
    /// @param repository  null for a folder
    /// @param branch      that is changed; an environment without a branch of its own is on it
    Environments(const PromotionOptions& options, const Request& request, git::Repository* repository, std::string branch, cli::Context& context);

    /// What --from holds of the request's images (or paths, or else of all images that both files have).
    ///
    /// @param tree  the target's, as it stands now; an environment without a branch is read from it
    /// @param tip   the target's commit, fetched last; empty for a folder
    /// @throws Error (misuse) when there is no such branch or file
    /// @throws Error (refused) when it does not hold what is asked for
    Promotion read(FileTree& tree, const std::string& tip);

    /// @param files  what is about to be changed
    /// @param tip    as above
    /// @throws Error (refused) when an environment of --require-in does not hold these images and values, or not for as long as --for says
    void require(const Changeset& files, FileTree& tree, const std::string& tip);

private:
    /// An environment's file as it is now, and the commit that has it.
    struct Now {
        EnvironmentPlace place;
        std::string tip; ///< empty for a folder
        std::string text;
    };
    Now read_now(const std::string& place, FileTree& tree, const std::string& tip);
    std::vector<git::CommitInfo> history(const Now& now, int count);
    Origin origin_of_copies(const Now& now, const Copies& copies);
    void require_since(const Now& now, const Requirement& wanted);
    /// @return why a commit of the history does not hold it; empty: it does
    std::string why_not_in(const std::string& commit, const Now& now, const Requirement& wanted);

    const PromotionOptions& options_;
    const Request& request_;
    git::Repository* repository_;
    std::string branch_;
    cli::Context& context_;
};

} // namespace slipway::update_gitops_values
