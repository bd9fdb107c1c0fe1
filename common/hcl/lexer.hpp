#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

namespace slipway::hcl {

enum class TokenKind {
    identifier,
    number,
    newline, ///< several line breaks, blank lines and comments to the end of a line are one
    // templates: quoted strings and heredocs
    open_quote,
    close_quote,
    open_heredoc,  ///< "<<-END" and its line break
    close_heredoc, ///< the line with the end marker, without its line break
    literal,       ///< text that stands for itself; in a heredoc at most one line
    placeholder,   ///< what the caller's function found, in a template or as an expression
    open_interpolation, ///< "${" or "${~"
    open_directive,     ///< "%{" or "%{~"
    close_sequence,     ///< "}" or "~}"
    // punctuation
    open_brace,
    close_brace,
    open_bracket,
    close_bracket,
    open_parenthesis,
    close_parenthesis,
    equals,
    fat_arrow,
    comma,
    dot,
    ellipsis,
    colon,
    double_colon,
    question,
    star,
    minus,
    bang,
    binary, ///< every other operator between two operands
    end,
    invalid,
};

/// A piece of the text; blanks and comments between tokens belong to none.
struct Token {
    TokenKind kind = TokenKind::end;
    std::size_t begin = 0; ///< byte
    std::size_t end = 0;   ///< byte behind it

    std::size_t size() const noexcept { return end - begin; }
};

/// Asked at each single "$" before "{": the byte behind the placeholder that begins there, 0 when none does.
using FindPlaceholder = std::function<std::size_t(std::size_t begin)>;

/// Reads HCL2 token by token, as Nomad's own parser does (HCL native syntax specification, section "Lexical
/// Elements"; differences in how literals are cut do not matter). Takes time in proportion to the text.
///
/// Placeholders are opaque: their bytes are never taken for quotes, braces or comments. In comments none are looked for.
class Lexer {
public:
    /// @param text  valid UTF-8; must outlive the lexer
    explicit Lexer(std::string_view text, FindPlaceholder find = {});

    /// `end` again and again at the end of the text, also within a string; `invalid` for what cannot be a token.
    Token next();

    /// Whether the next token is read within a quoted string or heredoc.
    bool in_template() const noexcept { return modes_.back().kind != ModeKind::expression; }

    /// How many strings, heredocs and sequences are open.
    std::size_t depth() const noexcept { return modes_.size() - 1; }

    /// Strings within sequences within strings; beyond that many everything is invalid.
    static constexpr std::size_t deepest = 200;

private:
    enum class ModeKind { expression, quoted, heredoc };
    struct Mode {
        ModeKind kind = ModeKind::expression;
        std::size_t braces = 0;        ///< open ones, of an expression
        std::string_view marker = {};  ///< of a heredoc
        bool at_line_start = true;     ///< in a heredoc
    };

    Token in_expression();
    Token in_quotes();
    Token in_heredoc();
    Token sequence(std::size_t begin);
    Token newline(std::size_t begin);
    Token closing_brace(std::size_t begin);
    Token number(std::size_t begin);
    Token word(std::size_t begin);
    Token heredoc_or_less(std::size_t begin);
    Token symbol(std::size_t begin);

    /// Skips blanks and comments within a line. @return false at a comment that is never closed
    bool skip_blanks();
    void skip_line();
    /// At "$" or "%": skips what is literal there. @return false at the begin of a sequence or placeholder
    bool skip_dollars();
    /// The length of the heredoc's last line when that begins here, without its line break; nothing is 0.
    std::size_t marker_line() const;
    bool push(Mode mode);
    char at(std::size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }
    Token make(TokenKind kind, std::size_t begin, std::size_t size);

    std::string_view text_;
    FindPlaceholder find_;
    std::size_t at_ = 0;
    std::vector<Mode> modes_{Mode{}};
};

} // namespace slipway::hcl
