#pragma once

#include "cli/option_set.hpp"
#include "cli/server_options.hpp"
#include "core/duration.hpp"
#include "core/secret.hpp"

#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// The server that people review changes on, and how a change is put to them.
struct ForgeOptions {
    std::string mode = "direct";      ///< "direct" commits to the branch, "pull-request" asks people to
    std::string kind;                 ///< "github", "gitlab", "gitea" (Forgejo as well); empty: by the repository's address
    cli::ServerOptions server;        ///< its API; without a URL: that of the repository's host; without credentials: those of Git
    std::string app_id;               ///< of a GitHub App, with `app_key`; gets the token for Git as well
    Secret app_key;                   ///< PEM
    std::string commit_by = "git";    ///< "github": direct commits are made by GitHub's API, which signs them

    std::vector<std::string> labels;
    std::vector<std::string> reviewers; ///< "ada"; on GitHub also "org/team"
    bool draft = false;
    std::string auto_merge;           ///< "merge", "squash", "rebase"; empty: people merge
    bool reopen = false;              ///< asks again for what was closed without a merge
    bool wait_merged = false;
    Duration merge_timeout{60 * 60 * 1000};

    bool asks() const { return mode == "pull-request"; }
    bool is_app() const { return !app_id.empty() || !app_key.empty(); }
};

/// Begins sections for them.
void declare(cli::OptionSet& set, ForgeOptions& options);

/// @param in_folder  the step changes a folder, where none of this has a meaning
void check(const ForgeOptions& options, bool in_folder, const cli::TlsOptions& tls, std::vector<Diagnostic>& problems);

} // namespace slipway::update_gitops_values
