#include "catch.hpp"

#include "core/error.hpp"
#include "yaml/edit.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::yaml;

namespace {

Edited edited(const std::string& text, const std::vector<std::string>& assignments) {
    std::vector<Operation> operations;
    for (const auto& text_of_one : assignments) {
        auto assignment = parse_assignment(text_of_one);
        operations.push_back({.kind = Operation::Kind::set, .path = std::move(assignment.path), .value = std::move(assignment.value)});
    }
    return edit(text, "f.yaml", operations);
}

std::string after(const std::string& text, const std::string& assignment) { return edited(text, {assignment}).text; }

/// The error of an edit that must fail: "CODE line".
std::string failure(const std::string& text, const std::string& assignment) {
    try {
        edited(text, {assignment});
    } catch (const Error& error) {
        return std::to_string(static_cast<int>(error.code())) + ' ' + to_line(error.diagnostics().front());
    }
    FAIL("edited without an error: " << text);
    return {};
}

std::string hint(const std::string& text, const std::string& assignment) {
    try {
        edited(text, {assignment});
    } catch (const Error& error) {
        return error.diagnostics().front().hint;
    }
    return "no error";
}

} // namespace

TEST_CASE("a value is replaced, and nothing else") {
    CHECK(after("image:\n  tag: old   # keep\n\n# end\n", "image.tag=new") ==
          "image:\n  tag: new   # keep\n\n# end\n");
    CHECK(after("a:   'x'\t# c\n", "a=it's") == "a:   'it''s'\t# c\n");
    CHECK(after("a: \"x\"", "a=1.10") == "a: \"1.10\"");
    CHECK(after("a: x", "a=1.10") == "a: \"1.10\"");
    CHECK(after("\"a.b\": x\n", "\"a.b\"=z") == "\"a.b\": z\n");
    CHECK(after("a: http://x/y#z\n", "a=b") == "a: b\n");
    CHECK(after("a: x:y z\nb: 1\n", "a=b") == "a: b\nb: 1\n");
}

TEST_CASE("bytes that editors and other tools lose are kept") {
    CHECK(after("\xEF\xBB\xBF"
                "a: x\r\nb: y\r\n",
                "b=z") == "\xEF\xBB\xBF"
                          "a: x\r\nb: z\r\n");
    CHECK(after("a: x\r\nb: y\nc: z", "b=w") == "a: x\r\nb: w\nc: z");
    CHECK(after("\xC3\xA9: \xC3\xA9\xC3\xA9\nb: \"\xF0\x9F\x98\x80\"\nc: z\n", "c=w") ==
          "\xC3\xA9: \xC3\xA9\xC3\xA9\nb: \"\xF0\x9F\x98\x80\"\nc: w\n");
    CHECK(after("a: |\n  text \xC3\xA9\n\n    more\nb: >-\n  x\n  y\nc: z\n", "c=w") ==
          "a: |\n  text \xC3\xA9\n\n    more\nb: >-\n  x\n  y\nc: w\n");
    CHECK(after("a:\tx\t# c\n", "a=z") == "a:\tz\t# c\n");
    CHECK(after("%YAML 1.2\n---\na: x\n...\n", "a=z") == "%YAML 1.2\n---\na: z\n...\n");
}

TEST_CASE("lists and flow collections") {
    CHECK(after("l:\n- a: 1\n  b: x\n-   c\n", "l[0].b=z") == "l:\n- a: 1\n  b: z\n-   c\n");
    CHECK(after("l:\n- a: 1\n-   c\n", "l[1]=d") == "l:\n- a: 1\n-   d\n");
    CHECK(after("- - a\n  - b\n", "[0][1]=c") == "- - a\n  - c\n");
    CHECK(after("{a: {tag: x, \"b\":2}, l: [1, 'y']}", "a.tag=z") == "{a: {tag: z, \"b\":2}, l: [1, 'y']}");
    CHECK(after("{a: {tag: x, \"b\":2}, l: [1, 'y']}", "a.b=v") == "{a: {tag: x, \"b\":v}, l: [1, 'y']}");
    CHECK(after("{a: [1, 'y']}", "a[1]=p,q") == "{a: [1, 'p,q']}");
    CHECK(after("{a: [x]}", "a[0]=p,q") == "{a: [\"p,q\"]}");
    CHECK(after("[a: x, b: y]", "[1].b=z") == "[a: x, b: z]");
    CHECK(after("{\n  \"image\": {\n    \"tag\": \"old\"\n  }\n}\n", "image.tag=n\tw") ==
          "{\n  \"image\": {\n    \"tag\": \"n\\tw\"\n  }\n}\n");
}

TEST_CASE("scalars over several lines become one") {
    CHECK(after("a: foo\n  bar\n\n  baz # c\nb: x\n", "a=z") == "a: z # c\nb: x\n");
    CHECK(after("a: \"foo\n  bar\"\r\nb: x\n", "a=y") == "a: \"y\"\r\nb: x\n");
    CHECK(after("a:\n  foo\n  bar\nb: x\n", "a=z") == "a:\n  z\nb: x\n");
    CHECK(after("a: 'x''\n\n  y' # c\n", "a=z") == "a: 'z' # c\n");
}

TEST_CASE("empty values are filled behind their colon") {
    CHECK(after("tag:\n", "tag=x") == "tag: x\n");
    CHECK(after("tag:   # why\n", "tag=x") == "tag: x   # why\n");
    CHECK(after("tag:", "tag=x") == "tag: x");
    CHECK(after("tag: \r\nb: 1\r\n", "tag=x") == "tag: x \r\nb: 1\r\n");
    CHECK(after("a:\n  tag:\nb: 1\n", "a.tag=x") == "a:\n  tag: x\nb: 1\n");
    CHECK(after("tag:\nnull: 1\n", "tag=x") == "tag: x\nnull: 1\n");
    CHECK(after("tag: null\nnull: 1\n", "tag=x") == "tag: x\nnull: 1\n");
    CHECK(after("a:\n  tag:\n~: 1\n", "a.tag=x") == "a:\n  tag: x\n~: 1\n");
    CHECK(after("tag: ~ # c\n", "tag=") == "tag: \"\" # c\n");
    CHECK(after("'tag' :\n", "tag=x") == "'tag' : x\n");
    CHECK(after("{tag: , b: 1}", "tag=x") == "{tag: x , b: 1}");
    CHECK(after("{\"tag\":}", "tag=x") == "{\"tag\": x}");
    CHECK(after("- tag:\n- b\n", "[0].tag=x") == "- tag: x\n- b\n");
    CHECK(after("a:\n---\nb: 1\n", "a=x") == "a: x\n---\nb: 1\n");
    CHECK(edited("tag:\n", {"tag=x"}).changes[0].old == std::nullopt);
}

TEST_CASE("a value that is there already is left alone, however it is quoted") {
    for (const char* text : {"a: x\n", "a: 'x'\n", "a: \"\\x78\"\n", "a: |-\n  x\n", "a: !!str x\n", "a: &n x\n"}) {
        INFO(text);
        const auto result = edited(text, {"a=x"});
        CHECK(result.text == text);
        CHECK_FALSE(result.changed());
    }
    CHECK_FALSE(edited("a: two words\n", {"a=two words"}).changed());
    CHECK_FALSE(edited("a: ''\n", {"a="}).changed());
}

TEST_CASE("what reads as a number is no string yet") {
    const auto result = edited("tag: 1.10\n", {"tag=1.10"});
    CHECK(result.text == "tag: \"1.10\"\n");
    CHECK(result.changes[0].retyped);
    CHECK(result.changes[0].old == "1.10");
    CHECK(after("tag: 706798e8\n", "tag=706798e8") == "tag: \"706798e8\"\n");
    CHECK(after("tag: !!str 1.10\n", "tag=1.10") == "tag: !!str 1.10\n");
}

TEST_CASE("several values at once") {
    const auto result = edited("a: 1\nb:\n  c: x\n  d: y\n", {"b.d=new", "a=one", "b.c=x"});
    CHECK(result.text == "a: one\nb:\n  c: x\n  d: new\n");
    REQUIRE(result.changes.size() == 3);
    CHECK(result.changes[0].path == "b.d");
    CHECK(result.changes[0].place == Place{"f.yaml", 4, 6});
    CHECK(result.changes[1].changed);
    CHECK_FALSE(result.changes[2].changed);
    CHECK(failure("a: x\n", "a.b=1") == "1 f.yaml:1:4: cannot set a.b: a is a single value, no map with the key 'b'");
    CHECK_THROWS_AS(edited("a: x\n", {"a=1", "a=2"}), Error);
    try {
        edited("a: x\n", {"b=1", "c=2"});
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.diagnostics().size() == 2);
    }
}

TEST_CASE("a path that does not exist is refused with its place and a guess") {
    CHECK(failure("image:\n  tag: x\n", "image.tga=1") ==
          "1 f.yaml:2:3: cannot set image.tga: image has no key 'tga'");
    CHECK(hint("image:\n  tag: x\n", "image.tga=1") == "did you mean 'tag'?");
    CHECK(failure("l: [a]\n", "l[1]=1") == "1 f.yaml:1:4: cannot set l[1]: l has 1 entry, counted from [0]");
    CHECK(failure("l: [a]\n", "l.a=1") == "1 f.yaml:1:4: cannot set l.a: l is a list, no map with the key 'a'");
    CHECK(failure("m: {a: 1}\n", "m[0]=1") == "1 f.yaml:1:4: cannot set m[0]: m is a map, no list with an entry [0]");
    CHECK(failure("m:\n", "m.a=1") == "1 f.yaml:2:1: cannot set m.a: m is empty, no map with the key 'a'");
    CHECK(failure("", "a=1") == "1 f.yaml: cannot set a: the file is empty");
    CHECK(failure("# nothing\n", "a=1") == "1 f.yaml: cannot set a: the file is empty");
    CHECK(hint("b: &b {tag: 1}\nimage:\n  <<: *b\n", "image.tag=1") ==
          "a key that comes from << is set where it is defined, or added by hand");
}

TEST_CASE("what is no single value is refused") {
    CHECK(failure("a:\n  b: 1\n", "a=1") == "1 f.yaml:2:3: cannot set a: it is a map, no single value");
    CHECK(failure("a: [b]\n", "a=1") == "1 f.yaml:1:4: cannot set a: it is a list, no single value");
    CHECK(failure("a: |\n  text\n", "a=1") ==
          "1 f.yaml:1:4: cannot set a: it is a text block (| or >), which cannot be replaced yet");
    CHECK(failure("l:\n- \n- a\n", "l[0]=1").find("an empty entry of a list cannot be set yet") != std::string::npos);
    CHECK(failure("? a\n", "a=1").find("the colon behind its key cannot be found") != std::string::npos);
}

TEST_CASE("anchors, aliases and tags") {
    const std::string text = "t: &tag old\na:\n  tag: *tag\nb: &base\n  tag: x\nc: *base\nd:\n  <<: *base\n";
    CHECK(failure(text, "a.tag=1") == "1 f.yaml:3:8: cannot set a.tag: it is an alias, its value stands elsewhere");
    CHECK(failure(text, "c.tag=1") == "1 f.yaml:6:4: cannot set c.tag: c is an alias, its value stands elsewhere");
    const auto result = edited(text, {"t=new"});
    CHECK(result.text == "t: &tag new\na:\n  tag: *tag\nb: &base\n  tag: x\nc: *base\nd:\n  <<: *base\n");
    CHECK(result.changes[0].aliases == 1);
    CHECK(after("a: &x\n  # c\n  v\nb: *x\n", "a=w") == "a: &x\n  # c\n  w\nb: *x\n");
    CHECK(after("a: !!str 5\n", "a=6") == "a: !!str \"6\"\n");
    CHECK(after("a: ! 5\n", "a=x") == "a: ! x\n");
    CHECK(failure("a: !!int 5\n", "a=6").find("1 f.yaml:1:4: cannot set a: it has the tag 'tag:yaml.org,2002:int'") ==
          0);
    CHECK(failure("a: !vault x\n", "a=6").find("it has the tag '!vault'") != std::string::npos);
    CHECK(failure("a: &x\nb: 1\n", "a=6").find("it has an anchor or a tag, and no value") != std::string::npos);
    CHECK(failure("a: &x !!str\nb: 1\n", "a=6").find("1 f.yaml:") == 0);
}

TEST_CASE("a key that stands there twice is refused") {
    CHECK(failure("a: 1\nb: 2\na: 3\n", "a=x") == "1 f.yaml:3:1: cannot set a: the key 'a' stands there twice, "
                                                  "before that in line 1, and readers disagree on which one counts");
    CHECK(after("a: 1\nb: 2\na: 3\n", "b=x") == "a: 1\nb: x\na: 3\n");
}

TEST_CASE("of several documents exactly one must have the path") {
    const std::string text = "kind: A\nx: 1\n---\nkind: B\ny: 2\n---\n# empty\n";
    CHECK(after(text, "y=3") == "kind: A\nx: 1\n---\nkind: B\ny: \"3\"\n---\n# empty\n");
    CHECK(failure(text, "kind=C") ==
          "1 f.yaml:1:7: cannot set kind: several documents of the file have it, in the lines 1, 4");
    CHECK(failure(text, "z=C") == "1 f.yaml:1:1: cannot set z: the document has no key 'z'");
}

TEST_CASE("what is no YAML, or not the same YAML for every reader, is unreadable input") {
    CHECK(failure("a: b: c\n", "a=1").substr(0, 27) == "2 f.yaml:1:5: wrong YAML: i");
    CHECK(failure("a: [1\nb: 2\n", "a=1").substr(0, 2) == "2 ");
    CHECK(failure(std::string("a: \0b\n", 6), "a=1") == "2 f.yaml:1:4: wrong YAML: a NUL byte");
    CHECK(failure("\xFF\xFE"
                  "a",
                  "a=1")
              .find("UTF-16") != std::string::npos);
    CHECK(failure("a: 1\nb: \xFF\n", "a=1") == "2 f.yaml:2:4: wrong YAML: no valid UTF-8");
    CHECK(failure("a: 1\rb: 2\r", "a=1") == "2 f.yaml:1:5: wrong YAML: a carriage return without a line feed");
    CHECK(failure("a: {{ if .x }}\nb: }\n", "b=1").substr(0, 2) == "2 ");
    CHECK(hint("{{- if .x }}\na: 1\n{{ end }}\n", "a=1").find("template") != std::string::npos);
}

TEST_CASE("hostile input ends in an error, not in a crash") {
    CHECK(failure(std::string(20000, '['), "a=1").substr(0, 2) == "2 ");
    CHECK(failure(",x\n- a\n", "a=1") == "2 f.yaml:1:1: wrong YAML: no document can begin like that");
    CHECK(failure("a: 1\n]\n", "a=1").substr(0, 2) == "2 ");
    std::string bomb = "a: &a [x]\n";
    for (char c = 'b'; c < 'z'; ++c)
        bomb += std::string(1, c) + ": &" + c + " [*" + static_cast<char>(c - 1) + ", *" + static_cast<char>(c - 1) +
                "]\n";
    CHECK(after(bomb + "tag: x\n", "tag=new") == bomb + "tag: new\n");
}

TEST_CASE("a value of any kind reads back") {
    for (const char* value :
         {"",  " ", "a\nb", "\xC2\x85",         "'",   "\"",  "\\",   "#",       ": ", "- x", "? x", "{{ .x }}", "%",
          "@", "`", "\t",   "\xF0\x9F\x98\x80", "---", "...", "null", "!!str x", "&a", "*a"}) {
        INFO(value);
        for (const char* text :
             {"a: x\nb: 1\n", "a: 'x'\nb: 1\n", "a: \"x\"\nb: 1\n", "{a: x, b: 1}", "a:\nb: 1\n"}) {
            const auto result = edited(text, {"a=" + std::string(value)});
            CHECK_FALSE(edited(result.text, {"a=" + std::string(value)}).changed());
            CHECK(edited(result.text, {"a=unlikely"}).changes[0].old == value);
        }
    }
}
