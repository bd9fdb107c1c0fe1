#pragma once

#include "hcl/lexer.hpp"

#include "core/places.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::hcl {

/// The tokens of a text as a parser looks at them: one ahead, with or without line breaks, and with words for what stands
/// in the wrong place.
class TokenReader {
public:
    TokenReader(std::string_view text, const Places& places, FindPlaceholder find) : text_(text), places_(places), lexer_(text, std::move(find)) {}

    /// Brackets within brackets within brackets; more is no configuration.
    static constexpr std::size_t deepest = 300;

    /// Whether line breaks are tokens, as they are in bodies and objects only; while this object lives.
    class Newlines {
    public:
        Newlines(TokenReader& reader, bool count) : reader_(reader), before_(reader.newlines_) { reader.newlines_ = count; }
        ~Newlines() { reader_.newlines_ = before_; }
        Newlines(const Newlines&) = delete;
        Newlines& operator=(const Newlines&) = delete;

    private:
        TokenReader& reader_;
        bool before_;
    };

    /// Counts how deep the parser's recursion is, and ends it when it is too deep.
    class Level {
    public:
        explicit Level(TokenReader& reader) : reader_(reader) {
            if (++reader.level_ > deepest) reader.fail(reader.peek().begin, "blocks and brackets lie too deep in each other");
        }
        ~Level() { --reader_.level_; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

    private:
        TokenReader& reader_;
    };

    const Token& peek();
    Token read();
    bool next_is(TokenKind kind) { return peek().kind == kind; }
    bool next_is_word(std::string_view word) { return next_is(TokenKind::identifier) && text_of(peek()) == word; }
    /// Reads the next token if it is of this kind.
    bool accept(TokenKind kind);
    /// @param what  as it is called in "... where <what> is expected"
    void expect(TokenKind kind, const std::string& what);

    std::string_view text_of(const Token& token) const { return text_.substr(token.begin, token.size()); }
    /// A token for people, in quotes: its first line, and not all of a long one.
    std::string shown(const Token& token) const;

    /// These throw Error (refused) "wrong HCL: ..." with a place.
    [[noreturn]] void fail(std::size_t offset, const std::string& why, std::string hint = {}) const;
    [[noreturn]] void fail_at(const Token& token, const std::string& expected) const;
    [[noreturn]] void fail_invalid(const Token& token) const;

private:
    std::string_view text_;
    const Places& places_;
    Lexer lexer_;
    std::vector<Token> queue_; ///< read ahead: at most a line break and what follows it
    bool newlines_ = true;
    std::size_t level_ = 0;
};

} // namespace slipway::hcl
