#include "hcl/literal.hpp"

#include "core/unicode.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace slipway::hcl {

namespace {

/// The length of \uNNNN or \UNNNNNNNN at the front of a text; 0 when digits are missing or mean no character.
std::size_t read_unicode(std::string_view text, char32_t& code) {
    const std::size_t digits = text[1] == 'u' ? 4 : 8;
    if (text.size() < 2 + digits) return 0;
    unsigned long value = 0;
    const auto* end = text.data() + 2 + digits;
    const auto [stopped, problem] = std::from_chars(text.data() + 2, end, value, 16);
    if (problem != std::errc{} || stopped != end || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return 0;
    code = static_cast<char32_t>(value);
    return 2 + digits;
}

/// The character of a short escape; 0 when there is none.
char simple_escape(char selector) {
    switch (selector) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '"': return '"';
    case '\\': return '\\';
    default: return 0;
    }
}

} // namespace

std::optional<WrongEscape> find_wrong_escape(std::string_view literal, Quoting quoting) {
    if (quoting == Quoting::heredoc) return std::nullopt;
    for (auto at = literal.find('\\'); at != std::string_view::npos; at = literal.find('\\', at)) {
        const char selector = at + 1 < literal.size() ? literal[at + 1] : '\0';
        if (simple_escape(selector) != 0) {
            at += 2;
            continue;
        }
        if (selector == 'u' || selector == 'U') {
            char32_t code = 0;
            const auto length = read_unicode(literal.substr(at), code);
            if (length == 0) return WrongEscape{at, "\\u takes four hexadecimal digits and \\U eight, which name a character", {}};
            at += length;
            continue;
        }
        if (selector == '\0') return WrongEscape{at, "a backslash that nothing follows", {}};
        const auto character = first_character(literal.substr(at + 1));
        return WrongEscape{at, "'\\" + std::string(literal.substr(at + 1, character.length)) + "' is no escape",
                           selector == '$' ? "$${ stands for ${" : "a backslash itself is written \\\\"};
    }
    return std::nullopt;
}

std::string decode(std::string_view literal, Quoting quoting) {
    std::string text;
    for (std::size_t at = 0; at < literal.size();) {
        const char c = literal[at];
        if (c == '\\' && quoting == Quoting::quoted) {
            char32_t code = 0;
            if (const char simple = simple_escape(literal[at + 1]); simple != 0) {
                text += simple;
                at += 2;
            } else {
                at += read_unicode(literal.substr(at), code);
                append_character(text, code);
            }
        } else if (c == '$' || c == '%') {
            const auto end = std::min(literal.find_first_not_of(c, at), literal.size());
            const bool escape = end - at > 1 && end < literal.size() && literal[end] == '{';
            text.append(end - at - (escape ? 1 : 0), c);
            at = end;
        } else {
            text += c;
            ++at;
        }
    }
    return text;
}

std::string unicode_escape(char32_t code) {
    char escape[12];
    std::snprintf(escape, sizeof escape, code > 0xFFFF ? "\\U%08X" : "\\u%04X", static_cast<unsigned>(code));
    return escape;
}

std::string quoted_content(std::string_view text) {
    std::string content;
    while (!text.empty()) {
        const auto [code, length] = first_character(text);
        switch (code) {
        case '\n': content += "\\n"; break;
        case '\r': content += "\\r"; break;
        case '\t': content += "\\t"; break;
        case '"': content += "\\\""; break;
        case '\\': content += "\\\\"; break;
        case '$':
        case '%':
            content += text[0];
            if (text.size() > 1 && text[1] == '{') content += text[0];
            break;
        default:
            if (is_printable(code)) content += text.substr(0, length);
            else content += unicode_escape(code);
        }
        text.remove_prefix(length);
    }
    return content;
}

} // namespace slipway::hcl
