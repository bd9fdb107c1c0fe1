#include "catch.hpp"

#include "core/text.hpp"
#include "rendering.hpp"

#include <string>

using namespace slipway;
using namespace slipway::rendering;

namespace {

enum class Raw { no, yes };

/// The text with ${V} filled in.
std::string filled(const std::string& text, const std::string& value, Raw raw = Raw::no, bool multiline = false) {
    Bench bench;
    bench.values = {{"V", value}};
    if (raw == Raw::yes) bench.allowances.raw = {"V"};
    bench.allowances.multiline = multiline;
    return bench.render(text, Format::hcl).text;
}

/// The first problem, without "job.tmpl:" and "the value of ${V} is refused: ".
std::string why(const std::string& text, const std::string& value, Raw raw = Raw::no, bool multiline = false) {
    Bench bench;
    bench.values = {{"V", value}};
    if (raw == Raw::yes) bench.allowances.raw = {"V"};
    bench.allowances.multiline = multiline;
    const auto error = failure_of([&] { bench.render(text, Format::hcl); });
    CHECK(error.code() == ExitCode::refused);
    auto message = to_line(error.diagnostics().front()).substr(9);
    replace_all(message, "the value of ${V} is refused: ", "");
    return message;
}

} // namespace

TEST_CASE("a value in a quoted string is escaped") {
    CHECK(filled("a = \"<${V}>\"\n", "a\"b\\c\nd\re\tf") == "a = \"<a\\\"b\\\\c\\nd\\re\\tf>\"\n");
    CHECK(filled("a = \"${V}\"\n", "\x01\x7F\xE2\x80\xA8") == "a = \"\\u0001\\u007F\\u2028\"\n");
    CHECK(filled("a = \"${V}\"\n", "") == "a = \"\"\n");
    CHECK(filled("a = \"${V}${b}\"\n", "") == "a = \"${b}\"\n");
    CHECK(filled("a = \"${V}\"\n", "$ $$ % { }") == "a = \"$ $$ % { }\"\n");
    CHECK(filled("a = \"x\\\"${V}\"\n", "'# // /* ") == "a = \"x\\\"'# // /* \"\n");
    CHECK(filled("a = \"${V}\" # ${V} ${NONE}\n/* ${NONE:-\" */\n", "1") == "a = \"1\" # ${V} ${NONE}\n/* ${NONE:-\" */\n");
}

TEST_CASE("template sequences in values need to be taken knowingly") {
    CHECK(why("a = \"${V}\"\n", "x${y}") == "1:6: it holds a template sequence, which Nomad would evaluate");
    CHECK(why("a = <<E\n${V}\nE\n", "%{ if x }") == "2:1: it holds a template sequence, which Nomad would evaluate");
    CHECK(filled("a = \"${V}\"\n", "x${y} %{z} $${w}", Raw::yes) == "a = \"x$${y} %%{z} $$${w}\"\n");
    CHECK(filled("a = <<E\n${V}\nE\n", "x${y} %{z}", Raw::yes) == "a = <<E\nx$${y} %%{z}\nE\n");
    CHECK(why("b \"${V}\" {}\n", "x${y}", Raw::yes) == "1:4: it holds a template sequence, which Nomad would evaluate");
}

TEST_CASE("a value does not join its neighbours to a template sequence") {
    CHECK(filled("a = \"${V}{b}\"\n", "c$") == "a = \"c\\u0024{b}\"\n");
    CHECK(filled("a = \"${V}{b}\"\n", "c%") == "a = \"c\\u0025{b}\"\n");
    CHECK(filled("a = \"${V}${b}\"\n", "c$") == "a = \"c\\u0024${b}\"\n");
    CHECK(filled("a = \"${V}%{ if b }%{ endif }\"\n", "c%") == "a = \"c\\u0025%{ if b }%{ endif }\"\n");
    CHECK(filled("a = \"${V}%{ if b }%{ endif }\"\n", "c$") == "a = \"c$%{ if b }%{ endif }\"\n");
    CHECK(filled("a = \"%${V}\"\n", "{if}") == "a = \"%\\u007Bif}\"\n");
    CHECK(why("a = \"%${V}{if}\"\n", "") == "1:7: together with the text around it, it makes a template sequence");
    CHECK(filled("a = \"5%${V}\"\n", " {") == "a = \"5% {\"\n");
    CHECK(why("a = <<E\n${V}{b}\nE\n", "c$") == "2:1: together with the text around it, it makes a template sequence");
    CHECK(why("a = <<E\n${V}${b}\nE\n", "c$") == "2:1: together with the sign behind it, it makes an escape of a template sequence");
    CHECK(why("a = <<E\n%${V}\nE\n", "{if}") == "2:2: together with the text before it, it makes a template sequence");
    CHECK(filled("a = <<E\n${V}{b}\nE\n", "c$", Raw::yes) == "a = <<E\nc$${b}\nE\n");
    CHECK(filled("a = <<E\n%${V}\nE\n", "{if}", Raw::yes) == "a = <<E\n%%{if}\nE\n");
    CHECK(why("b \"${V}{c}\" {}\n", "x$") == "1:4: together with the text around it, it makes a template sequence");

    Bench two;
    two.values = {{"V", "a$"}, {"W", "{b}"}};
    CHECK(two.render("a = \"${V}${W}\"\n", Format::hcl).text == "a = \"a$\\u007Bb}\"\n");
    CHECK(two.problems("a = <<E\n${V}${W}\nE\n", Format::hcl) == "job.tmpl:2:5: the value of ${W} is refused: together with the text before it, it makes a template sequence\n");
}

TEST_CASE("a value without quotes is a truth value, null or a number that reads back the same") {
    for (const char* value : {"true", "false", "null", "0", "3", "-3", "3.25", "0.5", "123456789012345"}) {
        INFO(value);
        CHECK(filled("a = ${V}\n", value) == "a = " + std::string(value) + "\n");
    }
    for (const char* value : {"007", ".5", "5.", "1.50", "1e3", "-0", "+1", "--1", "1234567890123456", "0.1234567890123456", "1_000", "0x1F"}) {
        INFO(value);
        CHECK(why("a = ${V}\n", value).find("1:5: outside of quotes") == 0);
    }
    for (const char* value : {"", "a", "a b", "True", "1 2", "1,2", "[1]", "{}", "#", "1\n", "var.x", "\"x\""}) {
        INFO(value);
        CHECK(why("a = ${V}\n", value) == "1:5: outside of quotes only true, false, null and numbers can stand");
    }
    CHECK(filled("a = [${V}, -${V}, f(${V})]\n", "5") == "a = [5, -5, f(5)]\n");
    CHECK(filled("a = ${V:-7}\n", "") == "a = 7\n");
    for (const char* text : {"a = 80${V}\n", "a = ${V}0\n", "a = b${V}\n", "a = ${V}b\n", "a = \"b\"${V}\n", "a = ${V}${V}\n", "${V} = 1\n", "a.${V} = 1\n"}) {
        INFO(text);
        CHECK(why(text, "5").find("wrong HCL: ") != std::string::npos);
    }
    CHECK(why("a = ${V}.5\n", "5").find("wrong HCL") == std::string::npos);
    CHECK(why("a = ${V}-b\n", "true") == "1:5: a value would change the structure of the file");
}

TEST_CASE("values with a type of their own") {
    Bench bench;
    bench.json = {{"LIST", R"(["a", 1, true, null, {"k.x": "v\n"}])"}, {"NUM", "3"}, {"STR", R"("a\"b")"}, {"SEQ", R"(["${x}"])"}};
    CHECK(bench.render("a = ${LIST}\n", Format::hcl).text == "a = [\"a\", 1, true, null, {\"k.x\" = \"v\\n\"}]\n");
    CHECK(bench.render("a = ${NUM}\nb = ${STR}\n", Format::hcl).text == "a = 3\nb = \"a\\\"b\"\n");
    CHECK(bench.render("a = \"${NUM} ${STR} ${LIST}\"\n", Format::hcl).text ==
          R"(a = "3 a\"b [\"a\",1,true,null,{\"k.x\":\"v\\n\"}]")" "\n");
    CHECK(bench.problems("a = ${SEQ}\n", Format::hcl).find("template sequence") != std::string::npos);
    bench.allowances.raw = {"SEQ"};
    CHECK(bench.render("a = ${SEQ}\n", Format::hcl).text == "a = [\"$${x}\"]\n");
    for (const char* wrong : {"[", "1 2", "nope", "{\"a\":1,\"a\":2}", "12345678901234567", "0.12345678901234567", "\"\xFF\""}) {
        INFO(wrong);
        CHECK_THROWS_AS(json_value(wrong, {}), Error);
    }
    CHECK_THROWS_AS(json_value(std::string(100'000, '['), {}), Error);
}

TEST_CASE("placeholders within sequences are refused") {
    CHECK(why("a = \"${f(${V})}\"\n", "1") == "1:10: it would become part of an expression of Nomad's");
    CHECK(why("a = \"${f(\"${V}\")}\"\n", "x") == "1:11: it would become part of an expression of Nomad's");
    CHECK(why("a = \"%{ if ${V} }%{ endif }\"\n", "true") == "1:12: it would become part of an expression of Nomad's");
    CHECK(filled("a = \"%{ if b }${V}%{ endif }\"\n", "x") == "a = \"%{ if b }x%{ endif }\"\n");
}

TEST_CASE("a label is a quoted string without sequences") {
    CHECK(filled("job \"a-${V}\" {}\n", "x\"y") == "job \"a-x\\\"y\" {}\n");
    CHECK(filled("job a \"${V}\" {}\n", "$x") == "job a \"$x\" {}\n");
}

TEST_CASE("a heredoc has no escapes") {
    CHECK(filled("a = <<E\n${V}\nE\n", "a\"b\\c\td") == "a = <<E\na\"b\\c\td\nE\n");
    CHECK(filled("a = <<E\nx${V}y\nE\n", "1\n2\n") == "a = <<E\nx1\n2\ny\nE\n");
    CHECK(filled("a = <<E\n${V}\nE\n", "") == "a = <<E\n\nE\n");
    CHECK(why("a = <<E\n${V}\nE\n", "x\ry") == "2:1: it holds a carriage return without a line feed, which no heredoc can hold");
    CHECK(why("a = <<E\n${V}\nE\n", "x\r") == "2:1: it holds a carriage return without a line feed, which no heredoc can hold");
    CHECK(filled("a = <<E\n${V}\nE\n", "x\r\ny") == "a = <<E\nx\r\ny\nE\n");
}

TEST_CASE("no line becomes the end marker") {
    for (const char* value : {"E", " E", "\xC2\xA0" "E\xE2\x80\x83", "x\nE\ny", "x\n\tE", "E\nx"}) {
        INFO(value);
        CHECK(why("a = <<E\n${V}\nE\n", value).find("a line would become the end marker of its heredoc") != std::string::npos);
    }
    CHECK(why("a = <<EOF\nE${V}F\nEOF\n", "O").find("a line would become the end marker") != std::string::npos);
    CHECK(why("a = <<EOF\n${V}EOF\nEOF\n", "").find("a line would become the end marker") != std::string::npos);
    CHECK(filled("a = <<EOF\nE${V}F\nEOF\n", "0") == "a = <<EOF\nE0F\nEOF\n");
    CHECK(filled("a = <<E\n${V}\nE\n", "EE") == "a = <<E\nEE\nE\n");
    CHECK(filled("a = <<E\n${b}${V}\nE\n", "E") == "a = <<E\n${b}E\nE\n");
}

TEST_CASE("the common indent of a flush heredoc is not changed") {
    CHECK(filled("a = <<-E\n  ${V}\n  b\n  E\n", "x") == "a = <<-E\n  x\n  b\n  E\n");
    CHECK(why("a = <<-E\n  ${V}\n  b\n  E\n", "") == "2:3: an empty value at the beginning of a line would change the indent of a <<- heredoc");
    CHECK(why("a = <<-E\n  ${V}\n  b\n  E\n", " x") == "2:3: white space at the beginning of a line would change the indent of a <<- heredoc");
    CHECK(why("a = <<-E\n  ${V}\n  b\n  E\n", "\xE2\x80\x83x") == "2:3: white space at the beginning of a line would change the indent of a <<- heredoc");
    CHECK(why("a = <<-E\n  ${V}\n  E\n", "\xCC\x81x") == "2:3: a line of it begins with a combining character, which Nomad takes away with the indent of a <<- heredoc");
    CHECK(filled("a = <<-E\n  b${V}\n  E\n", "") == "a = <<-E\n  b\n  E\n");
    CHECK(filled("a = <<-E\n  b${V}\n  E\n", "  ") == "a = <<-E\n  b  \n  E\n");
}

TEST_CASE("values of several lines in a flush heredoc get its indent") {
    const auto lines = [](const std::string& text, const std::string& value) { return filled(text, value, Raw::no, true); };
    CHECK(why("a = <<-E\n  ${V}\n  E\n", "x\ny") == "2:3: it has several lines, whose indent would become part of it in a <<- heredoc");
    CHECK(lines("a = <<-E\n    ${V}\n  b\n  E\n", "x\ny\n\n z") == "a = <<-E\n    x\n  y\n\n   z\n  b\n  E\n");
    CHECK(lines("a = <<-E\n  b ${V} c\n  E\n", "x\n") == "a = <<-E\n  b x\n   c\n  E\n");
    CHECK(lines("a = <<-E\n  b ${V}\n  E\n", "x\n") == "a = <<-E\n  b x\n\n  E\n");
    CHECK(lines("a = <<-E\n  b ${V}${c}\n  E\n", "x\n") == "a = <<-E\n  b x\n  ${c}\n  E\n");
    CHECK(lines("a = <<-E\nb ${V}\n  c\n  E\n", "x\n y") == "a = <<-E\nb x\n y\n  c\n  E\n");
    CHECK(lines("a = <<-E\n  b ${V} ${V}\n   ${V}\n  E\n", "x\ny") == "a = <<-E\n  b x\n  y x\n  y\n   x\n  y\n  E\n");
    CHECK(why("a = <<-E\n  ${V}${V}\n  E\n", "x\n", Raw::no, true) == "2:3: a value of several lines that ends in a blank one, directly before another placeholder");
    CHECK(why("a = <<-E\n  ${V}\n  ${~ b ~}\n  E\n", "x\ny", Raw::no, true).find("strip marker") != std::string::npos);
    CHECK(why("a = <<-E\n  ${V}\n  E\n", "x\nE\ny", Raw::no, true).find("end marker") != std::string::npos);
    CHECK(why("a = <<-E\n  ${V}\n  E\n", "x\n\xCC\x81y", Raw::no, true).find("combining") != std::string::npos);
}

TEST_CASE("strip markers do not eat into values") {
    CHECK(why("a = \"${b ~}${V}\"\n", "x").find("a placeholder next to a strip marker") != std::string::npos);
    CHECK(why("a = \"${b ~} \\n ${V}\"\n", "x").find("a placeholder next to a strip marker") != std::string::npos);
    CHECK(why("a = \"${V} ${~ b}\"\n", "x").find("a placeholder next to a strip marker") != std::string::npos);
    CHECK(why("a = <<E\n${V}\n${~ b}\nE\n", "x").find("a placeholder next to a strip marker") != std::string::npos);
    CHECK(why("a = \"%{ if b ~}${V}%{ endif }\"\n", "x").find("a placeholder next to a strip marker") != std::string::npos);
    CHECK(filled("a = \"${b ~} c ${V} d ${~ e}\"\n", " ") == "a = \"${b ~} c   d ${~ e}\"\n");
}

TEST_CASE("values that Nomad would change are refused") {
    CHECK(why("a = \"${V}\"\n", "e\xCC\x81").find("1:6: it is not in Unicode's normal form C") == 0);
    CHECK(why("a = \"e${V}\"\n", "\xCC\x81").find("1:7: together with the text around it, it is not in Unicode's normal form C") == 0);
    CHECK(why("a = \"\\u0065${V}\"\n", "\xCC\x81").find("together with the text around it") != std::string::npos);
    CHECK(why("a = \"${V}\xCC\x81\"\n", "e").find("together with the text around it") != std::string::npos);
    CHECK(why("a = \"${V}\\u0301\"\n", "e").find("together with the text around it") != std::string::npos);
    CHECK(why("a = \"e${V}\xCC\x81\"\n", "").find("together with the text around it") != std::string::npos);
    CHECK(filled("a = \"${V}\"\n", "\xC3\xA9") == "a = \"\xC3\xA9\"\n");
    CHECK(why("a = \"${V}\"\n", "\xFF") == "1:6: it is no valid UTF-8");
    CHECK(why("a = \"${V}\"\n", std::string("a\0b", 3)) == "1:6: it holds a NUL byte");
    CHECK(why("a = \"\\u00${V}\"\n", "41").find("wrong HCL: \\u takes four hexadecimal digits") != std::string::npos);
    CHECK(why("a = \"\\${V}\"\n", "x").find("wrong HCL: '\\$' is no escape") != std::string::npos);
}

TEST_CASE("a template engine's braces in a value are pointed out") {
    Bench bench;
    bench.values = {{"V", "{{ key \"x\" }}"}};
    const auto rendered = bench.render("template {\n  data = \"${V}\"\n  other = \"${V}\"\n}\n", Format::hcl);
    REQUIRE(rendered.warnings.size() == 1);
    CHECK(to_line(rendered.warnings[0]) == "job.tmpl:2:11: the value of ${V} holds {{, which Nomad's template engine will evaluate");
}

TEST_CASE("missing names and refused values are told together, as a misuse") {
    Bench bench;
    bench.values = {{"V", "${x}"}};
    const auto error = failure_of([&] { bench.render("a = \"${V}\"\nb = \"${NO}\"\n", Format::hcl); });
    CHECK(error.code() == ExitCode::misuse);
    CHECK(error.diagnostics().size() == 2);
}

TEST_CASE("a place in the output leads back to the template") {
    Bench bench;
    bench.values = {{"V", "one\ntwo"}, {"E", ""}};
    const std::string text = "a = <<E\n${V} x ${E}\nE\nb = 1\n";
    const auto rendered = bench.render(text, Format::hcl);
    const auto back = [&](std::string_view word) { return text.substr(template_offset(rendered.cuts, rendered.text.find(word)), 4); };
    CHECK(back("b = 1") == "b = ");
    CHECK(back("two") == "${V}");
    CHECK(back(" x ") == " x $");
    CHECK(back("a = ") == "a = ");
}
