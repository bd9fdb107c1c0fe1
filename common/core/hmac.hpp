#pragma once

#include "core/secret.hpp"

#include <string>
#include <string_view>

namespace slipway {

/// HMAC-SHA256 as 64 lower-case hexadecimal digits: who knows the key wrote this text.
/// @source RFC 2104, RFC 4231
std::string hmac_sha256(const Secret& key, std::string_view text);

} // namespace slipway
