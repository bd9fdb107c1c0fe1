#include "catch.hpp"

#include "core/error.hpp"
#include "yaml/path.hpp"

#include <string>

using namespace slipway;
using namespace slipway::yaml;

namespace {

std::string failure(const std::string& text) {
    try {
        parse_assignment(text);
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        return error.what();
    }
    FAIL("read without an error: " << text);
    return {};
}

} // namespace

TEST_CASE("paths as yq writes them") {
    CHECK(parse_path("image") == KeyPath{"image"});
    CHECK(parse_path("image.tag") == KeyPath{"image", "tag"});
    CHECK(parse_path(".image.tag") == KeyPath{"image", "tag"});
    CHECK(parse_path("containers[0].image") == KeyPath{"containers", std::size_t{0}, "image"});
    CHECK(parse_path("[1][2]") == KeyPath{std::size_t{1}, std::size_t{2}});
    CHECK(parse_path(".[1]") == KeyPath{std::size_t{1}});
    CHECK(parse_path("\"a.b\".c") == KeyPath{"a.b", "c"});
    CHECK(parse_path("a[\"b.c/d\"][3]") == KeyPath{"a", "b.c/d", std::size_t{3}});
    CHECK(parse_path("a.\"q\\\"\\\\\"") == KeyPath{"a", "q\"\\"});
    CHECK(parse_path("schl\xC3\xBCssel.app/v1.a-b_c") == KeyPath{"schl\xC3\xBCssel", "app/v1", "a-b_c"});
    CHECK(parse_path("a.\"\"") == KeyPath{"a", ""});
    CHECK(parse_path("a.0") == KeyPath{"a", "0"});
}

TEST_CASE("a path is written in its shortest form, and reads back") {
    for (const char* text : {"image.tag", "containers[0].image", "[1][2]", "\"a.b\".c", "a.\"q\\\"\\\\\"", "a.\"\"",
                             "\"a b\"[0].\"=\""}) {
        CHECK(to_string(parse_path(text)) == text);
    }
    CHECK(to_string(parse_path(".a[\"b\"].\"c\"")) == "a.b.c");
    CHECK(to_string(parse_path("a.b"), 0) == "the document");
}

TEST_CASE("an assignment's value begins at the first = outside of quotes") {
    CHECK(parse_assignment("image.tag=abc").value == "abc");
    CHECK(parse_assignment("a=b=c").value == "b=c");
    CHECK(parse_assignment("a=").value.empty());
    CHECK(parse_assignment("\"a=b\".c= x ").path == KeyPath{"a=b", "c"});
    CHECK(parse_assignment("\"a=b\".c= x ").value == " x ");
    CHECK(parse_assignment("a[\"=\"]=\n").value == "\n");
}

TEST_CASE("what is no path is refused with the character") {
    CHECK(failure("a..b=1") == "cannot read the path 'a..b': a key is missing (character 3)");
    CHECK(failure("=1") == "cannot read the path '': it has no parts (character 1)");
    CHECK(failure(".=1").find("it has no parts") != std::string::npos);
    CHECK(failure("a.=1").find("a key is missing") != std::string::npos);
    CHECK(failure("a[x]=1").find("brackets take a number or a key in double quotes (character 3)") !=
          std::string::npos);
    CHECK(failure("a[-1]=1").find("brackets take a number") != std::string::npos);
    CHECK(failure("a[name=X].b=1").find("brackets take a number") != std::string::npos);
    CHECK(failure("a[0=1").find("a ] is missing") != std::string::npos);
    CHECK(failure("a[99999999999]=1").find("too large") != std::string::npos);
    CHECK(failure("\"a=1").find("closing quote") != std::string::npos);
    CHECK(failure("\"a\\n\"=1").find("escapes") != std::string::npos);
    CHECK(failure("a b=1").find("a dot or a bracket must follow") != std::string::npos);
    CHECK(failure("a.*=1").find("a key cannot begin like that") != std::string::npos);
    CHECK(failure("\xFF=1").find("UTF-8") != std::string::npos);
    CHECK(failure("image.tag") == "'image.tag' is no PATH=VALUE");
    CHECK(failure("a=\xFF") == "the value of a is no valid UTF-8");
}
