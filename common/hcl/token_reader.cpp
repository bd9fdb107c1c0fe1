#include "hcl/token_reader.hpp"

#include "core/text.hpp"

namespace slipway::hcl {

const Token& TokenReader::peek() {
    if (queue_.empty()) queue_.push_back(lexer_.next());
    if (newlines_ || queue_[0].kind != TokenKind::newline) return queue_[0];
    if (queue_.size() == 1) queue_.push_back(lexer_.next()); // two line breaks never follow each other
    return queue_[1];
}

Token TokenReader::read() {
    const auto token = peek();
    const bool skipped = !newlines_ && queue_[0].kind == TokenKind::newline;
    queue_.erase(queue_.begin(), queue_.begin() + (skipped ? 2 : 1));
    return token;
}

bool TokenReader::accept(TokenKind kind) {
    if (!next_is(kind)) return false;
    read();
    return true;
}

void TokenReader::expect(TokenKind kind, const std::string& what) {
    if (!next_is(kind)) fail_at(peek(), what);
    read();
}

std::string TokenReader::shown(const Token& token) const {
    auto text = text_of(token);
    text = text.substr(0, text.find('\n'));
    constexpr std::size_t most = 60;
    return "'" + visible(text.substr(0, most)) + (text.size() > most ? "..." : "") + "'";
}

void TokenReader::fail(std::size_t offset, const std::string& why, std::string hint) const {
    throw Error(ExitCode::refused, Diagnostic{.message = "wrong HCL: " + why, .place = places_.at(offset), .hint = std::move(hint)});
}

void TokenReader::fail_at(const Token& token, const std::string& expected) const {
    switch (token.kind) {
    case TokenKind::end: fail(token.begin, "the file ends where " + expected + " is expected");
    case TokenKind::newline: fail(token.begin, "the line ends where " + expected + " is expected");
    case TokenKind::invalid: fail_invalid(token);
    case TokenKind::placeholder:
        fail(token.begin, shown(token) + " stands where " + expected + " is expected", "a placeholder without quotes stands for a whole value, joined to nothing");
    default: fail(token.begin, shown(token) + " where " + expected + " is expected");
    }
}

void TokenReader::fail_invalid(const Token& token) const {
    if (lexer_.depth() >= Lexer::deepest) fail(token.begin, "strings and sequences lie too deep in each other");
    const auto text = text_.substr(token.begin);
    switch (text[0]) {
    case '\r': fail(token.begin, "a carriage return without a line feed");
    case '\n': fail(token.begin, "a quoted string ends at the end of its line", "write \\n, or use a heredoc (<<EOT)");
    case '\'': fail(token.begin, "a string in single quotes", "HCL knows double quotes only");
    case ';': fail(token.begin, "a semicolon", "each argument has a line of its own");
    case '`': fail(token.begin, "a backquote", "HCL knows double quotes only");
    case '/': fail(token.begin, "the comment that begins here is not closed by */");
    case '<': fail(token.begin, "'<<' is followed by no end marker and line break", "a heredoc begins with <<EOT or <<-EOT at the end of a line");
    case '$':
        fail(token.begin, "a dollar sign outside of quotes",
             text.substr(0, 2) == "${" ? "only a placeholder ${NAME} can stand here; HCL's own sequences belong into quotes" : "");
    default: fail(token.begin, shown(token) + " is no part of HCL");
    }
}

} // namespace slipway::hcl
