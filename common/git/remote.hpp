#pragma once

#include "cli/context.hpp"
#include "cli/option_set.hpp"
#include "cli/server_options.hpp"
#include "core/error.hpp"
#include "core/secret.hpp"
#include "io/processes.hpp"

#include <string>
#include <vector>

namespace slipway::git {

/// A repository on a server and how to prove who we are; the same options in every step that uses Git.
struct RemoteOptions {
    std::string repo;
    Secret token;
    std::string user;
    Secret password;
    cli::TlsOptions tls;
};

/// Declares --repo.
cli::Option& declare_repository(cli::OptionSet& set, RemoteOptions& options);

/// Declares --git-token-file, --git-user, --git-password-file and the TLS options.
void declare_access(cli::OptionSet& set, RemoteOptions& options);

/// Mistakes in an address that is given, and in what belongs to it.
void check_remote(const RemoteOptions& options, std::vector<Diagnostic>& problems);

/// A repository as Git is to reach it. The URL holds no password.
struct Remote {
    std::string url;
    std::string user; ///< with `password`; empty: no credentials
    Secret password;
    cli::TlsOptions tls;
};

/// Takes user and password out of the URL of options that passed `check_remote`, and hides the password from then on.
Remote make_remote(const RemoteOptions& options, cli::Context& context);

/// What Git children find in their environment: no prompts, messages in English, nothing of what the surrounding job
/// has set for its own Git, and the credentials, limited to the remote's host.
///
/// @param folder  ours alone: "repository.git", "config" with what `configuration_for` says, "index", and "authorities.pem"
///                when the remote has a CA file
io::EnvironmentChanges environment_for(const Remote& remote, const io::Path& folder, const io::Environment& around);

/// Git's configuration file: all that is no secret.
std::string configuration_for(const Remote& remote);

} // namespace slipway::git
