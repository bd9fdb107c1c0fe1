#include "yaml/scalar.hpp"

#include "core/text.hpp"
#include "core/unicode.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace slipway::yaml {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) {
    return is_letter(c) || is_digit(c) || (c != '\0' && std::string_view("_./@+-").find(c) != std::string_view::npos);
}
bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_break(char c) { return c == '\n' || c == '\r'; }

/// What some reader takes for null or a truth value, in any mixture of upper and lower case.
bool is_reserved(std::string_view value) {
    constexpr std::array<std::string_view, 11> words = {"y",    "n",     "yes",  "no",  "on",  "off",
                                                        "true", "false", "null", "nil", "none"};
    return std::find(words.begin(), words.end(), lower(value)) != words.end();
}

/// [eE][-+]?[0-9._]+
bool is_exponent(std::string_view value) {
    if (value.size() < 2 || (value[0] != 'e' && value[0] != 'E')) return false;
    value.remove_prefix(value[1] == '-' || value[1] == '+' ? 2 : 1);
    return !value.empty() && value.find_first_not_of("0123456789._") == std::string_view::npos;
}

/// [A-Za-z_/]([A-Za-z0-9_./@+-]|:(?=[A-Za-z0-9_./@+-]))*
bool is_name(std::string_view value) {
    if (value.empty() || !(is_letter(value[0]) || value[0] == '_' || value[0] == '/')) return false;
    for (std::size_t i = 1; i < value.size(); ++i) {
        const bool colon = value[i] == ':' && i + 1 < value.size() && is_word(value[i + 1]);
        if (!colon && !is_word(value[i])) return false;
    }
    return true;
}

/// v?\d+(\.\d+){2,}([-+][A-Za-z0-9.+-]+)?
bool is_version(std::string_view value) {
    if (!value.empty() && value[0] == 'v') value.remove_prefix(1);
    std::size_t numbers = 0;
    for (;;) {
        const auto digits = std::min(value.find_first_not_of("0123456789"), value.size());
        if (digits == 0) return false;
        ++numbers;
        value.remove_prefix(digits);
        if (value.empty() || value[0] != '.') break;
        value.remove_prefix(1);
    }
    if (numbers < 3) return false;
    if (value.empty()) return true;
    if ((value[0] != '-' && value[0] != '+') || value.size() == 1) return false;
    return std::all_of(value.begin() + 1, value.end(),
                       [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '+' || c == '-'; });
}

/// Hexadecimal that cannot be a number with an exponent.
bool is_hash(std::string_view value) {
    return !value.empty() && value.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos &&
           value.find_first_of("acdfACDF") != std::string_view::npos;
}

/// What must not stand in a file as it is: controls, what YAML 1.1 takes for a line break, marks that readers drop or
/// refuse.
bool needs_escape(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x2028 || code == 0x2029 || code == 0xFEFF ||
           code == 0xFFFE || code == 0xFFFF;
}

std::string double_quoted(std::string_view value) {
    std::string text = "\"";
    while (!value.empty()) {
        const auto [code, length] = first_character(value);
        if (code == '"' || code == '\\') {
            text += '\\';
            text += value[0];
        } else if (code == '\n') {
            text += "\\n";
        } else if (code == '\r') {
            text += "\\r";
        } else if (code == '\t') {
            text += "\\t";
        } else if (needs_escape(code)) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04X", static_cast<unsigned>(code));
            text += escape.data();
        } else {
            text += value.substr(0, length);
        }
        value.remove_prefix(length);
    }
    return text + '"';
}

std::string single_quoted(std::string_view value) {
    std::string text(value);
    replace_all(text, "'", "''");
    return '\'' + text + '\'';
}

/// Reads plain text against the value that it has: a blank of the value may be a folded line break, a line break of
/// the value is one more break in the text.
/// @return the end of the text; nothing when it is not that value
std::optional<std::size_t> end_of_plain(std::string_view text, std::size_t at, std::string_view value) {
    std::size_t i = 0;
    while (i < value.size()) {
        if (at < text.size() && text[at] == value[i] && !is_break(value[i])) {
            // A blank in front of a line break belongs to the break, not to the value.
            const auto next = text.find_first_not_of(" \t", at);
            if (!is_blank(value[i]) || (next != std::string_view::npos && !is_break(text[next]))) {
                ++at;
                ++i;
                continue;
            }
        }
        if (value[i] != ' ' && value[i] != '\n') return std::nullopt;
        std::size_t breaks = 0;
        while (at < text.size() && (is_blank(text[at]) || is_break(text[at])))
            breaks += text[at++] == '\n' ? 1 : 0;
        std::size_t wanted = 1;
        if (value[i] == ' ') {
            ++i;
        } else {
            while (i < value.size() && value[i] == '\n') {
                ++wanted;
                ++i;
            }
        }
        if (breaks != wanted) return std::nullopt;
    }
    return at;
}

std::optional<std::size_t> end_of_quoted(std::string_view text, std::size_t at) {
    const char quote = text[at++];
    for (; at < text.size(); ++at) {
        if (quote == '"' && text[at] == '\\') {
            ++at;
        } else if (text[at] == quote) {
            if (quote == '"' || at + 1 == text.size() || text[at + 1] != quote) return at + 1;
            ++at;
        }
    }
    return std::nullopt;
}

struct Properties {
    std::size_t end;  ///< behind the last of them
    std::size_t next; ///< behind the blanks and comments that follow
};

Properties read_properties(std::string_view text, std::size_t offset) {
    Properties properties{offset, offset};
    auto& at = properties.next;
    while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
        if (text.substr(at, 2) == "!<") at = std::min(text.find('>', at), text.size());
        while (at < text.size() && !is_blank(text[at]) && !is_break(text[at]) &&
               std::string_view(",[]{}").find(text[at]) == std::string_view::npos)
            ++at;
        properties.end = at;
        for (;;) {
            while (at < text.size() && (is_blank(text[at]) || is_break(text[at])))
                ++at;
            if (at >= text.size() || text[at] != '#') break;
            at = std::min(text.find('\n', at), text.size());
        }
    }
    return properties;
}

} // namespace

bool needs_escapes(std::string_view value) {
    while (!value.empty()) {
        const auto character = first_character(value);
        if (needs_escape(character.code)) return true;
        value.remove_prefix(character.length);
    }
    return false;
}

bool is_safe_plain(std::string_view value) {
    return (is_name(value) || is_version(value) || is_hash(value)) && !is_reserved(value) && !is_exponent(value);
}

bool may_not_be_string(std::string_view plain) {
    if (plain.empty() || plain == "~" || plain == "=" || plain == "<<" || is_reserved(plain)) return true;
    const bool begins_like_number = is_digit(plain[0]) || plain[0] == '+' || plain[0] == '-' || plain[0] == '.';
    // Hexadecimal, exponents, infinity, "not a number", dates with T and Z; but not 16-alpine.
    constexpr std::string_view of_numbers = "0123456789abcdefABCDEFiInNoOpPtTxXyYzZ+-.,:_ \t";
    return begins_like_number && plain.find_first_not_of(of_numbers) == std::string_view::npos && !is_safe_plain(plain);
}

std::string write_scalar(std::string_view value, Style before) {
    const bool escapes = needs_escapes(value);
    if (before == Style::single_quoted && !escapes) return single_quoted(value);
    if (before == Style::plain && is_safe_plain(value)) return std::string(value);
    return double_quoted(value);
}

std::size_t skip_properties(std::string_view text, std::size_t offset) { return read_properties(text, offset).next; }

std::size_t properties_end(std::string_view text, std::size_t offset) { return read_properties(text, offset).end; }

std::size_t name_end(std::string_view text, std::size_t offset) { return std::min(text.find_first_of(" \t\r\n,[]{}", offset), text.size()); }

bool belongs_to_next(std::string_view text, const Events& events, std::size_t node) {
    const auto begin = skip_properties(text, events[node].offset);
    if (begin >= text.size()) return true;
    auto next = node + 1;
    while (next < events.size() && events[next].is_end())
        ++next;
    return next < events.size() && events[next].offset <= begin;
}

std::size_t null_length(std::string_view text, const Events& events, std::size_t node) {
    if (belongs_to_next(text, events, node)) return 0;
    const auto written = text.substr(skip_properties(text, events[node].offset));
    for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
        if (written.starts_with(word)) return word.size();
    }
    return 0;
}

std::optional<Span> find_span(std::string_view text, const Event& scalar) {
    const auto begin = skip_properties(text, scalar.offset);
    if (begin >= text.size()) return std::nullopt;
    const bool quoted = text[begin] == '"' || text[begin] == '\'';
    const bool block = text[begin] == '|' || text[begin] == '>';
    if ((quoted || block) && scalar.tag == "?") return std::nullopt;
    if (block) return Span{begin, begin + 1, Style::block};
    const auto end = quoted ? end_of_quoted(text, begin) : end_of_plain(text, begin, scalar.value);
    if (!end || *end == begin) return std::nullopt;
    if (!quoted) return Span{begin, *end, Style::plain};
    return Span{begin, *end, text[begin] == '"' ? Style::double_quoted : Style::single_quoted};
}

} // namespace slipway::yaml
