#pragma once

#include "cli/option_set.hpp"
#include "git/remote.hpp"

#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// What the user may say.
struct Options {
    git::RemoteOptions remote; ///< its `repo` or `dir` is given
    std::string dir;
    std::string branch;           ///< empty: the remote's default branch
    std::string file;             ///< path inside of the repository or folder
    std::vector<std::string> set; ///< "PATH=VALUE", the value may be empty
    std::string message;          ///< empty: one that names the change
    std::string author;           ///< "NAME <EMAIL>"
    long attempts = 20;
};

void declare(cli::OptionSet& set, Options& options);
void check(const Options& options, std::vector<Diagnostic>& problems);

} // namespace slipway::update_gitops_values
