#include "catch.hpp"

#include "failure.hpp"
#include "hcl/parser.hpp"

#include <string>

using namespace slipway;
using namespace slipway::hcl;

namespace {

void read(const std::string& text) {
    Listener nobody;
    parse(text, Places(text, "f"), nobody);
}

std::string problem(const std::string& text) {
    const auto error = failure_of([&] { read(text); });
    CHECK(error.code() == ExitCode::refused);
    return to_line(error.diagnostics().front());
}

/// Writes down what it is told.
class Writer final : public Listener {
public:
    explicit Writer(std::string_view text) : text_(text) {}
    std::string told;

    void block_begin(const Token& type, const std::vector<Token>& labels) override {
        told += "block " + of(type);
        for (const auto& label : labels) told += ' ' + of(label);
        told += '\n';
    }
    void block_end() override { told += "end\n"; }
    void attribute_begin(const Token& name) override { told += of(name) + ": "; }
    void attribute_end() override { told += '\n'; }
    void template_begin(const Token&, Position position) override { told += position == Position::flush_heredoc ? "<flush " : position == Position::heredoc ? "<heredoc " : "<"; }
    void literal(const Token& token) override { told += '[' + of(token) + ']'; }
    void placeholder(const Token& token, Position position) override { told += of(token) + '=' + std::to_string(static_cast<int>(position)); }
    void sequence_begin(const Token& token) override { told += of(token); }
    void sequence_end(const Token& token) override { told += of(token); }
    void template_end() override { told += ">"; }

private:
    std::string of(const Token& token) const { return std::string(text_.substr(token.begin, token.size())); }
    std::string_view text_;
};

} // namespace

TEST_CASE("hcl files of all kinds are read") {
    for (const char* text : {
             "", "\n\n", "# only a comment", "a = 1", "a = 1\n", "b {}\n", "b { c = 1 }\n", "b x \"y\" {\n}\n", "a = [1, 2,\n 3,\n]\n", "a = {\n  b = 1\n  \"c\" : 2, (d) = 3\n}\n",
             "a = f(x, y...)\n", "a = ns::f(\n 1,\n)\n", "a = b.c[0].*.d[*].e.0\n", "a = b ? c : d ? e : f\n", "a = -1 + !b * (2 -\n 3)\n", "a = [for x in y : x if z]\n",
             "a = {for k, v in m : k => v... if c}\n", "a = \"${b}%{ if c }d%{ else }e%{ endif }%{ for x in y }${x}%{ endfor }\"\n", "a = <<E\n${b}\nE\n", "a = [<<E\nx\nE\n, 1]\n",
             "a = \"${\nb\n}\"\n", "a = \"${b # c\n}\"\n", "\xEF\xBB\xBF" "a = 1\r\nb = 2\r\n",
         }) {
        INFO(text);
        CHECK_NOTHROW(read(text));
    }
}

TEST_CASE("wrong hcl has a place and a reason") {
    CHECK(problem("a = \n") == "f:1:5: wrong HCL: the line ends where a value is expected");
    CHECK(problem("a\n") == "f:1:2: wrong HCL: the line ends where '=' or '{' behind 'a' is expected");
    CHECK(problem("job \"x\" {\n  a = 1\n") == "f:1:9: wrong HCL: the block that begins here is not closed by }");
    CHECK(problem("a = 1 b = 2\n") == "f:1:7: wrong HCL: 'b' where the end of the line is expected");
    CHECK(problem("a = [1 2]\n") == "f:1:8: wrong HCL: '2' where ',' or ']' is expected");
    CHECK(problem("a = \"b\n") == "f:1:7: wrong HCL: a quoted string ends at the end of its line");
    CHECK(problem("a = \"b") == "f:1:5: wrong HCL: the string that begins here is not closed");
    CHECK(problem("a = <<E\nx\n") == "f:1:5: wrong HCL: the heredoc that begins here has no end marker on a line of its own");
    CHECK(problem("a = <<E\nx\nE") == "f:1:5: wrong HCL: the heredoc that begins here has no end marker on a line of its own");
    CHECK(problem("a = 'x'\n") == "f:1:5: wrong HCL: a string in single quotes");
    CHECK(problem("a = \"\\d\"\n") == "f:1:6: wrong HCL: '\\d' is no escape");
    CHECK(problem("a = \"${x:-y}\"\n") == "f:1:9: wrong HCL: ':' where '}' of a sequence is expected");
    CHECK(problem("a = \"${x\"\n") == "f:1:9: wrong HCL: '\"' where '}' of a sequence is expected");
    CHECK(problem("a = \"%{ if x }\"\n") == "f:1:6: wrong HCL: this directive has no %{ endif }");
    CHECK(problem("a = \"%{ endfor }\"\n") == "f:1:6: wrong HCL: %{ endfor } has no directive that it belongs to");
    CHECK(problem("a = \"%{ while x }\"\n") == "f:1:6: wrong HCL: 'while' is no directive");
    CHECK(problem("a = 1\na = 2\n") == "f:2:1: wrong HCL: the argument 'a' is given twice");
    CHECK(problem("a = b.*.c.*\n") == "f:1:11: wrong HCL: a second .* within the first");
    CHECK(problem("a = b.0.1\n") == "f:1:7: wrong HCL: two indices behind dots");
    CHECK(problem("a = 1..2\n") == "f:1:5: wrong HCL: '1..2' is no number");
    CHECK(problem("b \"${x}\" {}\n") == "f:1:4: wrong HCL: a label holds a template sequence");
    CHECK(problem("b { c = 1\n}\n") == "f:1:10: wrong HCL: the line ends where '}' on the same line, as a block on one line holds one argument is expected");
    CHECK(problem("a = /* b\n") == "f:1:5: wrong HCL: the comment that begins here is not closed by */");
    CHECK(problem(std::string(100'000, 'x') + "\n").size() < 200);
    CHECK(problem("a = ${b}\n") == "f:1:5: wrong HCL: a dollar sign outside of quotes");
    CHECK(problem("\xC3\xA9 = 1\n\xC3\xA9\xC3\xA9 ; 2\n") == "f:2:4: wrong HCL: a semicolon");
}

TEST_CASE("HCL1 is refused with its place") {
    CHECK(problem("job \"x\" {\n  \"a\" = 1\n}\n") == "f:2:3: wrong HCL: the name of an argument is in quotes");
    CHECK(problem("config \"x\" = {\n}\n") == "f:1:12: wrong HCL: an equals sign behind a label");
    CHECK(problem("meta {\n  a = 1,\n  b = 2\n}\n") == "f:2:8: wrong HCL: a comma behind an argument");
    CHECK(problem("meta { a = 1, b = 2 }\n") == "f:1:13: wrong HCL: a comma in a block");
}

TEST_CASE("brackets without end are refused, not followed") {
    CHECK(problem("a = " + std::string(100'000, '[')).find("lie too deep in each other") != std::string::npos);
    CHECK(problem("a = " + std::string(100'000, '-') + "1\n").find("lie too deep in each other") != std::string::npos);
    std::string blocks;
    for (int i = 0; i < 1000; ++i) blocks += "b {\n";
    CHECK(problem(blocks).find("lie too deep in each other") != std::string::npos);
    std::string strings = "a = ";
    for (int i = 0; i < 1000; ++i) strings += "\"${";
    CHECK(problem(strings).find("too deep in each other") != std::string::npos);
    std::string conditions = "a = ";
    for (int i = 0; i < 1000; ++i) conditions += "b ? ";
    CHECK(problem(conditions).find("too deep in each other") != std::string::npos);
}

TEST_CASE("a listener learns what stands where") {
    const std::string text = "job \"x\" {\n  a = \"b${c}d\"\n  e { f = <<-E\n  ${X}g\n  E\n  }\n}\n";
    // A block on one line cannot hold a heredoc: its marker needs a line of its own.
    Writer refused(text);
    CHECK_THROWS_AS(parse(text, Places(text, "f"), refused), Error);

    const std::string good = "job \"x${X}\" y {\n  a = \"b${c}d${X}\"\n  f = <<-E\n  ${X}g\n  E\n  h = [${X}, \"${i[\"${X}\"]}\"]\n}\n";
    Writer writer(good);
    parse(good, Places(good, "f"), writer, [&](std::size_t begin) { return good.compare(begin, 4, "${X}") == 0 ? begin + 4 : 0; });
    CHECK(writer.told == "<[x]${X}=0>block job \"x${X}\" y\n"
                         "a: <[b]${}[d]${X}=1>\n"
                         "f: <flush [  ]${X}=3[g\n]>\n"
                         "h: ${X}=4<${<${X}=5>}>\n"
                         "end\n");
}
