#include "hcl/lexer.hpp"

#include "core/unicode.hpp"

#include <algorithm>
#include <array>

namespace slipway::hcl {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_ascii_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || is_digit(c);
}

/// For each byte whether it is plain text within quotes and within a heredoc.
using Table = std::array<bool, 256>;

constexpr Table plain_but(std::string_view special) {
    Table table{};
    for (auto& entry : table) entry = true;
    for (const char c : special) table[static_cast<unsigned char>(c)] = false;
    return table;
}

constexpr Table plain_in_quotes = plain_but("\"\\$%\r\n");
constexpr Table plain_in_heredoc = plain_but("$%\r\n");

std::size_t skip_plain(std::string_view text, std::size_t at, const Table& plain) {
    while (at < text.size() && plain[static_cast<unsigned char>(text[at])]) ++at;
    return at;
}

} // namespace

Lexer::Lexer(std::string_view text, FindPlaceholder find) : text_(text), find_(std::move(find)) {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
}

Token Lexer::make(TokenKind kind, std::size_t begin, std::size_t size) {
    at_ = begin + size;
    return {kind, begin, at_};
}

bool Lexer::push(Mode mode) {
    if (modes_.size() > deepest) return false;
    modes_.push_back(mode);
    return true;
}

Token Lexer::next() {
    switch (modes_.back().kind) {
    case ModeKind::quoted: return in_quotes();
    case ModeKind::heredoc: return in_heredoc();
    default: return in_expression();
    }
}

bool Lexer::skip_dollars() {
    const char c = text_[at_];
    const auto end = std::min(text_.find_first_not_of(c, at_), text_.size());
    const bool opens = at(end) == '{';
    if (opens && end - at_ == 1) return false;
    at_ = opens ? end + 1 : end; // two and more before "{" are an escape
    return true;
}

Token Lexer::sequence(std::size_t begin) {
    const bool interpolation = text_[begin] == '$';
    if (interpolation && find_) {
        if (const auto end = find_(begin); end > begin) return make(TokenKind::placeholder, begin, end - begin);
    }
    const std::size_t size = at(begin + 2) == '~' ? 3 : 2;
    if (!push({.kind = ModeKind::expression})) return make(TokenKind::invalid, begin, size);
    return make(interpolation ? TokenKind::open_interpolation : TokenKind::open_directive, begin, size);
}

Token Lexer::in_quotes() {
    const auto begin = at_;
    while (at_ < text_.size()) {
        at_ = skip_plain(text_, at_, plain_in_quotes);
        const char c = at(at_);
        if (c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n' && text_[at_ + 1] != '\r') at_ += 2; // rest of a character is plain
        else if ((c != '$' && c != '%') || !skip_dollars()) break;
    }
    if (at_ > begin) return {TokenKind::literal, begin, at_};
    switch (at(begin)) {
    case '"': modes_.pop_back(); return make(TokenKind::close_quote, begin, 1);
    case '$':
    case '%': return sequence(begin);
    default: return make(begin < text_.size() ? TokenKind::invalid : TokenKind::end, begin, begin < text_.size() ? 1 : 0);
    }
}

std::size_t Lexer::marker_line() const {
    const auto marker = modes_.back().marker;
    const auto skip_space = [&](std::size_t offset) {
        while (offset < text_.size() && text_[offset] != '\n') {
            if (text_[offset] == '\r' && at(offset + 1) != '\n') break; // alone it is an error wherever it stands
            const auto character = first_character(text_.substr(offset));
            if (!is_white_space(character.code)) break;
            offset += character.length;
        }
        return offset;
    };
    const auto from = skip_space(at_);
    if (text_.substr(from, marker.size()) != marker) return 0;
    auto end = skip_space(from + marker.size());
    if (at(end) != '\n') return 0;
    if (text_[end - 1] == '\r') --end;
    return end - at_;
}

Token Lexer::in_heredoc() {
    const auto begin = at_;
    if (modes_.back().at_line_start) {
        if (const auto size = marker_line(); size > 0) {
            modes_.pop_back();
            return make(TokenKind::close_heredoc, begin, size);
        }
    }
    while (at_ < text_.size()) {
        at_ = skip_plain(text_, at_, plain_in_heredoc);
        const char c = at(at_);
        if (c == '\n' || (c == '\r' && at(at_ + 1) == '\n')) {
            at_ += c == '\n' ? 1 : 2;
            modes_.back().at_line_start = true;
            return {TokenKind::literal, begin, at_};
        }
        if ((c != '$' && c != '%') || !skip_dollars()) break;
    }
    modes_.back().at_line_start = false;
    if (at_ > begin) return {TokenKind::literal, begin, at_};
    if (begin == text_.size()) return {TokenKind::end, begin, begin};
    if (text_[begin] == '\r') return make(TokenKind::invalid, begin, 1);
    return sequence(begin);
}

void Lexer::skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

bool Lexer::skip_blanks() {
    for (;;) {
        while (at(at_) == ' ' || at(at_) == '\t') ++at_;
        if (at(at_) != '/' || at(at_ + 1) != '*') return true;
        const auto end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return false;
        at_ = end + 2;
    }
}

Token Lexer::newline(std::size_t begin) {
    Token token{TokenKind::newline, begin, 0};
    for (;;) {
        const char c = at(at_);
        if (c == '#' || (c == '/' && at(at_ + 1) == '/')) skip_line();
        else if (c == '\r' && at(at_ + 1) == '\n') ++at_;
        if (at(at_) != '\n') break;
        ++at_;
        if (token.end == 0) token.end = at_;
        if (!skip_blanks()) break;
    }
    if (token.end == 0) return next(); // a comment at the very end
    return token;
}

Token Lexer::closing_brace(std::size_t begin) {
    auto& mode = modes_.back();
    if (mode.braces > 0) {
        --mode.braces;
        return make(TokenKind::close_brace, begin, 1);
    }
    if (modes_.size() == 1) return make(TokenKind::close_brace, begin, 1);
    modes_.pop_back();
    return make(TokenKind::close_sequence, begin, 1);
}

Token Lexer::number(std::size_t begin) {
    auto end = begin + 1;
    for (auto probe = end;;) {
        const char c = at(probe);
        if (is_digit(c)) {
            end = ++probe;
        } else if (c == '.') {
            ++probe; // part of the number only when something follows
        } else if (c == 'e' || c == 'E') {
            auto digit = probe + 1;
            if (at(digit) == '+' || at(digit) == '-') ++digit;
            if (!is_digit(at(digit))) break;
            end = probe = digit + 1;
        } else {
            break;
        }
    }
    return make(TokenKind::number, begin, end - begin);
}

Token Lexer::word(std::size_t begin) {
    auto end = begin;
    while (end < text_.size()) {
        if (is_ascii_word(text_[end])) {
            ++end;
            continue;
        }
        if (static_cast<unsigned char>(text_[end]) < 0x80) break;
        const auto character = first_character(text_.substr(end));
        if (!(end == begin ? is_identifier_start(character.code) : is_identifier_part(character.code))) break;
        end += character.length;
    }
    if (end == begin) return make(TokenKind::invalid, begin, first_character(text_.substr(begin)).length);
    return make(TokenKind::identifier, begin, end - begin);
}

Token Lexer::heredoc_or_less(std::size_t begin) {
    if (at(begin + 1) == '=') return make(TokenKind::binary, begin, 2);
    if (at(begin + 1) != '<') return make(TokenKind::binary, begin, 1);
    const auto from = begin + (at(begin + 2) == '-' ? 3 : 2);
    const char first = at(from);
    auto end = from;
    if (first != '-' && !is_digit(first) && first != '\0') {
        const auto marker = word(from);
        if (marker.kind == TokenKind::identifier) end = marker.end;
    }
    const auto line_end = at(end) == '\r' ? end + 1 : end;
    if (end == from || at(line_end) != '\n' || !push({.kind = ModeKind::heredoc, .marker = text_.substr(from, end - from)})) {
        return make(TokenKind::invalid, begin, 2);
    }
    return make(TokenKind::open_heredoc, begin, line_end + 1 - begin);
}

Token Lexer::symbol(std::size_t begin) {
    const char second = at(begin + 1);
    switch (at(begin)) {
    case '{': ++modes_.back().braces; return make(TokenKind::open_brace, begin, 1);
    case '}': return closing_brace(begin);
    case '[': return make(TokenKind::open_bracket, begin, 1);
    case ']': return make(TokenKind::close_bracket, begin, 1);
    case '(': return make(TokenKind::open_parenthesis, begin, 1);
    case ')': return make(TokenKind::close_parenthesis, begin, 1);
    case ',': return make(TokenKind::comma, begin, 1);
    case '?': return make(TokenKind::question, begin, 1);
    case '*': return make(TokenKind::star, begin, 1);
    case '-': return make(TokenKind::minus, begin, 1);
    case '+':
    case '/':
    case '%': return make(TokenKind::binary, begin, 1);
    case ':': return second == ':' ? make(TokenKind::double_colon, begin, 2) : make(TokenKind::colon, begin, 1);
    case '.':
        if (second == '.' && at(begin + 2) == '.') return make(TokenKind::ellipsis, begin, 3);
        return make(TokenKind::dot, begin, 1);
    case '=':
        if (second == '=') return make(TokenKind::binary, begin, 2);
        return second == '>' ? make(TokenKind::fat_arrow, begin, 2) : make(TokenKind::equals, begin, 1);
    case '!': return second == '=' ? make(TokenKind::binary, begin, 2) : make(TokenKind::bang, begin, 1);
    case '>': return make(TokenKind::binary, begin, second == '=' ? 2 : 1);
    case '<': return heredoc_or_less(begin);
    case '&':
    case '|': return second == at(begin) ? make(TokenKind::binary, begin, 2) : make(TokenKind::invalid, begin, 1);
    case '~':
        if (second == '}' && modes_.size() > 1 && modes_.back().braces == 0) {
            modes_.pop_back();
            return make(TokenKind::close_sequence, begin, 2);
        }
        return make(TokenKind::invalid, begin, 1);
    default: return make(TokenKind::invalid, begin, 1);
    }
}

Token Lexer::in_expression() {
    const bool closed = skip_blanks();
    const auto begin = at_;
    if (!closed) return make(TokenKind::invalid, begin, 2);
    if (begin == text_.size()) return {TokenKind::end, begin, begin};
    const char c = text_[begin];
    if (is_digit(c)) return number(begin);
    if ((is_ascii_word(c) && c != '-') || static_cast<unsigned char>(c) >= 0x80) return word(begin);
    switch (c) {
    case '\n': return newline(begin);
    case '\r': return at(begin + 1) == '\n' ? newline(begin) : make(TokenKind::invalid, begin, 1);
    case '#': return newline(begin);
    case '/': return at(begin + 1) == '/' ? newline(begin) : symbol(begin);
    case '"':
        if (!push({.kind = ModeKind::quoted})) return make(TokenKind::invalid, begin, 1);
        return make(TokenKind::open_quote, begin, 1);
    case '$':
        if (at(begin + 1) == '{' && (begin == 0 || text_[begin - 1] != '$') && find_) {
            if (const auto end = find_(begin); end > begin) return make(TokenKind::placeholder, begin, end - begin);
        }
        return make(TokenKind::invalid, begin, 1);
    default: return symbol(begin);
    }
}

} // namespace slipway::hcl
