#pragma once

#include "cli/context.hpp"
#include "git/remote.hpp"
#include "io/http.hpp"
#include "update-gitops-values/forge/forge_options.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// A repository as a forge's API names it.
struct ForgeProject {
    enum class Kind { github, gitlab, gitea };
    Kind kind = Kind::github;
    std::string api;  ///< URL without a slash at its end: "https://api.github.com", "https://gitlab.example.com/api/v4", "https://gitea.example.com/api/v1"
    std::string path; ///< "ops/gitops"; on GitLab with all groups: "company/ops/gitops"
};

/// A pull request; GitLab calls it a merge request.
struct PullRequest {
    enum class State { open, closed, merged };
    long number = 0; ///< as people see it; on GitLab the iid
    std::string url; ///< for people
    State state = State::open;
    std::string head_branch;
    std::string head_commit; ///< full hash of what it proposes now
    std::string base_branch;
    std::string title;
    std::string body;
    bool draft = false;
    bool conflicts = false;   ///< with its base branch, as far as the forge knows already
    std::string obstacle;     ///< why it is not merged yet, in the forge's words: "checks are running", "approvals are missing"; empty: unknown
    std::string merge_commit; ///< on the base branch, of a merged one: full hash; empty when the forge does not tell
    std::string ended_by;     ///< who closed or merged it, when the forge tells
};

/// What is proposed.
struct NewPullRequest {
    std::string head_branch;
    std::string base_branch;
    std::string title;
    std::string body; ///< Markdown
    bool draft = false;
};

/// Requests of one repository, all of them from and to branches of that repository.
///
/// All throw Error (world failure) without an answer, for 401, 403, and 5xx after the retries; 404 says that no access looks like absence.
/// A secondary rate limit (403 or 429 with Retry-After) is waited for. Error (refused), with the forge's words, for what it declines (422).
class Forge {
public:
    virtual ~Forge() = default;

    /// "GitHub", "GitLab", "Gitea"
    virtual std::string name() const = 0;
    /// "pull request", "merge request"
    virtual std::string noun() const = 0;

    /// Those from one branch to another, in any state, newest first.
    virtual std::vector<PullRequest> requests_of(const std::string& head_branch, const std::string& base_branch) = 0;
    virtual PullRequest read(long number) = 0;

    /// Opens one. An answer that is lost is looked for before anything is sent again, and where the forge says that one is open
    /// already, that one is the answer: there are never two.
    /// @return nothing when the branches do not differ, so that there is nothing to propose
    virtual std::optional<PullRequest> open(const NewPullRequest& request) = 0;
    /// Title and text become these.
    virtual void rewrite(long number, const std::string& title, const std::string& body) = 0;
    /// Labels and reviewers that it does not have yet are added; unknown ones are named in a warning and do not end the step.
    virtual void adorn(const PullRequest& request, const std::vector<std::string>& labels, const std::vector<std::string>& reviewers) = 0;
    /// Merges as soon as the forge's conditions are met, or at once when they are.
    /// @param method  "merge", "squash", "rebase"
    /// @throws Error (refused) with a hint where the repository does not allow it
    virtual void merge_when_ready(const PullRequest& request, const std::string& method) = 0;
};

/// Which project of which forge a repository's address means.
///
/// github.com and GitHub Enterprise (GITHUB_SERVER_URL names the same host: GITHUB_API_URL is its API), gitlab.com and hosts named gitlab.*,
/// or CI_SERVER_URL's (CI_API_V4_URL), codeberg.org and hosts named gitea.* or forgejo.*. SSH addresses and ports of their own included.
/// @throws Error (misuse) when the address does not tell and --forge does not say
ForgeProject find_project(const git::RemoteOptions& remote, const ForgeOptions& options, const io::Environment& environment);

/// The token that goes to a project's API where --forge-token-file and its like give none: Git's own, also out of the repository's address, else
/// on the CI's own server the job's (GITHUB_TOKEN, CI_JOB_TOKEN). Empty: there is none.
Secret api_token(const git::RemoteOptions& remote, const ForgeProject& project, const io::Environment& environment);

/// @param token  for the API, when the options have no credentials for it
/// @throws Error (misuse) when neither has any
std::unique_ptr<Forge> make_forge(const ForgeProject& project, const ForgeOptions& options, const io::BearerAuth& token, const cli::TlsOptions& tls, cli::Context& context);

} // namespace slipway::update_gitops_values
