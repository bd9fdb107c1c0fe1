#include "rendering/hcl_proof.hpp"

#include "hcl/lexer.hpp"

namespace slipway::rendering {

namespace {

using hcl::Token;
using hcl::TokenKind;

class Proof {
public:
    Proof(std::string_view text, const Rendered& rendered, const Places& places)
        : rendered_(rendered), places_(places), before_(text, [this](std::size_t begin) { return end_of_cut(begin); }), after_(rendered.text) {}

    void run() {
        auto now = after_.next();
        for (auto was = before_.next(); was.kind != TokenKind::end; was = before_.next()) {
            const bool content = was.kind == TokenKind::literal || (was.kind == TokenKind::placeholder && before_.in_template());
            if (content) now = same_content(was, now);
            else if (was.kind == TokenKind::placeholder) now = same_expression(was, now);
            else now = same(was, now);
        }
        if (now.kind != TokenKind::end) fail(now);
    }

private:
    /// For the lexer: where the placeholders are is known.
    std::size_t end_of_cut(std::size_t begin) {
        while (next_ < rendered_.cuts.size() && rendered_.cuts[next_].in_begin < begin) ++next_;
        return next_ < rendered_.cuts.size() && rendered_.cuts[next_].in_begin == begin ? rendered_.cuts[next_].in_end : 0;
    }

    /// Where a byte of the template, outside of placeholders, is now.
    std::size_t moved(std::size_t offset) {
        while (passed_ < rendered_.cuts.size() && rendered_.cuts[passed_].in_end <= offset) ++passed_;
        return passed_ == 0 ? offset : offset - rendered_.cuts[passed_ - 1].in_end + rendered_.cuts[passed_ - 1].out_end;
    }

    Token same(const Token& was, const Token& now) {
        if (now.kind != was.kind || now.begin != moved(was.begin) || now.end != moved(was.end)) fail(now);
        return after_.next();
    }

    /// A literal or placeholder within a string: content that ends where it must, in any number of pieces.
    Token same_content(const Token& was, Token now) {
        const auto end = moved(was.end);
        while (now.kind == TokenKind::literal && now.end <= end) now = after_.next();
        if (now.kind == TokenKind::literal && now.begin < end) return now; // goes on into what comes next
        if (now.begin < end) fail(now);
        return now;
    }

    /// A placeholder outside of strings: at least one token, from its begin to its end.
    Token same_expression(const Token& was, Token now) {
        const auto end = moved(was.end);
        const auto depth = before_.depth();
        bool complete = false;
        while (now.kind != TokenKind::end && now.end <= end) {
            complete = now.end == end && after_.depth() == depth;
            now = after_.next();
        }
        if (!complete) fail(now);
        return now;
    }

    [[noreturn]] void fail(const Token& now) const {
        const auto offset = template_offset(rendered_.cuts, now.begin);
        std::string message = "a value would change the structure of the file";
        if (now.kind == TokenKind::close_heredoc) message = "a line would become the end marker of its heredoc";
        throw Error(ExitCode::refused, Diagnostic{.message = message, .place = places_.at(offset), .hint = "nothing was written"});
    }

    const Rendered& rendered_;
    const Places& places_;
    hcl::Lexer before_;
    hcl::Lexer after_;
    std::size_t next_ = 0;
    std::size_t passed_ = 0;
};

} // namespace

void prove_hcl(std::string_view text, const Rendered& rendered, const Places& places) { Proof(text, rendered, places).run(); }

} // namespace slipway::rendering
