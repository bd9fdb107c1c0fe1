#include "catch.hpp"

#include "core/text.hpp"
#include "rendering.hpp"

#include <string>

using namespace slipway;
using namespace slipway::rendering;

namespace {

std::string filled(const std::string& text, const std::string& value) {
    Bench bench;
    bench.values = {{"V", value}, {"W", "w"}};
    return bench.render(text, Format::yaml).text;
}

std::string why(const std::string& text, const std::string& value) {
    Bench bench;
    bench.values = {{"V", value}};
    const auto error = failure_of([&] { bench.render(text, Format::yaml); });
    CHECK(error.code() == ExitCode::refused);
    return to_line(error.diagnostics().front()).substr(9);
}

} // namespace

TEST_CASE("a value becomes one yaml scalar, with quotes where it must have them") {
    CHECK(filled("image: ${V} # ${V} ${NO:-\"}\n", "app:1.2") == "image: app:1.2 # ${V} ${NO:-\"}\n");
    CHECK(filled("tag: ${V}\n", "1.10") == "tag: \"1.10\"\n");
    CHECK(filled("tag: ${V}\n", "706798e8") == "tag: \"706798e8\"\n");
    CHECK(filled("tag: ${V}\n", "") == "tag: \"\"\n");
    CHECK(filled("tag: v${V}\n", "1.2.3") == "tag: v1.2.3\n");
    CHECK(filled("tag: a-${V}\n", "x: y") == "tag: \"a-x: y\"\n");
    CHECK(filled("tag: \"a-${V}\"\n", "x\"\\\n") == "tag: \"a-x\\\"\\\\\\n\"\n");
    CHECK(filled("tag: 'a-${V}'\n", "it's") == "tag: 'a-it''s'\n");
    CHECK(filled("tag: 'a-${V}'\n", "x\ty\n") == "tag: \"a-x\\ty\\n\"\n");
    CHECK(filled("l: [${V}, '${V}', {k: ${V}}]\n", "a, b]") == "l: [\"a, b]\", 'a, b]', {k: \"a, b]\"}]\n");
    CHECK(filled("${V}: 1\n\"x-${V}\": 2\n", "a: b") == "\"a: b\": 1\n\"x-a: b\": 2\n");
}

TEST_CASE("yaml text blocks take values as they are, further lines indented") {
    CHECK(filled("a: |\n  x ${V}\n  y\nb: 1\n", "1\n2") == "a: |\n  x 1\n  2\n  y\nb: 1\n");
    CHECK(filled("a:\n  b: |\n    ${V}\n", "1\n\n 2") == "a:\n  b: |\n    1\n    \n     2\n");
    CHECK(why("a: |\n  ${V}\n  y\n", "  x").find("the file would not read as intended") != std::string::npos);
    CHECK(why("a: >\n  ${V}\n", "1\n2").find("the file would not read as intended") != std::string::npos);
    CHECK(why("a: |\n  ${V}\n", "x\x01").find("it holds control characters") != std::string::npos);
}

TEST_CASE("typed values become yaml of their type") {
    Bench bench;
    bench.json = {{"N", "3"}, {"L", R"(["a", {"b": null}])"}, {"S", "\"7\""}};
    CHECK(bench.render("a: ${N}\nb: ${L}\nc: ${S}\nd: \"${N}\"\ne: x${N}\n", Format::yaml).text == "a: 3\nb: [\"a\",{\"b\":null}]\nc: \"7\"\nd: \"3\"\ne: x3\n");
    CHECK(bench.render(R"({"a": ${N}, "b": "${N}"})", Format::yaml).text == R"({"a": 3, "b": "3"})");
}

TEST_CASE("everything else in a yaml file stays byte for byte") {
    const std::string text = "%YAML 1.2\n---\r\n# c\na:   &x  !!str  ${V}   # d\nb: *x\n\n\n...\n---\nc: |+\n  ${NOMAD_X} $V $(x) $${V}\n\n";
    auto expected = text;
    replace_all(expected, "&x  !!str  ${V}", "&x  !!str  v1");
    CHECK(filled(text, "v1") == expected);
    CHECK(filled("", "x") == "");
    CHECK(filled("a: first\n  second ${V}\n  third\n", "x") == "a: first\n  second x\n  third\n");
}

TEST_CASE("placeholders that stand for no yaml value are refused") {
    CHECK(why("a: &${V} x\n", "y") == "1:5: the value of ${V} is refused: it stands in no value");
    CHECK(why("a: first\n  second ${V}\n", "1: 2").find("it needs quotes and escapes") != std::string::npos);
    CHECK(why("a: [${V}\n", "x").find("wrong YAML") != std::string::npos);
    CHECK(why("a: 1\n${V}: 2\n", "a").find("the key 'a' is there twice") != std::string::npos);
    CHECK(why("a: ${V}\n", "\xFF") == "1:4: the value of ${V} is refused: it is no valid UTF-8");
}

TEST_CASE("a placeholder that bash would not take is an error in every value, and none in a comment") {
    Bench bench;
    bench.values = {{"V", "x"}};
    for (const char* text : {"a: ${V@U}\n", "a: \"b # ${V@U}\"\n", "a: |\n  # ${V@U}\n", "a: ${V:-don't}\n", "a: ${V:-\n", "a: [${V@U}\n", "a: &${V@U} b\n"}) {
        INFO(text);
        const auto error = failure_of([&] { bench.render(text, Format::yaml); });
        CHECK(error.code() == ExitCode::misuse);
    }
    const std::string comments = "a: 1 # ${V@U} ${V:-don't}\n# ${V:-\nb: 2\n";
    CHECK(bench.render(comments, Format::yaml).text == comments);
}
