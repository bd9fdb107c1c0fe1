#pragma once

#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "registry/auth_file.hpp"
#include "registry/reference.hpp"

#include <optional>
#include <string>

namespace slipway::registry {

/// What a registry says of one image that it should have.
struct Lookup {
    enum class Answer {
        found,   ///< `digest` is set
        missing, ///< there is no such tag or repository
        refused, ///< the credentials may not read it
        nonsense, ///< it answers, but not as a registry does: a login page, say
    };
    Answer answer = Answer::missing;
    std::string digest;
    std::string words; ///< why, in the server's words, when it is not found
};

/// Asks a registry which digest a tag names. Basic authentication and the token flow.
///
/// @param image        with a tag or a digest; "docker.io" is found where it really lives
/// @param credentials  sent to the registry, or to the token server that it names, when it asks for some
/// @throws Error (world failure) when it does not answer, or only says that it cannot (5xx)
/// @source github.com/opencontainers/distribution-spec, "Pulling manifests"; distribution.github.io, "Token authentication"
Lookup look_up(const Reference& image, const std::optional<Credentials>& credentials, const cli::TlsOptions& tls,
               cli::Context& context);

} // namespace slipway::registry
