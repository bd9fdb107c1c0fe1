#pragma once

#include "cli/option_set.hpp"
#include "core/duration.hpp"
#include "core/secret.hpp"
#include "git/remote.hpp"
#include "update-gitops-values/forge/forge_options.hpp"
#include "update-gitops-values/preflight/preflight_options.hpp"
#include "update-gitops-values/promotion/promotion_options.hpp"
#include "update-gitops-values/waiting/wait_options.hpp"

#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// Who makes a commit where nobody else is named.
constexpr const char* usual_author = "Slipway <slipway@noreply.invalid>";

/// What the user may say.
struct Options {
    git::RemoteOptions remote; ///< its `repo` or `dir` is given
    std::string dir;
    std::string branch; ///< empty: the remote's default branch
    std::string base;   ///< the branch that `branch` is made from when it does not exist; empty: it must exist

    // What to change.
    std::vector<std::string> files; ///< paths and patterns, inside of the repository or folder
    long document = -1;             ///< number of the YAML document, from 0; negative: the one that has the path
    std::vector<std::string> set;      ///< "PATH=VALUE", the value may be empty
    std::vector<std::string> set_json; ///< "PATH=JSON"
    std::vector<std::string> images;   ///< "NAME=NEWNAME:TAG@DIGEST"
    std::vector<std::string> image_paths;
    std::vector<std::string> policies; ///< "NAMESPACE:NAME=IMAGE"
    std::vector<std::string> put;      ///< "PATH=LOCALFILE"
    std::vector<std::string> remove;   ///< paths of files
    bool create = false;
    bool follow_alias = false;
    bool break_alias = false;

    // Who may be late.
    std::string expect_old;
    bool allow_older = false;
    std::string source_url;
    std::string source_commit;
    std::string source_time; ///< RFC 3339
    std::string pipeline_id;

    bool rollback = false;
    std::string rollback_to;        ///< a commit or a value
    std::vector<std::string> paths; ///< of the values whose history counts, or that are promoted; empty: the file's

    ForgeOptions forge;
    PromotionOptions promotion;
    PreflightOptions preflight;
    WaitOptions wait;

    std::string message; ///< template; empty: one that names the change
    std::string author;  ///< "NAME <EMAIL>"
    Secret signing_key; ///< OpenPGP or SSH
    Secret signing_passphrase;
    Duration timeout{5 * 60 * 1000};

    bool takes_back() const { return rollback || !rollback_to.empty(); }
};

void declare(cli::OptionSet& set, Options& options);
void check(const Options& options, std::vector<Diagnostic>& problems);

} // namespace slipway::update_gitops_values
