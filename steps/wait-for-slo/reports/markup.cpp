#include "wait-for-slo/reports/markup.hpp"

#include "core/unicode.hpp"

#include <cstdio>

namespace slipway::wait_for_slo {

namespace {

/// Formatting characters are not printable by their category; these two are letters by theirs, and are seen as nothing.
bool is_invisible(char32_t code) { return code == 0x115F || code == 0x1160 || code == 0x3164 || code == 0xFFA0; }

std::string by_number(char32_t code) {
    constexpr char32_t first_of_bytes = 0xDC00;
    const bool is_byte = code >= first_of_bytes && code <= first_of_bytes + 0xFF;
    char buffer[16];
    if (is_byte || code < 0x80) {
        std::snprintf(buffer, sizeof buffer, "\\x%02x", static_cast<unsigned>(is_byte ? code - first_of_bytes : code));
    } else {
        std::snprintf(buffer, sizeof buffer, "\\u{%x}", static_cast<unsigned>(code));
    }
    return buffer;
}

} // namespace

std::string shown(std::string_view text, std::size_t most) {
    std::string result;
    for (std::size_t count = 0; !text.empty(); ++count) {
        if (count == most) return result + "...";
        const auto character = first_character(text);
        if (is_white_space(character.code)) result += ' ';
        else if (is_printable(character.code) && !is_invisible(character.code)) result += text.substr(0, character.length);
        else result += by_number(character.code);
        text.remove_prefix(character.length);
    }
    return result;
}

std::string escaped(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '&': result += "&amp;"; break;
        case '<': result += "&lt;"; break;
        case '>': result += "&gt;"; break;
        case '"': result += "&quot;"; break;
        case '\'': result += "&#39;"; break;
        default: result += c;
        }
    }
    return result;
}

} // namespace slipway::wait_for_slo
