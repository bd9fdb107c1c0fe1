#include "catch.hpp"

#include "core/error.hpp"
#include "yaml/edit.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::yaml;

namespace {

Operation operation(Operation::Kind kind, const std::string& path, std::string value) {
    return {.kind = kind, .path = parse_path(path), .value = std::move(value)};
}
Operation set(const std::string& path, std::string value) { return operation(Operation::Kind::set, path, std::move(value)); }
Operation set_json(const std::string& path, std::string json) { return operation(Operation::Kind::set_json, path, std::move(json)); }
Operation append(const std::string& path, std::string json) { return operation(Operation::Kind::append, path, std::move(json)); }
Operation gone(const std::string& path) { return operation(Operation::Kind::remove, path, {}); }
Operation create(const std::string& path, std::string value) {
    auto made = set(path, std::move(value));
    made.create = true;
    return made;
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

Edited edited(const std::string& text, const std::vector<std::string>& assignments, const EditSettings& settings = {}) {
    std::vector<Operation> operations;
    for (const auto& text_of_one : assignments) {
        auto assignment = parse_assignment(text_of_one);
        operations.push_back({.path = std::move(assignment.path), .value = std::move(assignment.value)});
    }
    return edit(text, "f.yaml", operations, settings);
}

std::string after(const std::string& text, const std::string& assignment) { return edited(text, {assignment}).text; }

/// The error of an edit that must fail.
Error error_of(const std::string& text, const std::vector<Operation>& operations, const EditSettings& settings = {}) {
    try {
        edit(text, "f.yaml", operations, settings);
    } catch (const Error& error) {
        return error;
    }
    FAIL("edited without an error: " << text);
    return misuse("");
}

/// "CODE line".
std::string failure_of(const std::string& text, const std::vector<Operation>& operations, const EditSettings& settings = {}) {
    const auto error = error_of(text, operations, settings);
    return std::to_string(static_cast<int>(error.code())) + ' ' + to_line(error.diagnostics().front());
}

std::string failure(const std::string& text, const std::string& assignment, const EditSettings& settings = {}) {
    const auto [path, value] = parse_assignment(assignment);
    return failure_of(text, {{.path = path, .value = value}}, settings);
}

std::string hint(const std::string& text, const std::string& assignment, const EditSettings& settings = {}) {
    const auto [path, value] = parse_assignment(assignment);
    return error_of(text, {{.path = path, .value = value}}, settings).diagnostics().front().hint;
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
    CHECK(edited("tag: 8626e638\n", {"tag=x"}).changes[0].old_json == "\"8626e638\"");
    CHECK(edited("tag: 86e-638\n", {"tag=x"}).changes[0].old_json == "86e-638");
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
    CHECK(hint("image:\n  tag: x\n", "image.repository=1") == "--create adds keys that are missing");
    CHECK(hint("[a]", "[1].x=1").empty());
}

TEST_CASE("what is no single value is refused") {
    CHECK(failure("a:\n  b: 1\n", "a=1") == "1 f.yaml:2:3: cannot set a: it is a map, no single value");
    CHECK(failure("a: [b]\n", "a=1") == "1 f.yaml:1:4: cannot set a: it is a list, no single value");
    CHECK(failure("? a\n", "a=1").substr(0, 2) == "1 ");
    CHECK(failure("l: [a, [b]]\n", "l[-1]=1").find("name one of its entries: l[-1][0]") == std::string::npos);
    CHECK(hint("l: [a, [b]]\n", "l[-1]=1") == "name one of its entries: l[-1][0]");
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
    CHECK(after("a: &x # c\nb: *x\n", "a=v") == "a: &x v # c\nb: *x\n");
    CHECK(after("a: &x !!str # c\n\"b\": 1\n", "a=6") == "a: &x !!str \"6\" # c\n\"b\": 1\n");
    CHECK(after("a: &x ~\nb: 1\n", "a=v") == "a: &x v\nb: 1\n");
    CHECK(edited(text, {"b.tag=y"}).changes[0].aliases == 2);
}

TEST_CASE("the policy for aliases") {
    const std::string text = "t: &tag old # c\na: {tag: *tag}\nb: &base\n  tag: x\nc: *base # c\nl:\n- *tag\n";
    const EditSettings follow{OnAlias::follow};
    const EditSettings apart{OnAlias::break_apart};
    const auto with = [&](const std::string& assignment, const EditSettings& settings) {
        return edited(text, {assignment}, settings).text;
    };
    CHECK(with("a.tag=new", follow) == changed(text, "&tag old", "&tag new"));
    CHECK(with("c.tag=new", follow) == changed(text, "tag: x", "tag: new"));
    CHECK(edited(text, {"l[0]=new"}, follow).changes[0].aliases == 2);
    CHECK(edited(text, {"l[0]=new"}, follow).changes[0].place == Place{"f.yaml", 1, 4});
    CHECK(with("a.tag=new", apart) == changed(text, "{tag: *tag}", "{tag: new}"));
    CHECK(with("a.tag=p,q", apart) == changed(text, "{tag: *tag}", "{tag: \"p,q\"}"));
    CHECK(with("l[-1]=new", apart) == changed(text, "- *tag", "- new"));
    CHECK(with("c=new", apart) == changed(text, "c: *base", "c: new"));
    CHECK(with("a.tag=old", apart) == text);
    CHECK(edited(text, {"c=new"}, apart).changes[0].old_json == "{\"tag\":\"x\"}");
    CHECK(failure(text, "c.tag=1", apart) == "1 f.yaml:5:4: cannot set c.tag: c is an alias, its value stands elsewhere");
    CHECK(hint(text, "c.tag=1", apart) == "only an alias that is the value itself can be replaced by a value of its own");
    CHECK(failure(text, "c=1", follow) == "1 f.yaml:3:4: cannot set c: it is a map, no single value");
    CHECK(hint(text, "a.tag=1") == "set the value where it is defined, or give --follow-alias: other places that use it change with it; --break-alias changes this place alone");
    const auto json = [&](const std::string& path, const std::string& value, const EditSettings& settings) { return edit(text, "f.yaml", {set_json(path, value)}, settings).text; };
    CHECK(json("c", "{\"k\":1}", follow) == changed(text, "tag: x", "k: 1"));
    CHECK(json("c", "[]", follow) == changed(text, "&base\n  tag: x", "&base []"));
    CHECK(json("a.tag", "[1]", follow) == changed(text, "&tag old # c", "&tag # c\n- 1"));
    CHECK(json("b", "{\"k\":1}", {}) == changed(text, "tag: x", "k: 1"));
    CHECK(json("c", "[1]", apart) == changed(text, "c: *base # c", "c: # c\n- 1"));
    CHECK(edit("a: &x\nb: [*x]\n", "f.yaml", {set_json("b[0]", "[1]")}, follow).text == "a: &x\n  - 1\nb: [*x]\n");
}

TEST_CASE("a key that comes from << alone becomes a key of its own") {
    const std::string text = "b: &b {tag: old, r: {m: 1}}\ni:\n  <<: *b\n  x: 1\nj:\n  <<: [*b, {tag: other, k: 7}]\n";
    const auto result = edited(text, {"i.tag=new"});
    CHECK(result.text == changed(text, "  x: 1\n", "  x: 1\n  tag: new\n"));
    CHECK(result.changes[0].old == "old");
    CHECK(result.changes[0].old_json == "\"old\"");
    CHECK_FALSE(edited(text, {"i.tag=old"}).changed());
    CHECK(edited(text, {"j.tag=new"}).changes[0].old == "old");
    CHECK(edited(text, {"j.k=new"}).changes[0].old == "7");
    CHECK(failure(text, "i.r.m=2") == "1 f.yaml:1:21: cannot set i.r.m: 'r' comes from << as a whole");
    CHECK(edited(text, {"i.r.m=2"}, {OnAlias::follow}).text == changed(text, "m: 1", "m: \"2\""));
    CHECK(failure("a: &a\n  <<: *a\n", "a.x=1").find("a has no key 'x'") != std::string::npos);
    CHECK(failure_of(text, {gone("i.tag")}) == "1 f.yaml:3:3: cannot remove i.tag: it comes from <<");
}

TEST_CASE("empty entries of lists are filled behind their dash") {
    CHECK(after("l:\n- \n- a\n", "l[0]=x") == "l:\n- x \n- a\n");
    CHECK(after("l:\n-\n-\n- # c\n\n# d\n", "l[1]=x") == "l:\n-\n- x\n- # c\n\n# d\n");
    CHECK(after("l:\n-\n-\n- # c\n\n# d\n", "l[2]=x") == "l:\n-\n-\n- x # c\n\n# d\n");
    CHECK(after("l:\n- - a\n  -\nb: 1", "l[0][1]=x") == "l:\n- - a\n  - x\nb: 1");
    CHECK(after("- - -", "[0][0][0]=x") == "- - - x");
    CHECK(after("- &x # c\n- *x\n", "[0]=v") == "- &x v # c\n- *x\n");
    CHECK(after("-\r\n- null # c\r\n", "[-1]=a b") == "-\r\n- \"a b\" # c\r\n");
    CHECK(after("-\r\n- null # c\r\n", "[-2]=v") == "- v\r\n- null # c\r\n");
    CHECK(after("[~, a]", "[0]=x") == "[x, a]");
}

TEST_CASE("entries from the end, and by the value of a key") {
    CHECK(after("l: [a, b, c]", "l[-1]=x") == "l: [a, b, x]");
    CHECK(after("l: [a, b, c]", "l[-3]=x") == "l: [x, b, c]");
    CHECK(failure("l: [a, b]", "l[-3]=x") == "1 f.yaml:1:4: cannot set l[-3]: l has 2 entries, counted from [0]");
    const std::string env = "b: &b {name: B}\nenv:\n- name: A\n  value: 1\n- <<: *b\n  value: 2\n- *b\n- name: 'C'\n  value: 3\n- text\n- name: A\n  value: 4\n";
    CHECK(after(env, "env[name=C].value=x") == changed(env, "value: 3", "value: x"));
    CHECK(failure(env, "env[name=A].value=x") ==
          "1 f.yaml:11:3: cannot set env[name=A].value: [name=A] matches several entries of env, in the lines 3, 11");
    CHECK(failure(env, "env[name=B].value=x").find("in the lines 5, 7") != std::string::npos);
    CHECK(failure(env, "env[name=Cc].value=x") == "1 f.yaml:3:1: cannot set env[name=Cc].value: env has no entry [name=Cc]");
    CHECK(hint(env, "env[name=CC].value=x") == "did you mean 'C'?");
    CHECK(failure("env: {a: 1}\n", "env[name=A].value=x") ==
          "1 f.yaml:1:6: cannot set env[name=A].value: env is a map, no list with an entry [name=A]");
    CHECK(failure("- {n: a, n: b}\n", "[n=a].n=x").find("the key 'n' stands there twice") != std::string::npos);
    CHECK(after("- {n: 1.10, v: a}\n", "[n=1.10].v=x") == "- {n: 1.10, v: x}\n");
}

TEST_CASE("text blocks") {
    const std::string block = "a: | # why\n    one\n\n      two\n    three\n\n# end\nb: 1\n";
    const struct {
        std::string before;
        std::string value;
        std::string after;
    } rows[] = {
        {block, "one\n\n  two\nnew\n", changed(block, "three", "new")},
        {block, "one\n\n  two\n", changed(block, "    three\n", "")},
        {block, "zero\none\n\n  two\nthree\n", changed(block, "    one\n", "    zero\n    one\n")},
        {block, "x", "a: |- # why\n    x\n\n# end\nb: 1\n"},
        {block, "x\n\n\n", "a: |+ # why\n    x\n\n\n# end\nb: 1\n"},
        {block, "x ", "a: \"x \" # why\n\n# end\nb: 1\n"},
        {block, "x\n y \nz\n", "a: \"x\\n y \\nz\\n\" # why\n\n# end\nb: 1\n"},
        {block, " x\n", "a: \" x\\n\" # why\n\n# end\nb: 1\n"},
        {block, "\nx\n", "a: \"\\nx\\n\" # why\n\n# end\nb: 1\n"},
        {block, "", "a: \"\" # why\n\n# end\nb: 1\n"},
        {block, "\n\n", "a: \"\\n\\n\" # why\n\n# end\nb: 1\n"},
        {block, "x\x01\n", "a: \"x\\u0001\\n\" # why\n\n# end\nb: 1\n"},
        {block, "x\xC2\x85", "a: \"x\\u0085\" # why\n\n# end\nb: 1\n"},
        {block, "# no comment\n--- {{ x }}: 'y'\tz\n", "a: | # why\n    # no comment\n    --- {{ x }}: 'y'\tz\n\n# end\nb: 1\n"},
        {"a: |2-\n    x\n", "  y", "a: |2-\n    y\n"},
        {"a: |2-\n    x\n", "y\n", "a: |2\n  y\n"},
        {"a: |-2\n  x\n", "\ny", "a: |2-\n\n  y\n"},
        {"a: |+\n  x\n\n\nb: 1\n", "y\n", "a: |\n  y\n\n\nb: 1\n"},
        {"a: |+\n  x\nb: 1\n", "y\n", "a: |+\n  y\nb: 1\n"},
        {"a: |+\n  x\n\n\nb: 1\n", "y\n\n", "a: |+\n  y\n\nb: 1\n"},
        {"a: |+\n  x\n\n\nb: 1\n", "y", "a: |-\n  y\n\n\nb: 1\n"},
        {"a: |-\n  x", "y", "a: |-\n  y"},
        {"a: |-\n  x", "y\n", "a: |\n  y\n"},
        {"a: |-\r\n  x\r\n  z\r\nb: 1\r\n", "x\ny\nz", "a: |-\r\n  x\r\n  y\r\n  z\r\nb: 1\r\n"},
        {"a: |-\r\n  x\n  z\r\nb: 1\n", "x\ny\nz", "a: |-\r\n  x\n  y\r\n  z\r\nb: 1\n"},
        {"a: |\nb: 1\n", "x\n", "a: |\n  x\nb: 1\n"},
        {"l:\n  - |", "x\ny", "l:\n  - |-\n      x\n      y"},
        {"a: >- # why\n  one\n  two\n\n  three\n", "x y\nz", "a: >- # why\n  x y\n\n  z\n"},
        {"a: >\n  one\n  two\n", "x\n\n\ny\n", "a: >\n  x\n\n\n\n  y\n"},
        {"a: >\n  one\n  two\n", "x\n  y\n", "a: |\n  x\n    y\n"},
        {"a: &x !!str |\n x\nb: *x\n", "y\n", "a: &x !!str |\n y\nb: *x\n"},
        {"a:\n  - |\n    x\n   # less\n  - b\n", "y\n", "a:\n  - |\n    y\n   # less\n  - b\n"},
        {"--- |\n x\n...\n", "y\n", ""},
    };
    for (const auto& row : rows) {
        INFO(row.before << "\n=> " << row.value);
        const std::string path = row.before[0] == 'l' ? "l[0]=" : row.before.substr(0, 5) == "a:\n  " ? "a[0]=" : row.before[0] == 'a' ? "a=" : "[0]=";
        if (row.after.empty()) {
            CHECK(failure(row.before, path + row.value).substr(0, 2) == "1 ");
            continue;
        }
        const auto result = edited(row.before, {path + row.value});
        CHECK(result.text == row.after);
        CHECK_FALSE(edited(result.text, {path + row.value}).changed());
    }
    CHECK_FALSE(edited(block, {"a=one\n\n  two\nthree\n"}).changed());
}

TEST_CASE("numbers, truth values and null") {
    const struct {
        std::string before;
        std::string json;
        std::string after;
    } rows[] = {
        {"a: 2 # c\n", "3", "a: 3 # c\n"},
        {"a: '2'\n", "3", "a: 3\n"},
        {"a: '3'\n", "3", "a: 3\n"},
        {"a: 3\n", "3", "a: 3\n"},
        {"a: 3\n", "\"3\"", "a: \"3\"\n"},
        {"a: !!int 3\n", " 3 ", "a: !!int 3\n"},
        {"a: true\n", "false", "a: false\n"},
        {"a: x\n", "null", "a: null\n"},
        {"a:\n", "null", "a:\n"},
        {"a: ~\n", "null", "a: ~\n"},
        {"a:\n", "1.5", "a: 1.5\n"},
        {"a: 1\n", "1e3", "a: 1.0e+3\n"},
        {"a: 1\n", "-0", "a: 0\n"},
        {"a: [1]\n", "[1e3]", "a:\n  - 1.0e+3\n"},
        {"a: | # c\n  x\nb: 1\n", "7", "a: 7 # c\nb: 1\n"},
        {"a: &x 1\nb: *x\n", "2", "a: &x 2\nb: *x\n"},
        {"{a: 1, b: 2}", "\"p,q\"", "{a: \"p,q\", b: 2}"},
        {"a: {x: 1, y: [true, ~, 'b']}\n", "{\"x\": 1, \"y\": [true, null, \"b\"]}", "a: {x: 1, y: [true, ~, 'b']}\n"},
    };
    for (const auto& row : rows) {
        INFO(row.before << " => " << row.json);
        const auto result = edit(row.before, "f.yaml", {set_json("a", row.json)});
        CHECK(result.text == row.after);
        CHECK_FALSE(edit(result.text, "f.yaml", {set_json("a", row.json)}).changed());
    }
    CHECK(failure_of("a: !!str 3\n", {set_json("a", "4")}).find("it has the tag") != std::string::npos);
    CHECK(failure_of("a: 3\n", {set_json("a", "03")}).substr(0, 34) == "2 f.yaml: cannot set a: cannot rea");
    CHECK(failure_of("a: 3\n", {set_json("a", "")}).substr(0, 2) == "2 ");
    const auto change = edit("a: 1.10\n", "f.yaml", {set_json("a", "null")}).changes[0];
    CHECK(change.old_json == "1.10");
    CHECK(change.new_json == "null");
    CHECK(change.value == "null");
    CHECK(edited("a: \"x\\ty\"\n", {"a=1"}).changes[0].old_json == "\"x\\ty\"");
    CHECK(edited("a: 0x1F\n", {"a=1"}).changes[0].old_json == "\"0x1F\"");
    CHECK(edited("a: -1.5e+3\n", {"a=1"}).changes[0].old_json == "-1.5e+3");
    CHECK(edited("a:\n", {"a=1"}).changes[0].old_json == "null");
}

TEST_CASE("keys and entries come and go") {
    const auto once = [](const std::string& text, std::vector<Operation> operations) { return edit(text, "f.yaml", operations); };
    CHECK(once("a:\n  b: 1\n", {create("a.c.d", "x"), create("a.c.e", "y")}).text == "a:\n  b: 1\n  c:\n    d: x\n    e: \"y\"\n");
    CHECK(once("", {create("a.b", "x")}).text == "a:\n  b: x\n");
    CHECK(once("# only this", {create("a", "x")}).text == "# only this\na: x");
    CHECK(once("l:\n- a\n", {append("l", "\"b\""), append("l", "3")}).text == "l:\n- a\n- b\n- 3\n");
    CHECK(once("l:\n- a\n", {append("l", "\"b\"")}).changes[0].path == "l[1]");
    CHECK(once("a: 1\nb: 2\n", {gone("a"), gone("x.y"), gone("c")}).text == "b: 2\n");
    const auto removed = once("a: {x: 1}\nb: 2\n", {gone("a")}).changes[0];
    CHECK(removed.old_json == "{\"x\":1}");
    CHECK(removed.old == "{\"x\":1}");
    CHECK(removed.new_json.empty());
    CHECK_FALSE(once("a: 1\n", {gone("b")}).changed());
    CHECK_FALSE(once("", {gone("b")}).changed());
    CHECK(once("a: 1\n", {set_json("a", "[1, 2]")}).changed());
    CHECK(failure_of("a: 1\n", {create("a.b", "x")}) == "1 f.yaml:1:4: cannot set a.b: a is a single value, no map with the key 'b'");
    CHECK(failure_of("a: {}\n", {create("a[0]", "x")}).substr(0, 2) == "1 ");
    CHECK(failure_of("a: {}\n", {append("a", "1")}) == "1 f.yaml:1:4: cannot add to a: it is no list");
    CHECK(once("x: 1\ny: {z: 2}\n", {set("x", "a"), create("y.w", "b"), set("y.z", "c")}).text == "x: a\ny: {z: c, w: b}\n");
}

TEST_CASE("texts that are YAML themselves") {
    const std::string text = "helm:\n  values: |\n    # c\n    image:\n      tag: old   # keep\n    n: 1\nkind: x\n";
    const auto result = edit(text, "f.yaml", {set("helm.values|image.tag", "new"), set("kind", "z"), set_json("helm.values|n", "2")});
    CHECK(result.text == changed(changed(changed(text, "old", "new"), "n: 1", "n: 2"), "kind: x", "kind: z"));
    CHECK(result.changes[0].path == "helm.values|image.tag");
    CHECK(result.changes[0].old == "old");
    CHECK(result.changes[1].path == "kind");
    CHECK(result.changes[2].old_json == "1");
    CHECK_FALSE(edit(text, "f.yaml", {set("helm.values|image.tag", "old")}).changed());
    CHECK(failure(text, "helm.values|image.tga=1") == "1 f.yaml, helm.values:3:3: cannot set image.tga: image has no key 'tga'");
    CHECK(failure(text, "helm.value|image.tag=1").find("cannot set helm.value: helm has no key 'value'") != std::string::npos);
    CHECK(failure(text, "helm|image.tag=1").find("it is no text that could hold YAML") != std::string::npos);
    CHECK(failure("v: \"a: [\"\n", "v|a=1").substr(0, 14) == "2 f.yaml, v:1:");
    CHECK(failure("v:\n", "v|a=1").find("cannot set v: it is empty, no text with YAML in it") != std::string::npos);
    CHECK(edit("v:\n", "f.yaml", {create("v|a.b", "x")}).text == "v: \"a:\\n  b: x\\n\"\n");
    CHECK_FALSE(edit("v:\n", "f.yaml", {gone("v|a.b")}).changed());
    CHECK_FALSE(edit("w:\n", "f.yaml", {gone("v|a.b")}).changed());
    CHECK(edit("v: '{\"a\": {\"b\": \"x\"}}'\n", "f.yaml", {set("v|a.b", "y")}).text == "v: '{\"a\": {\"b\": \"y\"}}'\n");
    CHECK(edit("v: |\n  w: |\n    a: x\n", "f.yaml", {set("v|w|a", "z")}).text == "v: |\n  w: |\n    a: z\n");
}

TEST_CASE("two operations on the same value are refused, however they name it") {
    const std::string text = "l:\n- {n: a, v: 1}\n- &x {n: b, v: 2}\nx: *x\nt: 'a: 1'\n";
    const std::vector<std::vector<Operation>> rows = {
        {set("l[0].v", "x"), set("l[0].v", "x")},         {set("l[-1].v", "x"), set("l[1].v", "y")},
        {set("l[n=a].v", "x"), set("l[0].v", "y")},       {set("l[0].v", "x"), set_json("l[0].v", "3")},
        {create("l[0].w", "x"), create("l[n=a].w", "y")}, {set("t|a", "x"), set("t|a", "y")},
        {set("l[0].v", "x"), gone("l[0].v")},
    };
    for (const auto& row : rows) {
        INFO(to_string(row[1].path));
        CHECK(failure_of(text, row).find("it is given more than once") != std::string::npos);
    }
    CHECK_THROWS_AS(edit(text, "f.yaml", {set("x.v", "1"), set("l[1].v", "2")}, {OnAlias::follow}), Error);
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

TEST_CASE("a document is chosen by its number") {
    const std::string text = "kind: A\n---\nkind: B\nm: {}\n---\nkind: C\nm: {}\n";
    const auto in = [](Operation operation, std::size_t document) {
        operation.document = document;
        return operation;
    };
    const auto result = edit(text, "f.yaml", {in(set("kind", "x"), 1), in(set("kind", "z"), 2)});
    CHECK(result.text == "kind: A\n---\nkind: x\nm: {}\n---\nkind: z\nm: {}\n");
    CHECK(result.changes[1].document == 2);
    CHECK(edited("a: 1\n---\nb: 1\n", {"b=x"}).changes[0].document == 1);
    CHECK(edited("b: 1\n", {"b=x"}).changes[0].document == std::nullopt);
    CHECK(failure_of(text, {in(set("kind", "x"), 3)}) == "1 f.yaml: cannot set kind: the file has 3 documents, counted from 0");
    CHECK(hint(text, "kind=x") == "choose one of the documents 0, 1, 2 with --document");
    CHECK(failure_of(text, {create("m.x", "1")}) == "1 f.yaml:4:4: cannot set m.x: several documents of the file could have it, in the lines 4, 7");
    CHECK(edit(text, "f.yaml", {in(create("m.x", "v"), 2)}).text == changed(text, "kind: C\nm: {}", "kind: C\nm: {x: v}"));
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
    CHECK(failure("a: {{ .x }}-y\nb: 1\n", "b=1").substr(0, 2) == "1 ");
    CHECK(failure("{{- if .x }}\na: 1\n{{ end }}\n", "a=1").substr(0, 2) == "1 ");
    CHECK(failure("a: \"{{ $value }}\"\nb: [\n", "a=1").substr(0, 2) == "2 ");
    CHECK(after("a: \"{{ $value }}\"\nb: '{{ $labels.x }}'\n", "a={{ $x }}") == "a: \"{{ $x }}\"\nb: '{{ $labels.x }}'\n");
    CHECK(failure("- &x !!str |\n x\n- b\n", "[1]=2").find("1 f.yaml:2:2: this YAML cannot be edited, for not all programs read it") == 0);
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
    CHECK(failure_of(bomb, {gone("y")}).find("its aliases make too much of it") != std::string::npos);
    CHECK(failure_of(bomb, {gone("y")}).substr(0, 2) == "2 ");
    CHECK(failure_of("a: &a [x, *a]\n", {gone("a")}).find("the alias stands in what it means") != std::string::npos);
    CHECK(failure(std::string(600, '[') + std::string(600, ']'), "[0]=1").find("it is nested too deeply") != std::string::npos);
    CHECK(failure("a: \x1B[2Jx\n", "\"\x1B[2J\"=1").find('\x1B') == std::string::npos);
    const std::string long_value(1'000'000, 'x');
    CHECK(after("a: b\n", "a=" + long_value) == "a: " + long_value + "\n");
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

TEST_CASE("a folded block becomes literal for several line breaks at its end, of which yaml-cpp would drop one") {
    const std::vector<Operation> operations = {{.kind = Operation::Kind::set, .path = {"k"}, .value = "[\n\n"}};
    const auto edited = edit("k: >-\n  x\nb: 1\n", "f.yaml", operations);
    CHECK(edited.text == "k: |+\n  [\n\nb: 1\n");
    CHECK_FALSE(edit(edited.text, "f.yaml", operations).changed());
}
