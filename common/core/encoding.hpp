#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway {

/// Base64 with padding (RFC 4648, section 4).
std::string base64(std::string_view bytes);

/// Base64 for URLs and tokens, without padding (RFC 4648, section 5).
std::string base64url(std::string_view bytes);

/// @return nothing when the text is no Base64 of the standard alphabet; padding may be missing
std::optional<std::string> decode_base64(std::string_view text);

/// Lower-case hexadecimal digits, two a byte.
std::string hexadecimal(std::string_view bytes);

/// Everything outside RFC 3986's unreserved characters as %XX, so that the result fits into any part of a URL.
std::string percent_encode(std::string_view text);

/// The reverse; a % that two hexadecimal digits do not follow stays.
std::string percent_decode(std::string_view text);

} // namespace slipway
