#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace slipway {

/// One character of a text, and how many bytes it takes.
struct Character {
    char32_t code = 0; ///< for a byte that is no UTF-8: 0xDC00 and the byte, which no valid text holds
    std::size_t length = 0;
};

/// The character at the front of a text that is not empty.
Character first_character(std::string_view text);

/// Writes a character as `first_character` read it, a byte that is no UTF-8 as that byte.
void append_character(std::string& text, char32_t code);

/// Whether Unicode calls it white space, as Go's unicode.IsSpace does; line breaks are.
bool is_white_space(char32_t code);

/// Whether a text (valid UTF-8) is nothing but white space; an empty one is.
bool is_blank(std::string_view text);

/// How many characters of white space a text begins with.
std::size_t leading_spaces(std::string_view text);

/// Whether an identifier may begin with it (ID_Start) or go on with it (ID_Continue).
/// @source Unicode Standard Annex 31, by general categories
bool is_identifier_start(char32_t code);
bool is_identifier_part(char32_t code);

/// Whether it shows as what it is: no control or formatting character, no line break, nothing unassigned.
bool is_printable(char32_t code);

/// The simple mapping, one character to one, as towupper and towlower do it in a UTF-8 locale.
char32_t to_upper(char32_t code);
char32_t to_lower(char32_t code);

/// Whether the second character melts into the first one, as an accent does.
bool is_one_cluster(char32_t first, char32_t second);

/// The text in normalization form C. @param text  valid UTF-8
std::string to_nfc(std::string_view text);
bool is_nfc(std::string_view text);

} // namespace slipway
