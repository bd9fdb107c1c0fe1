#include "catch.hpp"

#include "hcl/lexer.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace slipway::hcl;

namespace {

std::string name_of(TokenKind kind) {
    switch (kind) {
    case TokenKind::identifier: return "id";
    case TokenKind::number: return "num";
    case TokenKind::newline: return "nl";
    case TokenKind::open_quote: return "oq";
    case TokenKind::close_quote: return "cq";
    case TokenKind::open_heredoc: return "oh";
    case TokenKind::close_heredoc: return "ch";
    case TokenKind::literal: return "lit";
    case TokenKind::placeholder: return "ph";
    case TokenKind::open_interpolation: return "${";
    case TokenKind::open_directive: return "%{";
    case TokenKind::close_sequence: return "seq}";
    case TokenKind::end: return "end";
    case TokenKind::invalid: return "bad";
    default: return "op";
    }
}

/// "kind:text" of each token, with line breaks as a dot.
std::vector<std::string> tokens(std::string_view text, FindPlaceholder find = {}) {
    Lexer lexer(text, std::move(find));
    std::vector<std::string> all;
    for (auto token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
        std::string shown(text.substr(token.begin, token.size()));
        for (auto& c : shown) c = c == '\n' || c == '\r' ? '.' : c;
        all.push_back(name_of(token.kind) + ':' + shown);
        REQUIRE(all.size() < 1000);
    }
    return all;
}

using Tokens = std::vector<std::string>;

} // namespace

TEST_CASE("hcl tokens of expressions") {
    CHECK(tokens("a-b = 1.5e+3") == Tokens{"id:a-b", "op:=", "num:1.5e+3"});
    CHECK(tokens("1.") == Tokens{"num:1", "op:."});
    CHECK(tokens("1..2") == Tokens{"num:1..2"}); // which no number reads, but the lexer does not care
    CHECK(tokens("0x1") == Tokens{"num:0", "id:x1"});
    CHECK(tokens("1e") == Tokens{"num:1", "id:e"});
    CHECK(tokens("a==b=>c...::") == Tokens{"id:a", "op:==", "id:b", "op:=>", "id:c", "op:...", "op:::"});
    CHECK(tokens("\xC3\xA9t\xC3\xA9") == Tokens{"id:\xC3\xA9t\xC3\xA9"});
    CHECK(tokens("\xEF\xBB\xBF" "a") == Tokens{"id:a"});
    CHECK(tokens("a\xEF\xBB\xBF") == Tokens{"id:a", "bad:\xEF\xBB\xBF"});
    CHECK(tokens("a & b") == Tokens{"id:a", "bad:&", "id:b"});
}

TEST_CASE("hcl line breaks and comments") {
    CHECK(tokens("a\n\n  \n# c\n// d\n/* e\n */ \r\nb") == Tokens{"id:a", "nl:.", "id:b"});
    CHECK(tokens("a # ${X} \"") == Tokens{"id:a"});
    CHECK(tokens("a # c\nb") == Tokens{"id:a", "nl:# c.", "id:b"});
    CHECK(tokens("a /* b") == Tokens{"id:a", "bad:/*", "id:b"});
    CHECK(tokens("a\rb") == Tokens{"id:a", "bad:.", "id:b"});
}

TEST_CASE("hcl strings") {
    CHECK(tokens("\"\"") == Tokens{"oq:\"", "cq:\""});
    CHECK(tokens(R"("a\"b")") == Tokens{"oq:\"", R"(lit:a\"b)", "cq:\""});
    CHECK(tokens(R"("$ $$ % $${a} %%{b} $")") == Tokens{"oq:\"", "lit:$ $$ % $${a} %%{b} $", "cq:\""});
    CHECK(tokens(R"("a${b}c%{ if d ~}e")") == Tokens{"oq:\"", "lit:a", "${:${", "id:b", "seq}:}", "lit:c", "%{:%{", "id:if", "id:d", "seq}:~}", "lit:e", "cq:\""});
    CHECK(tokens(R"("${~{a = "}"}.b~}")") ==
          Tokens{"oq:\"", "${:${~", "op:{", "id:a", "op:=", "oq:\"", "lit:}", "cq:\"", "op:}", "op:.", "id:b", "seq}:~}", "cq:\""});
    CHECK(tokens("\"a\nb") == Tokens{"oq:\"", "lit:a", "bad:.", "lit:b"});
    CHECK(tokens("\"$$${a}\"") == Tokens{"oq:\"", "lit:$$${a}", "cq:\""});
}

TEST_CASE("hcl heredocs") {
    CHECK(tokens("a = <<END\n x \"${b}\n # c\nEND x\n  END \nd") ==
          Tokens{"id:a", "op:=", "oh:<<END.", "lit: x \"", "${:${", "id:b", "seq}:}", "lit:.", "lit: # c.", "lit:END x.", "ch:  END ", "nl:.", "id:d"});
    CHECK(tokens("<<-A\r\n\xC2\xA0" "A\xE2\x80\x83\r\n") == Tokens{"oh:<<-A..", "ch:\xC2\xA0" "A\xE2\x80\x83", "nl:.."});
    CHECK(tokens("<<A\n$\n%%\nA\n") == Tokens{"oh:<<A.", "lit:$.", "lit:%%.", "ch:A", "nl:."});
    CHECK(tokens("<<A\n${b}A\nA\n") == Tokens{"oh:<<A.", "${:${", "id:b", "seq}:}", "lit:A.", "ch:A", "nl:."});
    CHECK(tokens("<<A\nA") == Tokens{"oh:<<A.", "lit:A"}); // the marker needs a line break
    CHECK(tokens("<<A\nx\ry\n") == Tokens{"oh:<<A.", "lit:x", "bad:.", "lit:y."});
    CHECK(tokens("<<A\n\r A\n") == Tokens{"oh:<<A.", "bad:.", "lit: A."});
    CHECK(tokens("a << b") == Tokens{"id:a", "bad:<<", "id:b"});
}

TEST_CASE("hcl placeholders are opaque, and in comments there are none") {
    const std::string text = "a = \"${X:-\"#}\" # ${X:-\"#}\nb = ${X:-\"#} /* ${X:-\"#} */\nc = <<E\n${X:-\"#}E\nE\n";
    const auto find = [&](std::size_t begin) { return text.compare(begin, 8, "${X:-\"#}") == 0 ? begin + 8 : 0; };
    CHECK(tokens(text, find) == Tokens{"id:a", "op:=", "oq:\"", "ph:${X:-\"#}", "cq:\"", "nl:# ${X:-\"#}.", "id:b", "op:=", "ph:${X:-\"#}", "nl:.", "id:c", "op:=",
                                       "oh:<<E.", "ph:${X:-\"#}", "lit:E.", "ch:E", "nl:."});
}

TEST_CASE("a lexer ends on whatever it gets") {
    std::string text;
    for (std::size_t i = 0; i < 3 * Lexer::deepest; ++i) text += "\"${";
    Lexer lexer(text);
    std::size_t count = 0;
    while (lexer.next().kind != TokenKind::end) REQUIRE(++count <= text.size());
    CHECK(lexer.depth() == Lexer::deepest);
}
