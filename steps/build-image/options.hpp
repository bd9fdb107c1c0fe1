#pragma once

#include "cli/option_set.hpp"
#include "cli/server_options.hpp"
#include "core/secret.hpp"

#include <map>
#include <string>
#include <vector>

namespace slipway::build_image {

/// What the user may say.
struct Options {
    std::vector<std::string> images; ///< "registry/repository", without tag and digest
    std::string context = ".";
    std::string file;                     ///< empty: Containerfile or Dockerfile in the context
    std::vector<std::string> tags;        ///< plain tags, one a line; empty: from the commit
    std::vector<std::string> labels;      ///< "KEY=VALUE"
    std::vector<std::string> annotations; ///< "KEY=VALUE"
    std::vector<std::string> build_args;  ///< "NAME=VALUE", or "NAME" for a variable of the environment
    std::vector<std::string> platforms;   ///< at most one today
    std::string target;
    bool no_push = false;
    std::string registry_user;
    Secret registry_password;
    std::string auth_file;
    std::string isolation;      ///< empty: chosen
    std::string storage_driver; ///< empty: Buildah's choice
    cli::TlsOptions tls;
};

void declare(cli::OptionSet& set, Options& options);
void check(const Options& options, std::vector<Diagnostic>& problems);

/// "KEY=VALUE" texts as a map; the last of a key wins.
std::map<std::string, std::string> key_values(const std::vector<std::string>& texts);

/// The texts of --tags without blanks, empty lines and comments.
std::vector<std::string> plain_tags(const std::vector<std::string>& texts);

} // namespace slipway::build_image
