#include "catch.hpp"

#include "failure.hpp"
#include "structure_proof.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::yaml;
using namespace slipway::yaml::proof;

namespace {

struct Row {
    const char* before;
    Step step;
    const char* after;
};

void check(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        INFO("before:\n" << row.before << "\n--- " << row.step.path << ' ' << row.step.key << ' ' << row.step.json);
        std::string result;
        try {
            result = after(row.before, row.step);
        } catch (const Error& error) {
            result = error.what();
        }
        CHECK(result == row.after);
    }
}

Step set(std::string path, std::string json, std::size_t document = 0) { return {What::set, std::move(path), "", std::move(json), document}; }
Step add(std::string path, std::string key, std::string json, std::size_t document = 0) {
    return {What::add, std::move(path), std::move(key), std::move(json), document};
}
Step append(std::string path, std::string json) { return {What::append, std::move(path), "", std::move(json)}; }
Step take(std::string path) { return {What::remove, std::move(path)}; }

} // namespace

TEST_CASE("a new key stands behind its map's last content line, in the first key's column") {
    check({
        {"a: 1\n", add("", "b", "2"), "a: 1\nb: 2\n"},
        {"a:\n   x: 1\n\nb: 2\n", add("a", "w", "\"t\""), "a:\n   x: 1\n   w: t\n\nb: 2\n"},
        // What the last content may be.
        {"a:\n  x:\n    w: 1\nb: 2\n", add("a", "z", "3"), "a:\n  x:\n    w: 1\n  z: 3\nb: 2\n"},
        {"a:\n  x: |\n    t\n\n\nb: 2\n", add("a", "z", "3"), "a:\n  x: |\n    t\n  z: 3\n\n\nb: 2\n"},
        {"a:\n  x: |+\n    t\n\n\nb: 2\n", add("a", "z", "3"), "a:\n  x: |+\n    t\n\n\n  z: 3\nb: 2\n"},
        {"a:\n  x: |+\n\n\nb: 2\n", add("a", "z", "3"), "a:\n  x: |+\n\n\n  z: 3\nb: 2\n"},
        {"a:\n  x: >-\n\nb: 2\n", add("a", "z", "3"), "a:\n  x: >-\n  z: 3\n\nb: 2\n"},
        {"a:\n  x: |2 # c\n      t\n    u\n        \n   \n\nb: 2\n", add("a", "z", "3"), "a:\n  x: |2 # c\n      t\n    u\n        \n  z: 3\n   \n\nb: 2\n"},
        {"a:\n  x: one\n    two\n\n    three # c\nb: 2\n", add("a", "z", "3"), "a:\n  x: one\n    two\n\n    three # c\n  z: 3\nb: 2\n"},
        {"a:\n  x: \"one\n    two\" # c\nb: 2\n", add("a", "z", "3"), "a:\n  x: \"one\n    two\" # c\n  z: 3\nb: 2\n"},
        {"a:\n  x: [1, # one\n    2,\n  ] # c\nb: 2\n", add("a", "z", "3"), "a:\n  x: [1, # one\n    2,\n  ] # c\n  z: 3\nb: 2\n"},
        {"a:\n  x:\n  - 1\n  -\n  - # c\nb: 2\n", add("a", "z", "3"), "a:\n  x:\n  - 1\n  -\n  - # c\n  z: 3\nb: 2\n"},
        {"a:\n  x: # c\nb: 2\n", add("a", "z", "3"), "a:\n  x: # c\n  z: 3\nb: 2\n"},
        {"a:\n  x: ~\nb: 2\n", add("a", "z", "3"), "a:\n  x: ~\n  z: 3\nb: 2\n"},
        {"a:\n  x: &n # c\nb: *n\n", add("a", "z", "3"), "a:\n  x: &n # c\n  z: 3\nb: *n\n"},
        {"n: &n 1\na:\n  x: *n\nb: 2\n", add("a", "z", "3"), "n: &n 1\na:\n  x: *n\n  z: 3\nb: 2\n"},
        {"a: &n\n  x: &m !!str 1\nb: *n\n", add("a", "z", "3"), "a: &n\n  x: &m !!str 1\n  z: 3\nb: *n\n"},
        // Comments behind stay behind, be they as deep as the map.
        {"a:\n  x: 1 # c\n  # deep\n# flat\nb: 2\n", add("a", "z", "3"), "a:\n  x: 1 # c\n  z: 3\n  # deep\n# flat\nb: 2\n"},
        // In entries of lists the key's column counts.
        {"- a: 1\n- b: 2\n", add("0", "z", "3"), "- a: 1\n  z: 3\n- b: 2\n"},
        {"-   a: 1\n", add("0", "z", "3"), "-   a: 1\n    z: 3\n"},
        {"- - a: 1\n", add("0/0", "z", "3"), "- - a: 1\n    z: 3\n"},
        {"-\n  a: 1\n", add("0", "z", "3"), "-\n  a: 1\n  z: 3\n"},
        // Ends of documents and files.
        {"a: 1", add("", "b", "2"), "a: 1\nb: 2"},
        {"a: 1\r\nb: 2", add("", "c", "3"), "a: 1\r\nb: 2\r\nc: 3"},
        {"a: 1\r\nb: 2\n", add("", "c", "3"), "a: 1\r\nb: 2\nc: 3\n"},
        {"a: 1\nb: 2\r\n", add("", "c", "3"), "a: 1\nb: 2\r\nc: 3\r\n"},
        {"a: |-\n  t", add("", "c", "3"), "a: |-\n  t\nc: 3"},
        {"\xEF\xBB\xBF" "a: 1\n", add("", "b", "2"), "\xEF\xBB\xBF" "a: 1\nb: 2\n"},
        {"%YAML 1.2\n---\na: 1\n...\n# c\n---\nb: 2\n---\n", add("", "z", "3"), "%YAML 1.2\n---\na: 1\nz: 3\n...\n# c\n---\nb: 2\n---\n"},
        {"a: 1\n---\nb: 2\n--- # c\n# d\n", add("", "z", "3", 1), "a: 1\n---\nb: 2\nz: 3\n--- # c\n# d\n"},
        // Keys.
        {"a: 1\n", add("", "x w", "2"), "a: 1\n\"x w\": 2\n"},
        {"a: 1\n", add("", "no", "2"), "a: 1\n\"no\": 2\n"},
        {"a: 1\n", add("", "", "2"), "a: 1\n\"\": 2\n"},
        {"a: 1\n", add("", "<<", "2"), "a: 1\n\"<<\": 2\n"},
        {"a: 1\n", add("", "#\n\t\x01\xC3\xA9: ", "2"), "a: 1\n\"#\\n\\t\\u0001\xC3\xA9: \": 2\n"},
        {"'a': 1\n", add("", "b", "\"t\""), "'a': 1\n'b': t\n"},
        {"\"a\": 1\n", add("", "b", "\"t\""), "\"a\": 1\n\"b\": t\n"},
        {"a.b/c: 1\n", add("", "d.e/f", "2"), "a.b/c: 1\nd.e/f: 2\n"},
    });
}

TEST_CASE("a colon in brackets keeps its distance") {
    check({
        {"a: {b: }\n", add("a", "d", "1"), "a: {b: , d: 1 }\n"},
        {"a: {b: , c: }\n", add("a", "d", "1"), "a: {b: , c: , d: 1 }\n"},
        {"a: {b}\n", add("a", "d", "1"), "a: {b, d: 1}\n"},
        {"a: {\n  b: # c\n}\n", add("a", "d", "1"), "a: {\n  b: , # c\n  d: 1\n}\n"},
        {"a: {b: , c: 1}\n", take("a/c"), "a: {b: }\n"},
        {"a: {b: 2, c: 1}\n", take("a/c"), "a: {b: 2}\n"},
    });
}

TEST_CASE("what is empty gets its first key or entry") {
    check({
        {"a:\nb: 1\n", add("a", "x", "1"), "a:\n  x: 1\nb: 1\n"},
        {"a: # c\nb: 1\n", add("a", "x", "1"), "a: # c\n  x: 1\nb: 1\n"},
        {"a:  \nb: 1\n", add("a", "x", "1"), "a:\n  x: 1\nb: 1\n"},
        {"a: ~  # c\nb: 1\n", add("a", "x", "1"), "a:  # c\n  x: 1\nb: 1\n"},
        {"a: null\nb: 1\n", append("a", "1"), "a:\n  - 1\nb: 1\n"},
        {"a:", add("a", "x", "1"), "a:\n  x: 1"},
        {"a:\r\n", add("a", "x", "1"), "a:\r\n  x: 1\r\n"},
        {"a:\nnull: 1\n", add("a", "x", "1"), "a:\n  x: 1\nnull: 1\n"},
        {"o:\n    p: 1\na:\n", add("a", "x", "1"), "o:\n    p: 1\na:\n    x: 1\n"},
        {"- a:\n- b\n", add("0/a", "x", "1"), "- a:\n    x: 1\n- b\n"},
        {"-\n- b\n", add("0", "x", "1"), "- x: 1\n- b\n"},
        {"- # c\n- b\n", add("0", "x", "1"), "- # c\n  x: 1\n- b\n"},
        {"-\n-\n-\n", add("1", "x", "{\"w\":1,\"z\":2}"), "-\n- x:\n    w: 1\n    z: 2\n-\n"},
        {"- ~\n", add("0", "x", "1"), "- x: 1\n"},
        {"l:\n- 1\na:\n", append("a", "1"), "l:\n- 1\na:\n- 1\n"},
        {"l:\n    - 1\na:\n", append("a", "1"), "l:\n    - 1\na:\n    - 1\n"},
        // Within brackets.
        {"a: {}\n", add("a", "x", "1"), "a: {x: 1}\n"},
        {"a: { } # c\n", add("a", "x", "1"), "a: { x: 1 } # c\n"},
        {"a: []\n", append("a", "{\"x\":1}"), "a: [{x: 1}]\n"},
        {"a: {b: , c}\n", add("a/b", "x", "1"), "a: {b: {x: 1} , c}\n"},
        {"a: {b: , c}\n", add("a/c", "x", "1"), "a: {b: , c: {x: 1}}\n"},
        {"{\n  \"a\": {\n  }\n}\n", add("a", "x", "1"), "{\n  \"a\": {\n    \"x\": 1\n  }\n}\n"},
        {"a: { # c\n  }\n", add("a", "x", "1"), "a: { # c\n  x: 1}\n"},
        // Documents.
        {"", add("", "x", "1"), "x: 1\n"},
        {"# c\n", add("", "x", "1"), "# c\nx: 1\n"},
        {"# c", add("", "x", "1"), "# c\nx: 1"},
        {"\xEF\xBB\xBF", add("", "x", "1"), "\xEF\xBB\xBFx: 1\n"},
        {"# c\r\n", append("", "\"x\""), "# c\r\n- x\r\n"},
        {"---\n", add("", "x", "1"), "---\nx: 1\n"},
        {"---", add("", "x", "1"), "---\nx: 1"},
        {"--- # c\n# d\n", add("", "x", "1"), "--- # c\n# d\nx: 1\n"},
        {"---\n# d\n...\n", add("", "x", "1"), "---\n# d\nx: 1\n...\n"},
        {"---\n---\na: 1\n", add("", "x", "1"), "---\nx: 1\n---\na: 1\n"},
        {"a: 1\n---\n", add("", "x", "1", 1), "a: 1\n---\nx: 1\n"},
        {"--- ~ # c\n", add("", "x", "1"), "--- # c\nx: 1\n"},
        {"null\n", add("", "x", "1"), "x: 1\n"},
    });
}

TEST_CASE("a new key or entry within brackets takes the layout of those before it") {
    check({
        {"a: {x: 1}\n", add("a", "w", "2"), "a: {x: 1, w: 2}\n"},
        {"a: { x: 1 }\n", add("a", "w", "2"), "a: { x: 1, w: 2 }\n"},
        {"a: {x: 1,w: 2}\n", add("a", "z", "3"), "a: {x: 1,w: 2,z: 3}\n"},
        {"a: {x: 1 , w: 2, }\n", add("a", "z", "3"), "a: {x: 1 , w: 2 , z: 3, }\n"},
        {"a: [1,  2]\n", append("a", "3"), "a: [1,  2,  3]\n"},
        {"a: [1, 2,\n  3, 4]\n", append("a", "5"), "a: [1, 2,\n  3, 4, 5]\n"},
        {"a: [x: 1, w: 2]\n", append("a", "{\"z\":3}"), "a: [x: 1, w: 2, {z: 3}]\n"},
        {"a: [\"x\"] # c\n", append("a", "\"w\""), "a: [\"x\", \"w\"] # c\n"},
        {"a: ['x']\n", append("a", "\"it's\""), "a: ['x', 'it''s']\n"},
        {"a: [x]\n", append("a", "\"w, z\""), "a: [x, \"w, z\"]\n"},
        {"a: {b, c}\n", add("a", "d", "null"), "a: {b, c, d: null}\n"},
        {"a: {b: }\n", add("a", "d", "1"), "a: {b: , d: 1 }\n"},
        // Each in a line of its own.
        {"a: {\n  x: 1\n}\n", add("a", "w", "2"), "a: {\n  x: 1,\n  w: 2\n}\n"},
        {"a: {\n  x: 1, # c\n}\n", add("a", "w", "2"), "a: {\n  x: 1, # c\n  w: 2,\n}\n"},
        {"a: {\n  x: 1 # c\n  # d\n}\n", add("a", "w", "2"), "a: {\n  x: 1, # c\n  w: 2\n  # d\n}\n"},
        {"a: [\n  1,\n  2]\n", append("a", "3"), "a: [\n  1,\n  2,\n  3]\n"},
        {"{\r\n\t\"a\": 1\r\n}\r\n", add("", "b", "{\"c\":[\"d\",1.50,true,null]}"),
         "{\r\n\t\"a\": 1,\r\n\t\"b\": {\"c\": [\"d\", 1.50, true, null]}\r\n}\r\n"},
        {"{\"a\": {}, \"b\": [1]}", add("a", "c", "\"d\""), "{\"a\": {\"c\": \"d\"}, \"b\": [1]}"},
        {"{\"a\": {}, \"b\": [1]}", append("b", "\"d\""), "{\"a\": {}, \"b\": [1, \"d\"]}"},
    });
}

TEST_CASE("a new entry stands behind the last one, with its dash in their column") {
    check({
        {"a:\n- 1\nb: 2\n", append("a", "3"), "a:\n- 1\n- 3\nb: 2\n"},
        {"a:\n  -   1 # c\n  # d\n", append("a", "3"), "a:\n  -   1 # c\n  -   3\n  # d\n"},
        {"images:\n- name: a\n  newTag: b\n", append("images", "{\"name\":\"x\",\"newTag\":\"w\"}"),
         "images:\n- name: a\n  newTag: b\n- name: x\n  newTag: w\n"},
        {"-   a: 1\n", append("", "{\"x\":{\"w\":1},\"l\":[1,[2,{}]]}"), "-   a: 1\n-   x:\n      w: 1\n    l:\n      - 1\n      - - 2\n        - {}\n"},
        {"- - 1\n- 2\n", append("0", "3"), "- - 1\n  - 3\n- 2\n"},
        {"-\n-\n", append("", "3"), "-\n-\n- 3\n"},
        {"- |+\n  t\n\n# c\n", append("", "3"), "- |+\n  t\n\n- 3\n# c\n"},
        {"- 1", append("", "\"\""), "- 1\n- \"\""},
        {"-\t1\n", append("", "{\"a\":1}"), "-\t1\n- a: 1\n"},
        {"- \"a\"\n- b\n", append("", "\"c\""), "- \"a\"\n- b\n- \"c\"\n"},
    });
}

TEST_CASE("another value takes the place of one, whatever both are") {
    check({
        // Single by single: the rest of the line stays.
        {"a:   1   # c\n", set("a", "2"), "a:   2   # c\n"},
        {"a: 1\n", set("a", "\"1\""), "a: \"1\"\n"},
        {"a: 'x' # c\n", set("a", "\"it's\""), "a: 'it''s' # c\n"},
        {"a: \"x\"\n", set("a", "true"), "a: true\n"},
        {"a: x\n", set("a", "null"), "a: null\n"},
        {"a: # c\nb: 1\n", set("a", "2"), "a: 2 # c\nb: 1\n"},
        {"a:\nb: 1\n", set("a", "\"x\\ny\""), "a: \"x\\ny\"\nb: 1\n"},
        {"- # c\n-\n- ~\n", set("1", "2"), "- # c\n- 2\n- ~\n"},
        {"a: &n null # c\nb: &m\nnull: 1\n", set("a", "2"), "a: 2 # c\nb: &m\nnull: 1\n"},
        {"a: &n null # c\nb: &m\nnull: 1\n", set("b", "2"), "a: &n null # c\nb: 2\nnull: 1\n"},
        {"a: &n !!str 1 # c\n", set("a", "2"), "a: 2 # c\n"},
        {"n: &n 1\na: *n # c\n", set("a", "2"), "n: &n 1\na: 2 # c\n"},
        {"a: &n 1 # c\nb: *n\n", set("a", "2"), "a: &n 2 # c\nb: *n\n"},
        {"a: !!str &n 1\nb: *n\n", set("a", "2"), "a: &n 2\nb: *n\n"},
        {"a: [&n 1]\nb: [*n]\n", set("a/0", "2"), "a: [&n 2]\nb: [*n]\n"},
        {"a: &n {x: 1}\nb: *n\n", set("a", "[3]"), "a: &n\n  - 3\nb: *n\n"},
        {"a: &n # c\n  x: 1\nb: *n\n", set("a", "{}"), "a: &n {} # c\nb: *n\n"},
        {"a: one\n  two # c\n", set("a", "2"), "a: 2 # c\n"},
        {"a: &n # c\n  one\n", set("a", "2"), "a: 2 # c\n"},
        {"a:\n  # c\n  one\n", set("a", "2"), "a:\n  # c\n  2\n"},
        {"one # c\n", set("", "2"), "2 # c\n"},
        {"--- one\n", set("", "2"), "--- 2\n"},
        {"---\n", set("", "2"), "---\n2\n"},
        // Numbers as they are written, and such that all readers take them for numbers.
        {"a: 1\n", set("a", "1.50"), "a: 1.50\n"},
        {"a: 1\n", set("a", "1e3"), "a: 1.0e+3\n"},
        {"a: 1\n", set("a", "-2.5E-7"), "a: -2.5E-7\n"},
        {"a: 1\n", set("a", "123456789012345678901234567890"), "a: 123456789012345678901234567890\n"},
        {"a: 1\n", set("a", "-0"), "a: 0\n"},
        // Text blocks.
        {"a: | # c\n  t\n\n  u\n\nb: 1\n", set("a", "2"), "a: 2 # c\n\nb: 1\n"},
        {"a: |+\n  t\n\n", set("a", "{\"x\":1}"), "a:\n  x: 1\n\n"},
        {"- >-\n  t\n- 1\n", set("0", "[]"), "- []\n- 1\n"},
        // Collections.
        {"a: 1 # c\nb: 2\n", set("a", "{\"x\":1,\"w\":[1,2]}"), "a: # c\n  x: 1\n  w:\n    - 1\n    - 2\nb: 2\n"},
        {"a: 1\nl:\n- 1\n", set("a", "[{\"x\":1,\"w\":{}}]"), "a:\n- x: 1\n  w: {}\nl:\n- 1\n"},
        {"a: # c\n  x: 1 # d\n  # e\nb: 2\n", set("a", "2"), "a: 2 # c\n  # e\nb: 2\n"},
        {"a:\n  # c\n  x: 1\nb: 2\n", set("a", "{\"w\":2}"), "a:\n  w: 2\nb: 2\n"},
        {"a: &n # c\n  x: 1\nb: 2\n", set("a", "[3]"), "a: # c\n  - 3\nb: 2\n"},
        {"a: &n # c\n  x: 1\nb: *n\n", set("a", "[3]"), "a: &n # c\n  - 3\nb: *n\n"},
        {"- &n\n  x: 1\n- *n\n", set("0", "[3]"), "- &n\n  - 3\n- *n\n"},
        {"- &n [1]\n- *n\n", set("0", "{\"x\":1}"), "- &n\n  x: 1\n- *n\n"},
        {"a: [1, 2] # c\n", set("a", "[3]"), "a: # c\n  - 3\n"},
        {"a: [1,\n 2]\n", set("a", "3"), "a: 3\n"},
        {"a:\n  - 1\n  - x: 1\n    w: 2\n  - 3\n", set("a/1", "{\"z\":[3]}"), "a:\n  - 1\n  - z:\n      - 3\n  - 3\n"},
        {"-   a # c\n", set("0", "{\"x\":1,\"w\":2}"), "- # c\n  x: 1\n  w: 2\n"},
        {"-   a\n", set("0", "{\"x\":1,\"w\":2}"), "-   x: 1\n    w: 2\n"},
        {"a:\n    b:\n        c: 1\n    d: 1\n", set("a/d", "{\"x\":{\"w\":1}}"), "a:\n    b:\n        c: 1\n    d:\n        x:\n            w: 1\n"},
        {"a: 1\r\n", set("a", "{\"x\":1}"), "a:\r\n  x: 1\r\n"},
        {"a: 1", set("a", "{\"x\":1}"), "a:\n  x: 1"},
        {"a: 1 # c\n", set("", "[1]"), "- 1\n"},
        {"one # c\n", set("", "[1]"), "# c\n- 1\n"},
        {"--- &n # c\na: 1\n", set("", "{\"b\":1}"), "--- # c\nb: 1\n"},
        {"a: 1\nb: 2\n", set("", "{}"), "{}\n"},
        // Within brackets.
        {"a: {x: 1, w: [1, 2]}\n", set("a/x", "{\"z\":[3]}"), "a: {x: {z: [3]}, w: [1, 2]}\n"},
        {"a: {x: 1, w: [1, 2]}\n", set("a/w", "3"), "a: {x: 1, w: 3}\n"},
        {"a: {x: 1, w}\n", set("a/w", "3"), "a: {x: 1, w: 3}\n"},
        {"a: {\"x\":1}\n", set("a/x", "\"w\""), "a: {\"x\":\"w\"}\n"},
        {"a: [x: 1]\n", set("a/0", "2"), "a: [2]\n"},
    });
}

TEST_CASE("what is removed takes its lines along, and nothing else") {
    check({
        {"a: 1\nb: 2\nc: 3\n", take("b"), "a: 1\nc: 3\n"},
        {"a: 1\n# about b\nb: 2 # c\n\nc: 3\n", take("b"), "a: 1\n# about b\n\nc: 3\n"},
        {"a:\n  x:\n    - 1\n    - 2\n  w: 3\n", take("a/x"), "a:\n  w: 3\n"},
        {"a: |+\n  t\n\nb: |\n  u\n\nc: 3\n", take("b"), "a: |+\n  t\n\nc: 3\n"},
        {"a: |+\n  t\n\nb: 2\n\n\nc: 3\n", take("b"), "a: |+\n  t\n\nc: 3\n"},
        {"a: |\n  t\nb: 2\n\n\nc: 3\n", take("b"), "a: |\n  t\n\n\nc: 3\n"},
        {"a: |+\n  t\n\nb: 2\n", take("a"), "b: 2\n"},
        {"a: 1\nb: 2", take("b"), "a: 1"},
        {"a: 1\r\nb: 2", take("b"), "a: 1"},
        {"a: |\n  t\nb: 2", take("b"), "a: |\n  t\n"},
        {"a: |-\n  t\nb: 2", take("b"), "a: |-\n  t"},
        {"a: 1\nb: 2\n...\n", take("b"), "a: 1\n...\n"},
        // Behind a dash the next one moves up.
        {"- a: 1\n  b: 2\n- c\n", take("0/a"), "- b: 2\n- c\n"},
        {"- a:\n    x: 1\n  # about b\n  b: 2\n", take("0/a"), "- # about b\n  b: 2\n"},
        {"- a: 1\n  b: 2\n", take("0/b"), "- a: 1\n"},
        {"- - 1\n  - 2\n", take("0/0"), "- - 2\n"},
        {"-\n  a: 1\n  b: 2\n", take("0/a"), "-\n  b: 2\n"},
        // Entries.
        {"a:\n- 1\n- x: 1\n  w: 2\n- 3\n", take("a/1"), "a:\n- 1\n- 3\n"},
        {"a:\n- 1 # c\n- 2\n", take("a/0"), "a:\n- 2\n"},
        {"-\n-\n- 1\n-\n", take("1"), "-\n- 1\n-\n"},
        // The last one.
        {"a: # c\n  x: 1 # d\nb: 2\n", take("a/x"), "a: {} # c\nb: 2\n"},
        {"a:\n- 1\n", take("a/0"), "a: []\n"},
        {"- a: 1\n- 2\n", take("0/a"), "- {}\n- 2\n"},
        {"a: 1\n", take("a"), "{}\n"},
        {"---\n- 1\n", take("0"), "---\n[]\n"},
        // Within brackets.
        {"a: {x: 1, w: 2, z: 3}\n", take("a/x"), "a: {w: 2, z: 3}\n"},
        {"a: { x: 1, w: 2, z: 3 }\n", take("a/w"), "a: { x: 1, z: 3 }\n"},
        {"a: { x: 1, w: 2, z: 3 }\n", take("a/z"), "a: { x: 1, w: 2 }\n"},
        {"a: [1, 2, ]\n", take("a/1"), "a: [1, ]\n"},
        {"a: [ 1 ]\n", take("a/0"), "a: []\n"},
        {"a: [1, ]\n", take("a/0"), "a: []\n"},
        {"a: {b, c}\n", take("a/c"), "a: {b}\n"},
        {"a: [x: 1, w: 2]\n", take("a/0"), "a: [w: 2]\n"},
        {"{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n", take("a"), "{\n  \"b\": 2,\n  \"c\": 3\n}\n"},
        {"{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n", take("b"), "{\n  \"a\": 1,\n  \"c\": 3\n}\n"},
        {"{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n", take("c"), "{\n  \"a\": 1,\n  \"b\": 2\n}\n"},
        {"{\r\n  \"a\": 1,\r\n  \"b\": 2\r\n}\r\n", take("b"), "{\r\n  \"a\": 1\r\n}\r\n"},
        {"a: {\n  x: 1, # one\n  # about w\n  w: 2 # two\n}\n", take("a/w"), "a: {\n  x: 1 # one\n  # about w\n}\n"},
        {"a: {\n  x: 1, # one\n  w: 2, # two\n}\n", take("a/w"), "a: {\n  x: 1, # one\n}\n"},
        {"a: {\n  x: 1, # one\n  # about w\n  w: 2, # two\n}\n", take("a/x"), "a: {\n  # about w\n  w: 2, # two\n}\n"},
    });
}

TEST_CASE("what cannot be told for certain is refused with a place") {
    const std::string deep = std::string(101, '[') + std::string(101, ']');
    check({
        {"? a\n: 1\n", add("", "b", "2"), "f.yaml:1:1: cannot add 'b': something stands in front of it in its line"},
        {"a: 1\n? b\n: 2\n", add("", "c", "3"), "f.yaml:2:3: cannot add 'c': the members of the collection do not begin in one column"},
        {"? a\n: 1\nb: 2\n", take("a"), "f.yaml:1:3: cannot remove 'a': something stands in front of it in its line"},
        {"a: [x: 1]\n", add("a/0", "b", "2"), "f.yaml:1:5: cannot add 'b': the brackets around it cannot be found"},
        {"a: {? x : 1, w: 2}\n", take("a/x"), "f.yaml:1:7: cannot remove 'x': something stands in front of it within the brackets"},
        {"a: |\n  t", add("", "b", "2"), "f.yaml:1:4: cannot add 'b': a text block at the end of the file would change"},
        {"a: 1\n", add("", "a", "2"), "f.yaml:1:1: cannot add 'a': the key exists"},
        {"a: 1\n", add("a", "b", "2"), "f.yaml:1:4: cannot add 'b': what it belongs to is no map"},
        {"a: {}\n", append("a", "2"), "f.yaml:1:4: cannot add an entry: what it belongs to is no list"},
        {"a:\n  x: &n 1\nb: *n\n", take("a"), "f.yaml:3:4: cannot remove 'a': this alias refers to it"},
        {"a: [&n 1]\nb: [*n]\n", set("a", "2"), "f.yaml:2:5: cannot set 'a': this alias refers to it"},
        {"? [a]\n: 1\n", set("", "2"), "2\n"},
        {"a: 1\n", add("", "\x1B[2J", "tru"), "cannot read the JSON value: it ends too early (byte 4)"},
        {"a: 1\n", set("a", ""), "cannot read the JSON value: it ends too early (byte 1)"},
        {"a: 1\n", set("a", "{\"x\":1,\"x\":2}"), "cannot read the JSON value: the key 'x' stands there twice"},
        {"a: 1\n", set("a", "\"\xFF\""), "cannot read the JSON value: it is no valid UTF-8 (byte 2)"},
        {"a: 1\n", set("a", deep), "cannot read the JSON value: it has more than 100 levels"},
    });
}

TEST_CASE("large and hostile values are written, and read as what they are") {
    std::string deep = "1";
    for (int i = 0; i < 100; ++i) deep = "{\"k\":[" + deep + "]}";
    CHECK(failure_of([&] { after("a: 1\n", set("a", deep)); }).code() == ExitCode::misuse);
    deep = "1";
    for (int i = 0; i < 50; ++i) deep = "{\"k\":[" + deep + "]}";
    CHECK(after("a: 1\n", set("a", deep)).size() > 5000);
    CHECK(after("a: 1\n", set("a", "\"" + std::string(1000000, 'x') + "\"")).size() == 1000004);
    CHECK(after("a: 1\n", set("a", "\"\\u0000\\u0085\\u2028\\uFEFF\\ud83d\\ude00\"")) == "a: \"\\u0000\\u0085\\u2028\\uFEFF\xF0\x9F\x98\x80\"\n");
    CHECK(after("a: 1\n", set("a", "{\"--- \":[\"%x\",\"# c\",\"{{ x }}\"]}")) == "a:\n  \"--- \":\n    - \"%x\"\n    - \"# c\"\n    - \"{{ x }}\"\n");
    std::string entries;
    for (int i = 0; i < 20000; ++i) entries += "-\n";
    CHECK(after(entries, append("", "1")) == entries + "- 1\n");
}
