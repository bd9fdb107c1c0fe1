#pragma once

#include "cli/context.hpp"
#include "core/error.hpp"

#include <set>
#include <string>
#include <vector>

namespace slipway::build_image {

/// Something that RUN steps may read while they run, and that no layer keeps.
struct SecretSource {
    std::string id;
    std::string variable; ///< of the environment; empty: a file
    std::string file;
};

/// Reads `id=NAME,env=VARIABLE` and `id=NAME,src=FILE`, with BuildKit's other spellings: `type=env|file`, `source`, and
/// `id=NAME` alone for the variable of that name.
///
/// @throws Error (misuse) that says what is wrong with the text
SecretSource parse_secret(const std::string& text);

/// Agents and keys for `RUN --mount=type=ssh`.
struct SshSource {
    std::string id;
    std::vector<std::string> files; ///< a socket or keys; empty: the agent of SSH_AUTH_SOCK
};

/// Reads `default`, `ID=SOCKET` and `ID=KEY,KEY`.
///
/// @throws Error (misuse) that says what is wrong with the text
SshSource parse_ssh(const std::string& text);

/// Makes sure that each secret has a value, which Buildah does not, and that none of them shows in the log from here on.
///
/// @param problems  gets what is missing or empty
void prepare_secrets(const std::vector<SecretSource>& secrets, cli::Context& context, std::vector<Diagnostic>& problems);

/// @param problems  gets files and agents that are missing
void check_ssh(const std::vector<SshSource>& sources, cli::Context& context, std::vector<Diagnostic>& problems);

/// As Buildah takes them; values do not appear.
std::string to_argument(const SecretSource& secret);
std::string to_argument(const SshSource& source);

} // namespace slipway::build_image
