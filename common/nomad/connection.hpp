#pragma once

#include "cli/server_options.hpp"

#include <memory>
#include <string>
#include <vector>

namespace slipway::nomad {

/// How to reach Nomad, by the names that its own command-line tool has for it.
/// @source https://developer.hashicorp.com/nomad/docs/commands#environment-variables
struct ConnectionOptions {
    cli::ServerOptions server; ///< the URL may be unix://PATH
    cli::TlsOptions tls;
    std::string name_space;
    std::string region;
    std::string tls_server_name;
};

/// --nomad-addr (NOMAD_ADDR), --nomad-token-file (NOMAD_TOKEN), --nomad-namespace, --nomad-region and those for TLS.
void declare(cli::OptionSet& options, ConnectionOptions& target);

/// Mistakes that no single option shows. Only for a run that connects: a shell that has NOMAD_ADDR set is no reason to.
void check(const ConnectionOptions& options, std::vector<Diagnostic>& problems);

} // namespace slipway::nomad
