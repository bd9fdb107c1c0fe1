#pragma once

#include "api.hpp"
#include "update-gitops-values/forge/forge.hpp"

#include <string>

namespace slipway::update_gitops_values {

/// What a GraphQL mutation came to.
struct GraphAnswer {
    json::Value data = {};  ///< of the mutation; null when it was declined
    std::string type = {};  ///< of its first error: "FORBIDDEN", "NOT_FOUND", "STALE_DATA"; may be missing
    std::string words = {}; ///< of all errors, in one line; empty: it was done
    std::string lost = {};  ///< see ApiAnswer

    bool says(std::string_view part) const;
};

/// GitHub's two APIs for one repository.
/// @source https://docs.github.com/en/rest, https://docs.github.com/en/graphql
class GitHubApi {
public:
    /// @param settings  how to reach it, with credentials
    GitHubApi(const ForgeProject& project, const io::HttpSettings& settings, cli::Context& context);

    ForgeApi& rest() noexcept { return rest_; }
    /// A call of REST below the repository.
    /// @param path  "/pulls/7"
    ApiCall call(std::string method, const std::string& path, std::string what) const;

    /// @param name   "createCommitOnBranch"; its input is of the type that is named as it, with a capital letter and Input
    /// @param wanted  fields of what it returns: "commit { oid }"
    /// @throws Error (world failure) without an answer, for what HTTP refuses, and for a token that lacks a permission
    GraphAnswer mutate(const std::string& name, const json::Value& input, const std::string& wanted, const std::string& what, bool survives_loss);

    const std::string& owner() const noexcept { return owner_; }
    const std::string& repository() const noexcept { return repository_; }

private:
    ForgeApi rest_;
    ForgeApi graph_;
    std::string owner_;
    std::string repository_;
};

/// GitHub's names for messages. @param needs  see ApiNames
ApiNames github_names(std::string needs);

} // namespace slipway::update_gitops_values
