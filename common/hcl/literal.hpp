#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::hcl {

/// How a literal is written: with backslash escapes, or without.
enum class Quoting { quoted, heredoc };

struct WrongEscape {
    std::size_t offset = 0; ///< of the backslash, in the literal
    std::string why;
    std::string hint;
};

/// The first backslash sequence that HCL does not know; heredocs have none at all.
std::optional<WrongEscape> find_wrong_escape(std::string_view literal, Quoting quoting);

/// What a literal of a file stands for. @param literal  without a wrong escape
/// @source HCL native syntax specification, "Template Literals"
std::string decode(std::string_view literal, Quoting quoting);

/// A text as the content of a quoted string that decodes to it, whatever the text is: quotes, backslashes, line breaks
/// and everything that does not show as what it is are escaped, "${" and "%{" are doubled.
std::string quoted_content(std::string_view text);

/// "\u0024" and the like; "\U0001F600" beyond four digits.
std::string unicode_escape(char32_t code);

} // namespace slipway::hcl
