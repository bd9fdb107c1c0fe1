#include "core/unicode.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

namespace slipway {

namespace {

constexpr char32_t broken_byte = 0xDC00;

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

utf8proc_category_t category_of(char32_t code) { return utf8proc_category(static_cast<utf8proc_int32_t>(code)); }

} // namespace

Character first_character(std::string_view text) {
    const auto byte = static_cast<unsigned char>(text[0]);
    if (byte < 0x80) return {byte, 1};
    utf8proc_int32_t code = 0;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()), &code);
    if (length <= 0) return {broken_byte | byte, 1};
    return {static_cast<char32_t>(code), static_cast<std::size_t>(length)};
}

void append_character(std::string& text, char32_t code) {
    if (code < 0x80 || (code >= broken_byte + 0x80 && code <= broken_byte + 0xFF)) {
        text += static_cast<char>(code);
        return;
    }
    utf8proc_uint8_t bytes[4];
    const auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code), bytes);
    text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

bool is_white_space(char32_t code) {
    if (code < 0x80) return code == ' ' || (code >= 0x09 && code <= 0x0D);
    if (code == 0x85) return true;
    const auto category = category_of(code);
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

namespace {

/// Takes the white space away that a text begins with. @return how many characters
std::size_t take_spaces(std::string_view& text) {
    std::size_t count = 0;
    for (; !text.empty(); ++count) {
        const auto character = first_character(text);
        if (!is_white_space(character.code)) break;
        text.remove_prefix(character.length);
    }
    return count;
}

} // namespace

bool is_blank(std::string_view text) {
    take_spaces(text);
    return text.empty();
}

std::size_t leading_spaces(std::string_view text) { return take_spaces(text); }

bool is_identifier_start(char32_t code) {
    switch (category_of(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL: return true;
    default: return false;
    }
}

bool is_identifier_part(char32_t code) {
    switch (category_of(code)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_PC: return true;
    default: return is_identifier_start(code);
    }
}

bool is_printable(char32_t code) {
    switch (category_of(code)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return false;
    default: return true;
    }
}

char32_t to_upper(char32_t code) {
    if (code == 0xDF) return code; // utf8proc makes a capital sharp s of it, Unicode's simple mapping and towupper do not
    return static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(code)));
}
char32_t to_lower(char32_t code) { return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code))); }

bool is_one_cluster(char32_t first, char32_t second) {
    return !utf8proc_grapheme_break(static_cast<utf8proc_int32_t>(first), static_cast<utf8proc_int32_t>(second));
}

std::string to_nfc(std::string_view text) {
    if (is_ascii(text)) return std::string(text);
    utf8proc_uint8_t* bytes = nullptr;
    const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()), &bytes,
                                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    if (length < 0) throw std::bad_alloc(); // the text is valid, so nothing else is left
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(bytes, &std::free);
    return std::string(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

bool is_nfc(std::string_view text) { return is_ascii(text) || to_nfc(text) == text; }

} // namespace slipway
