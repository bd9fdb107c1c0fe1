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
    CHECK(parse_path("containers[0].image") == KeyPath{"containers", Index{0}, "image"});
    CHECK(parse_path("[1][2]") == KeyPath{Index{1}, Index{2}});
    CHECK(parse_path(".[1]") == KeyPath{Index{1}});
    CHECK(parse_path("\"a.b\".c") == KeyPath{"a.b", "c"});
    CHECK(parse_path("a[\"b.c/d\"][3]") == KeyPath{"a", "b.c/d", Index{3}});
    CHECK(parse_path("a.\"q\\\"\\\\\"") == KeyPath{"a", "q\"\\"});
    CHECK(parse_path("schl\xC3\xBCssel.app/v1.a-b_c") == KeyPath{"schl\xC3\xBCssel", "app/v1", "a-b_c"});
    CHECK(parse_path("a.\"\"") == KeyPath{"a", ""});
    CHECK(parse_path("a.0") == KeyPath{"a", "0"});
    CHECK(parse_path("list[-1].x") == KeyPath{"list", Index{-1}, "x"});
    CHECK(parse_path("example\\.com/version") == KeyPath{"example.com/version"});
    CHECK(parse_path("a\\=b\\ c\\\\.\\[") == KeyPath{"a=b c\\", "["});
}

TEST_CASE("selectors and texts that are YAML themselves") {
    CHECK(parse_path("env[name=X].value") == KeyPath{"env", Selector{"name", "X"}, "value"});
    CHECK(parse_path("env[name=].value") == KeyPath{"env", Selector{"name", ""}, "value"});
    CHECK(parse_path("[image=a/b:c@d=e f]") == KeyPath{Selector{"image", "a/b:c@d=e f"}});
    CHECK(parse_path("e[\"a b\"=\"x]\\\"\"]") == KeyPath{"e", Selector{"a b", "x]\""}});
    CHECK(parse_path("e[-a=1][0b=2][app\\.io/name=3]") ==
          KeyPath{"e", Selector{"-a", "1"}, Selector{"0b", "2"}, Selector{"app.io/name", "3"}});
    CHECK(parse_path("e[0=x]") == KeyPath{"e", Selector{"0", "x"}});
    CHECK(parse_path("spec.values|image.tag") == KeyPath{"spec", "values", Within{}, "image", "tag"});
    CHECK(parse_path("v|.[0]|[-2].x") == KeyPath{"v", Within{}, Index{0}, Within{}, Index{-2}, "x"});
}

TEST_CASE("a path is written in its shortest form, and reads back") {
    for (const char* text : {"image.tag", "containers[0].image", "[1][2]", "\"a.b\".c", "a.\"q\\\"\\\\\"", "a.\"\"",
                             "\"a b\"[0].\"=\"", "l[-1].x", "env[name=X].value", "e[a=][\"a b\"=\"x]\"]", "e[0=x][-a=\"\\\"\"]",
                             "v|image.tag", "v|[0]|\"a b\"", "\"|\".\"[\""}) {
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
    CHECK(failure("a[x]=1").find("brackets take a number, a key in double quotes, or key=value (character 4)") !=
          std::string::npos);
    CHECK(failure("a[]=1").find("brackets take a number") != std::string::npos);
    CHECK(failure("a[-]=1").find("brackets take a number") != std::string::npos);
    CHECK(failure("a[-0]=1").find("the last entry is [-1]") != std::string::npos);
    CHECK(failure("a[name=X").find("a ] is missing") != std::string::npos);
    CHECK(failure("a[name=\"X\"x]=1").find("a ] is missing") != std::string::npos);
    CHECK(failure("a|=1").find("a key is missing") != std::string::npos);
    CHECK(failure("|a=1").find("a key is missing") != std::string::npos);
    CHECK(failure("a||b=1").find("a key is missing") != std::string::npos);
    CHECK(failure("a\\").find("a character must follow the backslash") != std::string::npos);
    CHECK(failure("a[0").find("brackets take a number") != std::string::npos);
    CHECK(failure("a[99999999999]=1").find("too large") != std::string::npos);
    CHECK(failure("\"a=1").find("closing quote") != std::string::npos);
    CHECK(failure("\"a\\n\"=1").find("escapes") != std::string::npos);
    CHECK(failure("a b=1").find("a dot or a bracket must follow") != std::string::npos);
    CHECK(failure("a.*=1").find("a key cannot begin like that") != std::string::npos);
    CHECK(failure("\xFF=1").find("UTF-8") != std::string::npos);
    CHECK(failure("image.tag") == "'image.tag' is no PATH=VALUE");
    CHECK(failure("a=\xFF") == "the value of a is no valid UTF-8");
}
