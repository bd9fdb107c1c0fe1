#pragma once

#include "core/secret.hpp"

#include <string_view>

namespace slipway {

/// A JSON Web Token signed with RS256, as OAuth servers take it in place of a password.
///
/// @param header  a JSON object with "alg": "RS256"
/// @param claims  a JSON object
/// @param key     RSA private key of at least 2048 bits, PEM: PKCS #8 or PKCS #1, without passphrase, lines ended by LF or CRLF
/// @throws Error (misuse) "the private key ...": why it cannot sign; the key itself is in no message
/// @source RFC 7519; RFC 7518, section 3.3
Secret sign_jwt(std::string_view header, std::string_view claims, const Secret& key);

} // namespace slipway
