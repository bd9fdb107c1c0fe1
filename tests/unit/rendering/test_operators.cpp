#include "catch.hpp"

#include "rendering.hpp"

#include <string>

using namespace slipway;
using namespace slipway::rendering;

namespace {

std::map<std::string, std::string> values() {
    return {{"X", "a/b c"}, {"EMPTY", ""}, {"UNI", "\xC3\xA9\xC3\xA0\xC3\x88"}, {"STAR", "*"}, {"TWO", "one\ntwo"}, {"LOOKS", "${X}"}};
}

std::string text(const std::string& placeholder) {
    Bench all;
    all.values = values();
    return all.render(placeholder, Format::text).text;
}

std::string problems(const std::string& placeholder) {
    Bench all;
    all.values = values();
    return all.problems(placeholder, Format::text);
}

} // namespace

TEST_CASE("defaults and alternatives") {
    // Each as bash 5.2 prints it; tests/cli compares random ones with bash itself.
    CHECK(text("${X:-d}${EMPTY:-d}${NO:-d}") == "a/b cdd");
    CHECK(text("${X-d}${EMPTY-d}${NO-d}") == "a/b cd");
    CHECK(text("${EMPTY:=d}${NO=d}") == "dd");
    CHECK(text("${X:+y}${EMPTY:+y}${NO:+y}") == "y");
    CHECK(text("${X+y}${EMPTY+y}${NO+y}") == "yy");
    CHECK(text("${NO:-${NEITHER:-${X}}}") == "a/b c");
    CHECK(text("${NO:-\"a b\"}|${NO:-a\"}\"b}|${NO:-'q'}|${NO:-\\}}|${NO:-\\q}|${NO:-don\"'\"t}") == "a b|a}b|'q'|}|\\q|don't");
    CHECK(text("${NO:-$ x}${NO:-\\$x}${NO:-}") == "$ x$x");
    CHECK(text("${NO:-$${X}}|${NO:-${attr.x}}") == "$${X}|${attr.x}");
    CHECK(text("${X:?never said}") == "a/b c");
}

TEST_CASE("trims, replacements, cases and substrings") {
    CHECK(text("${X#a}|${X#*/}|${X##*[/ ]}|${X% *}|${X%%/*}|${X#b}") == "/b c|b c|c|a/b|a|a/b c");
    CHECK(text("${X/ /_}|${X//[a-c]/<&>}|${X/\\//-}|${X//\\//}|${X/#a/z}|${X/%c/z}|${X///-}") == "a/b_c|<a>/<b> <c>|a-b c|ab c|z/b c|a/b z|a/b c");
    CHECK(text("${X/b/\\&}|${X/b/\"&\"}|${X/#/p}|${X/%/s}|${X//}|${EMPTY//*/s}") == "a/& c|a/& c|pa/b c|a/b cs|a/b c|s");
    CHECK(text("${X^}|${X^^}|${X^^[ab]}|${X^^\"\"}|${UNI,,}|${UNI^^}") == "A/b c|A/B C|A/B c|a/b c|\xC3\xA9\xC3\xA0\xC3\xA8|\xC3\x89\xC3\x80\xC3\x88");
    CHECK(text("${X:2}|${X:2:1}|${X: -1}|${X:0:-2}|${X:(-3):1}|${X::1}|${X:9}|${X:0x1:010}|${UNI:1:1}") == "b c|b|c|a/b|b|a||/b c|\xC3\xA0");
    CHECK(text("${#X}|${#EMPTY}|${#UNI}|${#TWO}") == "5|0|3|7");
    CHECK(text("${X//${NO:-b}/${EMPTY:-z}}|${STAR/\"${STAR}\"/s}|${X/${STAR}/all}|${X/\"${STAR}\"/all}") == "a/z c|s|all|a/b c");
}

TEST_CASE("a value is never looked into again") {
    CHECK(text("${LOOKS}") == "${X}");
    CHECK(text("${NO:-${LOOKS}}") == "${X}");
    Bench all;
    all.values = {{"AMP", "&"}, {"X", "abc"}};
    CHECK(all.render("${X/b/${AMP}}", Format::text).text == "a&c");
}

TEST_CASE("what bash would not take is an error with a place") {
    CHECK(problems("a\n ${X") == "job.tmpl:2:2: the placeholder that begins here is not closed by }\n");
    CHECK(problems("${X:-${NO}") == "job.tmpl:1:1: the placeholder that begins here is not closed by }\n");
    CHECK(problems("${NO:-don't}") == "job.tmpl:1:10: a single quote without its partner in ${NO:-don't}\n");
    CHECK(problems("${NO:-$HOME}") == "job.tmpl:1:7: a variable or command without braces in ${NO:-\n");
    CHECK(problems("${NO:-$(date)}") == "job.tmpl:1:7: a variable or command without braces in ${NO:-\n");
    CHECK(problems("${NO:-`date`}") == "job.tmpl:1:7: a backquote in ${NO:-: a template runs no commands\n");
    CHECK(problems("${X@U}") == "job.tmpl:1:1: the operator '@' in ${X is not supported\n");
    CHECK(problems("${X:}") == "job.tmpl:1:1: an offset is missing in ${X:}\n");
    CHECK(problems("${X:one}") == "job.tmpl:1:1: 'one' in ${X:...} is no whole number\n");
    CHECK(problems("${X:08}") == "job.tmpl:1:1: '08' in ${X:...} is no whole number\n");
    CHECK(problems("${X:1:-9}") == "job.tmpl:1:1: the length -9 in ${X:...} ends before the offset\n");
    CHECK(problems("${X:99999999999999999999}") == "job.tmpl:1:1: '99999999999999999999' in ${X:...} is no whole number\n");
    std::string deep = "x";
    for (int i = 0; i < 1000; ++i) deep = "${NO:-" + deep + '}';
    CHECK(problems(deep).find("placeholders lie too deep in each other") != std::string::npos);
}

TEST_CASE("all that is missing is said at once") {
    CHECK(problems("${NO} ${X}\n${NEITHER:-${NOR}}${#NOR} ${MUST:?say why} ${EMPTY:?}") ==
          "job.tmpl:1:1: no value for ${NO}\n"
          "job.tmpl:2:12: no value for ${NOR}\n"
          "job.tmpl:2:19: no value for ${NOR}\n"
          "job.tmpl:2:27: no value for ${MUST}: say why\n"
          "job.tmpl:2:44: an empty value for ${EMPTY}: the template needs one\n");
}

TEST_CASE("what is no placeholder stays byte for byte") {
    for (const char* same : {
             "${NOMAD_PORT_http}", "${NOMAD_ADDR_web}", "${attr.kernel.name}", "${node.unique.id}", "${meta.rack}", "${env[\"HOME\"]}", "${UPPER.x}", "${UPPER[0]}",
             "${ X }", "${~ X ~}", "${lower(\"X\")}", "$${X}", "$$${X}", "$${X:-", "%{ if X }", "$X $(X) $", "${", "${}", "${1X}", "${x}", "${Xy}", "a $\r\n${\xC3\xA9}",
             "${X + 1}", "${X(1)}", "${X!}", "${#X:-y}", "${#}", "${!X}",
         }) {
        INFO(same);
        CHECK(text(same) == same);
    }
}

TEST_CASE("names that are allowed, kept, and declared") {
    Bench all;
    all.values = {{"A", "1"}, {"B", "2"}, {"image_tag", "3"}, {"NOMAD_X", "4"}};
    all.allow = {"B", "NOMAD_X"};
    CHECK(all.render("${A}${B}${NOMAD_X}", Format::text).text == "${A}24");
    all.allow = {};
    all.keep = {"A"};
    CHECK(all.render("${A}${B}${NOMAD_X}${image_tag}", Format::text).text == "${A}2${NOMAD_X}${image_tag}");
    all.name_pattern = "[a-z]+_tag";
    CHECK(all.render("${image_tag}${image_tags}${B}", Format::text).text == "3${image_tags}2");
    CHECK_THROWS_AS(Names({}, {}, "("), Error);
    CHECK_THROWS_AS(Names({"a-b"}, {}, ""), Error);
}
