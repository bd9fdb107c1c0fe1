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
    Secret ssh_key;              ///< private, of OpenSSH, without passphrase
    std::string ssh_known_hosts; ///< file with the host keys to trust, or its text; given with `ssh_key`
    cli::TlsOptions tls;
};

/// Declares --repo.
cli::Option& declare_repository(cli::OptionSet& set, RemoteOptions& options);

/// Declares --git-token-file, --git-user, --git-password-file, --ssh-key-file, --ssh-known-hosts and the TLS options.
void declare_access(cli::OptionSet& set, RemoteOptions& options);

/// Mistakes in an address that is given, and in what belongs to it. Plain HTTP to another machine, and repositories
/// in folders, need --allow-insecure: nothing proves who answers there, or who may write.
void check_remote(const RemoteOptions& options, std::vector<Diagnostic>& problems);

/// A repository as Git is to reach it. The URL holds no password.
struct Remote {
    std::string url;
    std::string user; ///< with `password`; empty: no credentials
    Secret password;
    Secret ssh_key = {};
    std::string ssh_known_hosts = {};
    cli::TlsOptions tls = {};
};

/// Takes user and password out of the URL of options that passed `check_remote`, and hides the password from then on.
/// Without any, a GitLab job uses its own token (CI_JOB_TOKEN) for a repository on its own GitLab.
Remote make_remote(const RemoteOptions& options, cli::Context& context);

/// What Git children find in their environment: no prompts, messages in English, nothing of what the surrounding job
/// has set for its own Git, and the credentials, limited to the remote's host.
///
/// @param folder  ours alone: "repository.git", "config" with what `configuration_for` says, and, where the remote
/// has
///                them, "authorities.pem", "ssh-key" and "known-hosts"
io::EnvironmentChanges environment_for(const Remote& remote, const io::Path& folder, const io::Environment& around);

/// Git's configuration file: all that is no secret.
std::string configuration_for(const Remote& remote);

} // namespace slipway::git
