#include "wait-for-slo/checks/argo/expression/tokens.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace slipway::wait_for_slo::expression {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    std::vector<Token> run() {
        std::vector<Token> tokens;
        while (skip_blanks(), at_ < text_.size()) tokens.push_back(next());
        tokens.push_back({TokenKind::end, {}, text_.size()});
        return tokens;
    }

private:
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    void skip_blanks() {
        while (at_ < text_.size()) {
            if (is_blank(text_[at_])) ++at_;
            else if (text_.substr(at_, 2) == "//") at_ = std::min(text_.find('\n', at_), text_.size());
            else if (text_.substr(at_, 2) == "/*") skip_comment();
            else return;
        }
    }

    void skip_comment() {
        const auto end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) throw mistake_at(text_, {TokenKind::sign, "/*", at_}, "the comment is not closed by '*/'");
        at_ = end + 2;
    }

    Token next() {
        const char c = peek();
        if (c == '"' || c == '\'') return text();
        if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
        const auto begin = at_;
        if (is_word(c)) {
            while (is_word(peek())) ++at_;
            return token(TokenKind::word, begin);
        }
        static constexpr std::array<std::string_view, 11> doubles = {"||", "&&", "==", "!=", "<=", ">=", "**", "??", "?.", "..", "##"};
        for (const auto sign : doubles) {
            if (text_.substr(at_, 2) != sign) continue;
            at_ += 2;
            return token(TokenKind::sign, begin);
        }
        if (std::string_view("()[]{},:;?.#|!<>+-*/%^=").find(c) == std::string_view::npos) {
            // The whole character, which may take several bytes.
            do ++at_;
            while ((static_cast<unsigned char>(peek()) & 0xC0U) == 0x80U);
            throw mistake_at(text_, token(TokenKind::sign, begin), "is not known in conditions");
        }
        ++at_;
        return token(TokenKind::sign, begin);
    }

    Token number() {
        const auto begin = at_;
        const auto digits = [this] {
            while (is_digit(peek()) || peek() == '_') ++at_;
        };
        digits();
        if (peek() == '.' && peek(1) != '.') {
            ++at_;
            digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            ++at_;
            if (peek() == '+' || peek() == '-') ++at_;
            digits();
        }
        if (is_word(peek())) {
            while (is_word(peek())) ++at_;
            throw mistake_at(text_, token(TokenKind::number, begin), "is no decimal number");
        }
        return token(TokenKind::number, begin);
    }

    Token text() {
        const auto begin = at_;
        const char quote = text_[at_++];
        std::string said;
        while (at_ < text_.size() && text_[at_] != quote) {
            if (text_[at_] != '\\') {
                said += text_[at_++];
                continue;
            }
            ++at_;
            static constexpr std::string_view escapes = "nrt\\'\"";
            static constexpr std::string_view meant = "\n\r\t\\'\"";
            const auto found = escapes.find(peek());
            if (at_ >= text_.size() || found == std::string_view::npos) throw mistake_at(text_, token(TokenKind::text, begin), "holds an escape that is not known here", "known are \\n \\r \\t \\\\ \\' \\\"");
            said += meant[found];
            ++at_;
        }
        if (at_ >= text_.size()) throw mistake_at(text_, token(TokenKind::text, begin), "the text is not closed");
        ++at_;
        return {TokenKind::text, std::move(said), begin};
    }

    Token token(TokenKind kind, std::size_t begin) const { return {kind, std::string(text_.substr(begin, at_ - begin)), begin}; }

    std::string_view text_;
    std::size_t at_ = 0;
};

} // namespace

std::vector<Token> tokens_of(std::string_view text) { return Lexer(text).run(); }

Error mistake_at(std::string_view text, const Token& token, const std::string& why, std::string hint) {
    constexpr std::size_t longest = 40;
    auto shown = token.text;
    if (shown.size() > longest) shown = shown.substr(0, valid_utf8_length(std::string_view(shown).substr(0, longest))) + "...";
    const auto place = token.kind == TokenKind::end ? "its end" : '\'' + visible(shown) + "' at character " + std::to_string(characters_before(text, token.offset) + 1);
    return misuse(place + ": " + why, std::move(hint));
}

} // namespace slipway::wait_for_slo::expression
