#include "catch.hpp"

#include "core/error.hpp"
#include "render-jobspec/template.hpp"

#include <map>
#include <string>

using namespace slipway;
using namespace slipway::render_jobspec;

namespace {

const std::map<std::string, std::string> values = {
    {"IMAGE", "registry:5000/team/app@sha256:abc"},
    {"COUNT", "3"},
    {"EMPTY", ""},
    {"LOOKS_LIKE_ONE", "$COUNT"},
    {"NOMAD_PORT_http", "never"},
    {"X_1", "x"},
};

std::string rendered(const std::string& text, const std::map<std::string, std::string>& from = values) {
    return render(text, "job.tmpl", [&](const std::string& name) -> std::optional<std::string> {
               const auto value = from.find(name);
               return value == from.end() ? std::nullopt : std::optional(value->second);
           }).text;
}

Error failure(const std::string& text, const std::map<std::string, std::string>& from = values) {
    try {
        rendered(text, from);
    } catch (const Error& error) {
        return error;
    }
    FAIL("rendered without an error: " << text);
    throw std::logic_error("unreachable");
}

} // namespace

TEST_CASE("placeholders are filled in") {
    CHECK(rendered("image = \"${IMAGE}\"") == "image = \"registry:5000/team/app@sha256:abc\"");
    CHECK(rendered("count = ${COUNT}\n") == "count = 3\n");
    CHECK(rendered("\"${X_1}${X_1}\"") == "\"xx\"");
    CHECK(rendered("\"a${EMPTY}b\"") == "\"ab\"");
    CHECK(rendered("") == "");
}

TEST_CASE("everything else stays byte for byte") {
    for (const char* text : {
             "${NOMAD_PORT_http}", "${NOMAD_ADDR_web}", "${attr.kernel.name}", "${node.unique.id}", "${meta.rack}",
             "${env[\"HOME\"]}", "${UPPER.x}", "${UPPER[0]}", "${ COUNT }", "${~ COUNT ~}", "${lower(\"X\")}", "$${COUNT}", "$$${COUNT}",
             "%{ if COUNT }", "$COUNT $(COUNT) $", "${", "${}", "${1X}", "${count}", "a $\r\n${\xC3\xA9}", "${COUNT + 1}", "${COUNT(1)}",
         }) {
        INFO(text);
        CHECK(rendered(text) == text);
    }
}

TEST_CASE("a value is not looked into again") {
    CHECK(rendered("\"${LOOKS_LIKE_ONE}\"") == "\"$COUNT\"");
    CHECK(rendered("\"${A}\"", {{"A", "{COUNT}"}, {"COUNT", "3"}}) == "\"{COUNT}\"");
}

TEST_CASE("all missing names are reported with their places") {
    const auto error = failure("a = \"${ONE}\"\n\"\xC3\xA4${COUNT}\" ${TWO}\n");
    CHECK(error.code() == ExitCode::misuse);
    REQUIRE(error.diagnostics().size() == 2);
    CHECK(to_line(error.diagnostics()[0]) == "job.tmpl:1:6: no value for ${ONE}");
    CHECK(to_line(error.diagnostics()[1]) == "job.tmpl:2:13: no value for ${TWO}");
}

TEST_CASE("an operator is refused, not guessed") {
    for (const char* text : {"${X:-y}", "${X-y}", "${X:=y}", "${X?why}", "${X+y}", "${X#y}", "${X%y}", "${X/y/z}", "${X^^}", "${X,,}"}) {
        INFO(text);
        const auto error = failure(text);
        CHECK(error.code() == ExitCode::misuse);
        CHECK(std::string(error.what()).find("operators are not supported") != std::string::npos);
    }
}

TEST_CASE("a value that would change the file's structure is refused") {
    for (const char* value : {"a\"b", "a\\b", "a\nb", "a\rb", "a${X}", "%{if}", "ends$", "ends%", "\x01", "\xFF"}) {
        INFO(value);
        const auto error = failure("x = \"${V}\"", {{"V", value}});
        CHECK(error.code() == ExitCode::refused);
        CHECK(error.diagnostics()[0].place == Place{"job.tmpl", 1, 6});
    }
    for (const char* value : {"a b", "a,b", "{", "}", "#", "a;b", "a=b", "\xC3\xA9", "(1)"}) {
        INFO(value);
        CHECK(failure("x = ${V}", {{"V", value}}).code() == ExitCode::refused);
        CHECK(rendered("x = \"${V}\"", {{"V", value}}) == "x = \"" + std::string(value) + "\"");
    }
}

TEST_CASE("a value does not join its neighbours to a template sequence") {
    CHECK(failure("x = \"%${V}\"", {{"V", "{if}"}}).code() == ExitCode::refused);
    CHECK(failure("x = \"%${V}{if}\"", {{"V", ""}}).code() == ExitCode::refused);
    CHECK(rendered("x = \"5%${V}\"", {{"V", " {"}}) == "x = \"5% {\"");
}

TEST_CASE("a place within quotes is recognised behind escaped quotes") {
    CHECK(rendered(R"(x = "a \" ${V}")", {{"V", "a b"}}) == R"(x = "a \" a b")");
    CHECK(failure(R"(x = "a" ${V})", {{"V", "a b"}}).code() == ExitCode::refused);
}

TEST_CASE("names of placeholders") {
    for (const char* name : {"A", "_", "A1", "IMAGE_TAG"}) CHECK(is_placeholder_name(name));
    for (const char* name : {"", "a", "1A", "A-B", "A b", "Aa"}) CHECK_FALSE(is_placeholder_name(name));
}
