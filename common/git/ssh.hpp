#pragma once

#include "core/secret.hpp"
#include "io/files.hpp"

#include <string>
#include <string_view>

namespace slipway::git {

/// A private key as OpenSSH reads it, from one that a CI variable has mangled: LF in place of CRLF and of "\n" in two
/// characters, no blanks around it, a line break at its end.
Secret repaired_key(const Secret& key);

/// Why a text is no private key that can be used without a person; empty when it is one, as far as can be told
/// without ssh. Knows keys that a passphrase protects, in OpenSSH's own format and in PEM.
/// @source OpenSSH, PROTOCOL.key
std::string why_no_private_key(const Secret& key);

/// Whether a value holds lines of a known_hosts file, and not the path of one.
bool is_known_hosts_text(std::string_view value);

/// GIT_SSH_COMMAND for a key and host keys in files of ours: no prompts, no other keys, no other host.
std::string ssh_command(const io::Path& key, const io::Path& known_hosts);

} // namespace slipway::git
