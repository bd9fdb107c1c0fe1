#pragma once

#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "registry/auth_file.hpp"

#include <optional>
#include <string>

namespace slipway::registry {

/// The credentials for an image: those of the file, or what a credential helper that it names says. Nothing when nobody
/// knows any.
///
/// @throws Error (world failure) when a helper is not to be had or fails
/// @source github.com/docker/docker-credential-helpers, "Development"
std::optional<Credentials> credentials_for(const AuthFile& file, const Reference& image, cli::Context& context);

/// The options' certificates, else those that the machine keeps for a registry: certs.d/HOST:PORT with *.crt for the
/// authority, *.cert and *.key for us.
///
/// @source containers-certs.d(5); of several authorities the first
cli::TlsOptions tls_for(const Reference& image, cli::TlsOptions options, cli::Context& context);

} // namespace slipway::registry
