#include "catch.hpp"
#include "failure.hpp"
#include "sampling.hpp"

#include "core/text.hpp"
#include "update-gitops-values/files/json_file.hpp"

#include <nlohmann/json.hpp>

#include <random>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::update_gitops_values;
using yaml::Edited;
using yaml::Index;
using yaml::KeyPath;
using yaml::Operation;
using yaml::Selector;
using Kind = yaml::Operation::Kind;

namespace {

Operation set(KeyPath path, std::string value) { return {.kind = Kind::set, .path = std::move(path), .value = std::move(value)}; }
Operation json(KeyPath path, std::string value) { return {.kind = Kind::set_json, .path = std::move(path), .value = std::move(value)}; }
Operation append(KeyPath path, std::string value) { return {.kind = Kind::append, .path = std::move(path), .value = std::move(value)}; }
Operation without(KeyPath path) { return {.kind = Kind::remove, .path = std::move(path)}; }
Operation create(Operation operation) {
    operation.create = true;
    return operation;
}

std::string after(const std::string& text, const std::vector<Operation>& operations) { return edit_json(text, "f.json", operations).text; }
std::string after(const std::string& text, const Operation& operation) { return after(text, std::vector{operation}); }

std::string failure(const std::string& text, const std::vector<Operation>& operations) {
    return words_of(failure_of([&] { edit_json(text, "f.json", operations); }));
}
std::string failure(const std::string& text, const Operation& operation) { return failure(text, std::vector{operation}); }

const std::string bom = "\xEF\xBB\xBF";

} // namespace

TEST_CASE("a value of a JSON file is replaced, and nothing else") {
    struct Row {
        std::string before;
        Operation operation;
        std::string after;
    };
    const auto row = GENERATE(values<Row>({
        {"{\n  \"image\": {\n    \"tag\":   \"old\" ,\n\n    \"n\": 1.10\n  }\n}\n", set({"image", "tag"}, "1.10"),
         "{\n  \"image\": {\n    \"tag\":   \"1.10\" ,\n\n    \"n\": 1.10\n  }\n}\n"},
        {"{\"a\":\"x\",\"b\":\"y\"}", set({"b"}, "z"), "{\"a\":\"x\",\"b\":\"z\"}"},
        {bom + "{\r\n\t\"a\": \"x\",\n\t\"b\": 1e999\r\n}", set({"a"}, "y"), bom + "{\r\n\t\"a\": \"y\",\n\t\"b\": 1e999\r\n}"},
        {"[[1, 2], {\"a\": true}]", set({Index{1}, "a"}, "v"), "[[1, 2], {\"a\": \"v\"}]"},
        {"[[1, 2], [3]]", json({Index{0}, Index{-1}}, "-0.50e+2"), "[[1, -0.50e+2], [3]]"},
        {"{\"env\": [{\"name\": \"X\", \"value\": \"1\"}, 7, {\"name\": \"\\u0059\", \"value\": \"2\"}]}", set({"env", Selector{"name", "Y"}, "value"}, "3"),
         "{\"env\": [{\"name\": \"X\", \"value\": \"1\"}, 7, {\"name\": \"\\u0059\", \"value\": \"3\"}]}"},
        {"{\"p\": [{\"port\": 80, \"v\": 1}]}", json({"p", Selector{"port", "80"}, "v"}, "2"), "{\"p\": [{\"port\": 80, \"v\": 2}]}"},
        {"{\"a\\u002eb\\/\\ud83d\\ude00\": 1}", set({"a.b/\xF0\x9F\x98\x80"}, "x"), "{\"a\\u002eb\\/\\ud83d\\ude00\": \"x\"}"},
        {"{\"a\": 1}", set({"a"}, "\"\\\n\x01\xC3\xA9/"), "{\"a\": \"\\\"\\\\\\n\\u0001\xC3\xA9/\"}"},
        {"{\"a\": \"x\"}", set({"a"}, ""), "{\"a\": \"\"}"},
        {"{\"a\": \"x\"}", json({"a"}, "null"), "{\"a\": null}"},
        {"{\"a\": {\"b\": 1}}", json({"a"}, " false "), "{\"a\": false}"},
        // collections take the layout of where they stand
        {"{\n\t\"a\": 1\n}", json({"a"}, "{\"x\":[1,{}],\"y\":1.0}"), "{\n\t\"a\": {\n\t\t\"x\": [\n\t\t\t1,\n\t\t\t{}\n\t\t],\n\t\t\"y\": 1.0\n\t}\n}"},
        {"{\"a\":1}", json({"a"}, "{\"x\": [1, 2], \"y\": 3}"), "{\"a\":{\"x\":[1,2],\"y\":3}}"},
        {"{\"a\": 1}", json({"a"}, "{\"x\":[1,2]}"), "{\"a\": {\"x\": [1, 2]}}"},
        {"{\r\n    \"a\": [80, 443]\r\n}", json({"a"}, "[1,2]"), "{\r\n    \"a\": [1, 2]\r\n}"},
        {"{\r\n    \"a\": [\r\n        80\r\n    ]\r\n}", json({"a"}, "[1,2]"), "{\r\n    \"a\": [\r\n        1,\r\n        2\r\n    ]\r\n}"},
        {"{\n  \"a\": [1,\n    2], \"b\": 1\n}", json({"b"}, "[]"), "{\n  \"a\": [1,\n    2], \"b\": []\n}"},
    }));
    CAPTURE(row.before);
    const auto edited = edit_json(row.before, "f.json", {row.operation});
    CHECK(edited.text == row.after);
    CHECK(edited.changed());
    const auto again = edit_json(row.after, "f.json", {row.operation});
    CHECK(again.text == row.after);
    CHECK_FALSE(again.changed());
}

TEST_CASE("keys and entries of a JSON file are made") {
    struct Row {
        std::string before;
        Operation operation;
        std::string after;
    };
    const auto row = GENERATE(values<Row>({
        {"{\n  \"a\": 1\n}\n", set({"b"}, "x"), "{\n  \"a\": 1,\n  \"b\": \"x\"\n}\n"},
        {"{\n  \"a\": {\n    \"k\": 1,\n\n    \"l\": 2\n  }\n}\n", set({"a", "m", "n"}, "x"),
         "{\n  \"a\": {\n    \"k\": 1,\n\n    \"l\": 2,\n    \"m\": {\n      \"n\": \"x\"\n    }\n  }\n}\n"},
        {"{\r\n\t\"a\": 1\r\n}", set({"b", "c"}, "x"), "{\r\n\t\"a\": 1,\r\n\t\"b\": {\r\n\t\t\"c\": \"x\"\r\n\t}\r\n}"},
        {"{\"a\":1}", set({"b", "c"}, "x"), "{\"a\":1,\"b\":{\"c\":\"x\"}}"},
        {"{\"a\": 1}", set({"b", "c"}, "x"), "{\"a\": 1, \"b\": {\"c\": \"x\"}}"},
        {"{ \"a\": 1 }", set({"b"}, "x"), "{ \"a\": 1, \"b\": \"x\" }"},
        {"{\"a\": 1,\"c\": 2}", set({"b"}, "x"), "{\"a\": 1,\"c\": 2,\"b\": \"x\"}"},
        {"{}", set({"b", "c"}, "x"), "{\"b\": {\"c\": \"x\"}}"},
        {"{\n}\n", set({"b", "c"}, "x"), "{\n  \"b\": {\n    \"c\": \"x\"\n  }\n}\n"},
        {"{\n    \"a\": {}\n}\n", set({"a", "b"}, "x"), "{\n    \"a\": {\n        \"b\": \"x\"\n    }\n}\n"},
        {"{\n    \"a\": null\n}\n", set({"a", "b"}, "x"), "{\n    \"a\": {\n        \"b\": \"x\"\n    }\n}\n"},
        {"{\"l\": [{\"name\": \"x\"}]}", set({"l", Selector{"name", "x"}, "v"}, "1"), "{\"l\": [{\"name\": \"x\", \"v\": \"1\"}]}"},
        {"{\"a\": 1}", set({"\"\xC3\xA9\n"}, "x"), "{\"a\": 1, \"\\\"\xC3\xA9\\n\": \"x\"}"},
        {"{\"a\": 1}", append({"l", "m"}, "2"), "{\"a\": 1, \"l\": {\"m\": [2]}}"},
    }));
    CAPTURE(row.before);
    CHECK(after(row.before, create(row.operation)) == row.after);
    CHECK(failure(row.before, row.operation).substr(0, 9) == "1 f.json:");
}

TEST_CASE("entries are appended to lists of a JSON file") {
    CHECK(after("{\n  \"l\": [\n    1,\n    2\n  ]\n}", append({"l"}, "{\"a\":1}")) == "{\n  \"l\": [\n    1,\n    2,\n    {\n      \"a\": 1\n    }\n  ]\n}");
    CHECK(after("{\"l\": [1]}", append({"l"}, "\"x\"")) == "{\"l\": [1, \"x\"]}");
    CHECK(after("{\"l\":[1,2]}", append({"l"}, "3")) == "{\"l\":[1,2,3]}");
    CHECK(after("{\n  \"l\": []\n}", append({"l"}, "3")) == "{\n  \"l\": [\n    3\n  ]\n}");
    CHECK(after("{\"l\": []}", append({"l"}, "3")) == "{\"l\": [3]}");
    CHECK(after("{\"l\": null}", append({"l"}, "3")) == "{\"l\": [3]}");
    CHECK(failure("{\"l\": 1}", append({"l"}, "3")) == "1 f.json:1:7: cannot append to l: it is a single value, no list");
}

TEST_CASE("keys and entries of a JSON file are removed with their commas") {
    const std::string text = "{\n  \"a\": 1,\n  \"b\": {\"c\": [1, 2]},\n  \"d\": 3\n}\n";
    CHECK(after(text, without({"a"})) == "{\n  \"b\": {\"c\": [1, 2]},\n  \"d\": 3\n}\n");
    CHECK(after(text, without({"b"})) == "{\n  \"a\": 1,\n  \"d\": 3\n}\n");
    CHECK(after(text, without({"d"})) == "{\n  \"a\": 1,\n  \"b\": {\"c\": [1, 2]}\n}\n");
    CHECK(after(text, without({"b", "c"})) == "{\n  \"a\": 1,\n  \"b\": {},\n  \"d\": 3\n}\n");
    CHECK(after(text, without({"b", "c", Index{0}})) == "{\n  \"a\": 1,\n  \"b\": {\"c\": [2]},\n  \"d\": 3\n}\n");
    CHECK(after(text, without({"b", "c", Index{-1}})) == "{\n  \"a\": 1,\n  \"b\": {\"c\": [1]},\n  \"d\": 3\n}\n");
    CHECK(after("[\r\n  [1]\r\n]", without({Index{0}})) == "[]");
    for (const auto& absent : std::vector<KeyPath>{{"x"}, {"x", "y"}, {"b", "c", Index{2}}, {"b", "c", Selector{"name", "x"}}}) {
        const auto edited = edit_json(text, "f.json", {without(absent)});
        CHECK(edited.text == text);
        CHECK_FALSE(edited.changed());
    }
}

TEST_CASE("what became of a value of a JSON file is told") {
    const std::string text = "{\n  \"s\": \"\\u00e9\",\n  \"n\": 1.0,\n  \"z\": null,\n  \"o\": {\"k\": [1, \"\\/\"]}\n}";
    const auto changes = edit_json(text, "f.json", {set({"s"}, "\xC3\xA9"), set({"s"}, "x"), set({"n"}, "1.0"), json({"n"}, "2"), set({"z"}, "v"),
                                                    json({"o"}, "{\"k\": [1, \"/\"]}"), json({"o"}, "null"), create(set({"new"}, "")), without({"s"})})
                             .changes;
    REQUIRE(changes.size() == 9);
    CHECK_FALSE(changes[0].changed);
    CHECK(changes[0].place == Place{"f.json", 2, 8});
    CHECK(changes[1].old == "\xC3\xA9");
    CHECK(changes[1].old_json == "\"\xC3\xA9\"");
    CHECK(changes[1].new_json == "\"x\"");
    CHECK(changes[1].value == "x");
    CHECK(changes[1].path == "s");
    CHECK_FALSE(changes[1].retyped);
    CHECK(changes[2].retyped);
    CHECK(changes[2].old == "1.0");
    CHECK(changes[2].new_json == "\"1.0\"");
    CHECK_FALSE(changes[3].retyped);
    CHECK(changes[3].new_json == "2");
    CHECK_FALSE(changes[4].old);
    CHECK(changes[4].old_json == "null");
    CHECK_FALSE(changes[4].retyped);
    CHECK_FALSE(changes[5].changed);
    CHECK(changes[6].old_json == "{\"k\":[1,\"/\"]}");
    CHECK(changes[6].new_json == "null");
    CHECK(changes[6].value.empty());
    CHECK(changes[7].changed);
    CHECK(changes[7].old_json.empty());
    CHECK(changes[7].new_json == "\"\"");
    CHECK(changes[8].old == "x");
    CHECK(changes[8].new_json.empty());
}

TEST_CASE("an operation that a JSON file refuses is named with its place") {
    const std::string text = "{\n  \"image\": {\"tag\": \"x\"},\n  \"l\": [{\"n\": \"a\"}, {\"n\": \"a\"}, {\"n\": \"b\", \"n\": \"c\"}],\n  \"d\": 1, \"\\u0064\": 2\n}";
    struct Row {
        Operation operation;
        std::string failure;
    };
    const auto row = GENERATE(values<Row>({
        {set({"image", "tga"}, "v"), "1 f.json:2:12: cannot set image.tga: image has no key 'tga' | did you mean 'tag'?"},
        {set({"other"}, "v"), "1 f.json:1:1: cannot set other: the document has no key 'other' | --create adds it"},
        {set({"image"}, "v"), "1 f.json:2:12: cannot set image: it is an object, no single value | name one of its keys"},
        {set({"l"}, "v"), "1 f.json:3:8: cannot set l: it is a list, no single value | name one of its entries: l[0]"},
        {create(set({"image", "tag", "x"}, "v")), "1 f.json:2:20: cannot set image.tag.x: image.tag is a single value, no object with the key 'x'"},
        {set({"l", "x"}, "v"), "1 f.json:3:8: cannot set l.x: l is a list, no object with the key 'x' | an entry of a list is named by its number: l[0]"},
        {set({"l", Index{3}}, "v"), "1 f.json:3:8: cannot set l[3]: l has 3 entries, counted from [0]"},
        {create(set({"l", Index{-4}}, "v")), "1 f.json:3:8: cannot set l[-4]: l has 3 entries, counted from [0]"},
        {set({"image", Index{0}}, "v"), "1 f.json:2:12: cannot set image[0]: image is an object, no list with an entry [0]"},
        {without({"d"}), "1 f.json:4:11: cannot remove d: the key 'd' stands there twice, before that in line 4, and readers disagree on which one counts"},
        {set({"l", Selector{"m", "a"}, "x"}, "v"), "1 f.json:3:8: cannot set l[m=a].x: l has no entry with m = 'a'"},
        {json({"image", "tag"}, "tru"), "2 f.json: cannot set image.tag: 'tru': wrong JSON: 'tru' where a value is expected | a string stands in double quotes: \"text\""},
        {json({"image", "tag"}, ""), "2 f.json: cannot set image.tag: '': wrong JSON: there is no value | a string stands in double quotes: \"text\""},
        {json({"image", "tag"}, "{\"a\": {\"b\": 1, \"\\u0062\": 2}}"), "1 cannot set image.tag: the new value has the key 'b' twice"},
        {set({"image", "tag"}, "\xFF"), "1 f.json: cannot set image.tag: the value is no valid UTF-8"},
        {{.path = {"image"}, .document = 1}, "1 f.json: cannot set image: the file holds one document, there is no document 1 | documents are counted from 0"},
        {set({"image", "tag", yaml::Within{}, "x"}, "v"), "1 f.json:2:20: cannot set " + yaml::to_string({"image", "tag", yaml::Within{}, "x"}) + ": texts within the values of a JSON file cannot be changed | set the whole value image.tag"},
    }));
    CHECK(failure(text, row.operation) == row.failure);
    CHECK(failure(text, set({"l", Selector{"n", "a"}}, "v")).find("several entries have n = 'a', in the lines 3 and 3") != std::string::npos);
    CHECK(failure("[{\"n\": 1, \"n\": 2}]", set({Selector{"n", "1"}}, "v")).find("the key 'n' stands there twice") != std::string::npos);
    CHECK(failure("{}", set({"a\x1b[2J"}, "v")).find('\x1b') == std::string::npos);
    CHECK(failure("{\"a\": 1}", {set({"b"}, "v"), set({"a"}, "v"), json({"a"}, "?")}) ==
          "2 f.json:1:1: cannot set b: the document has no key 'b' | --create adds it\n"
          "f.json: cannot set a: '?': wrong JSON: '?' where a value is expected | a string stands in double quotes: \"text\"");
}

TEST_CASE("what is no JSON is refused with its place") {
    const std::string deep(501, '[');
    struct Row {
        std::string text;
        std::string failure;
    };
    const auto row = GENERATE_COPY(values<Row>({
        {"", "2 f.json:1:1: wrong JSON: there is no value"},
        {" \n", "2 f.json:2:1: wrong JSON: there is no value"},
        {"{\n  // c\n  \"a\": 1\n}", "2 f.json:2:3: wrong JSON: a comment | JSON has no comments: take it out of the file"},
        {"{\"a\": 1} # c", "2 f.json:1:10: wrong JSON: a comment | JSON has no comments: take it out of the file"},
        {"{\"a\": 1,\n}", "2 f.json:1:8: wrong JSON: a comma that no value follows"},
        {"[1,]", "2 f.json:1:3: wrong JSON: a comma that no value follows"},
        {"[1 2]", "2 f.json:1:4: wrong JSON: '2]' where ',' or ']' is expected"},
        {"{\"a\" 1}", "2 f.json:1:6: wrong JSON: '1}' where ':' behind a key is expected"},
        {"{a: 1}", "2 f.json:1:2: wrong JSON: 'a:' where a key in double quotes is expected"},
        {"{\"a\": 'x'}", "2 f.json:1:7: wrong JSON: ''x'}' where a value is expected"},
        {"{\"a\": 01}", "2 f.json:1:7: wrong JSON: a number begins with a zero"},
        {"{\"a\": 1.}", "2 f.json:1:7: wrong JSON: '1.}' is no number"},
        {"{\"a\": -}", "2 f.json:1:7: wrong JSON: '-}' is no number"},
        {"{\"a\": NaN}", "2 f.json:1:7: wrong JSON: 'NaN}' where a value is expected"},
        {"{\"a\": 1}{}", "2 f.json:1:9: wrong JSON: '{}' where the end of the file is expected"},
        {"{\"a\": [1", "2 f.json:1:9: wrong JSON: the file ends where ',' or ']' is expected"},
        {"{\"a\": \"x", "2 f.json:1:7: wrong JSON: the string that begins here is not closed"},
        {"{\"a\": \"x\n\"}", "2 f.json:1:9: wrong JSON: a string ends at the end of its line"},
        {"{\"a\": \"\x01\"}", "2 f.json:1:8: wrong JSON: a control character in a string"},
        {"{\"a\": \"\\x\"}", "2 f.json:1:8: wrong JSON: an escape that JSON does not know"},
        {"{\"a\": \"\\u12\"}", "2 f.json:1:8: wrong JSON: an escape that JSON does not know"},
        {"\"\\", "2 f.json:1:2: wrong JSON: an escape that JSON does not know"},
        {"{\"a\": \"\xFF\"}", "2 f.json:1:8: wrong JSON: a byte that is no UTF-8"},
        {"\xFF\xFE{", "2 f.json:1:1: wrong JSON: a byte that is no UTF-8"},
        {std::string("{\0}", 3), "2 f.json:1:2: wrong JSON: '\\x00}' where a key in double quotes is expected"},
        {bom, "2 f.json:1:1: wrong JSON: there is no value"},
        {deep, "2 f.json:1:501: wrong JSON: objects and lists lie too deep in each other"},
    }));
    CHECK(failure(row.text, set({"a"}, "v")) == row.failure);
}

TEST_CASE("half a surrogate pair is kept, and is no text") {
    const std::string text = R"({"\ud800": "\udc00", "a": "\ud800\u0041", "b": 1})";
    CHECK(after(text, set({"b"}, "x")) == R"({"\ud800": "\udc00", "a": "\ud800\u0041", "b": "x"})");
    CHECK(edit_json(text, "f.json", {set({"a"}, "x")}).changes[0].old_json == R"("\ud800\u0041")");
    CHECK(edit_json(text, "f.json", {set({"a"}, "\xEF\xBF\xBD"
                                              "A")})
              .changed());
}

namespace {

using Json = nlohmann::ordered_json;

class Documents {
public:
    explicit Documents(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }

    std::string text() {
        static const std::vector<std::string> pieces{"a", "\"", "\\", "\n", "\xC3\xA9", "\xF0\x9F\x98\x80", "\x01", "/", ",", "}", " ", "{", "0", "\x7F", "\xE2\x80\xA8"};
        std::string result;
        for (auto count = below(6); count > 0; --count) result += pieces[below(pieces.size())];
        return result;
    }

    Json value(int depth) {
        switch (below(depth > 0 ? 8 : 5)) {
        case 0: return nullptr;
        case 1: return below(2) == 0;
        case 2: return static_cast<int>(below(1000)) - 500;
        case 3: return 0.5 * static_cast<double>(below(100));
        case 4: return text();
        case 5: {
            auto list = Json::array();
            for (auto count = below(4); count > 0; --count) list.push_back(value(depth - 1));
            return list;
        }
        default: {
            auto object = Json::object();
            for (auto count = below(4); count > 0; --count) object[text()] = value(depth - 1);
            return object;
        }
        }
    }

    /// A path to something that exists, from the root.
    KeyPath path(const Json& root) {
        KeyPath path;
        const auto* at = &root;
        while (at->is_structured() && !at->empty() && (path.empty() || below(4) > 0)) {
            auto index = below(at->size());
            if (at->is_array()) {
                path.emplace_back(static_cast<Index>(index) - (below(2) == 0 ? 0 : static_cast<Index>(at->size())));
                at = &(*at)[index];
            } else {
                auto entry = at->begin();
                while (index-- > 0) ++entry;
                path.emplace_back(entry.key());
                at = &entry.value();
            }
        }
        return path;
    }

private:
    std::mt19937_64 random_;
};

Json& at_path(Json& root, const KeyPath& path, std::size_t parts) {
    auto* at = &root;
    for (std::size_t i = 0; i < parts; ++i) {
        if (const auto* key = std::get_if<std::string>(&path[i])) {
            at = &(*at)[*key];
        } else {
            const auto index = std::get<Index>(path[i]);
            at = &(*at)[static_cast<std::size_t>(index < 0 ? index + static_cast<Index>(at->size()) : index)];
        }
    }
    return *at;
}

/// What the operation means, done by another library.
void change_by_library(Json& root, const Operation& operation) {
    auto& target = at_path(root, operation.path, operation.path.size());
    switch (operation.kind) {
    case Kind::set: target = operation.value; break;
    case Kind::set_json: target = Json::parse(operation.value); break;
    case Kind::append: target.push_back(Json::parse(operation.value)); break;
    case Kind::remove: {
        auto& parent = at_path(root, operation.path, operation.path.size() - 1);
        if (const auto* key = std::get_if<std::string>(&operation.path.back())) parent.erase(*key);
        else parent.erase(parent.begin() + (&target - &parent[0]));
    }
    }
}

} // namespace

TEST_CASE("random changes of random JSON files are what another library makes of them") {
    Documents documents(sampling::seed());
    const auto cases = sampling::cases(3'000, 200'000);
    std::size_t done = 0;
    for (std::size_t i = 0; i < cases; ++i) {
        auto root = documents.value(4);
        if (!root.is_structured() || root.empty()) continue;
        const auto style = documents.below(4);
        auto text = style == 0 ? root.dump() : root.dump(style == 1 ? 1 : static_cast<int>(style), style == 1 ? '\t' : ' ', documents.below(2) == 0);
        const auto line_break = documents.below(2) == 0 ? "\n" : "\r\n";
        replace_all(text, "\n", line_break);
        Operation operation{.path = documents.path(root)};
        const auto& target = at_path(root, operation.path, operation.path.size());
        if (documents.below(4) == 0) operation.kind = Kind::remove;
        else if (target.is_array() && documents.below(2) == 0) operation.kind = Kind::append;
        else if (target.is_structured() || documents.below(2) == 0) operation.kind = Kind::set_json;
        operation.value = operation.kind == Kind::set ? documents.text() : documents.value(2).dump();
        CAPTURE(text, yaml::to_string(operation.path), operation.value, static_cast<int>(operation.kind));
        auto expected = root;
        change_by_library(expected, operation);
        const auto edited = edit_json(text, "f.json", {operation});
        REQUIRE(Json::parse(edited.text) == expected);
        REQUIRE(edited.changed() == (edited.text != text));
        ++done;
    }
    CHECK(done > cases / 10);
}

TEST_CASE("random changes of the bytes of a JSON file are edited or refused, never misread") {
    Documents documents(sampling::seed() + 1);
    const std::string text = "{\n  \"a\": {\"b\": [1, \"\\u00e9\", null]},\n  \"c\": \"x\"\n}\n";
    const std::string bytes = "{}[]\",:\\ \n/#0a\xC3\xFF";
    for (std::size_t i = 0; i < sampling::cases(3'000, 200'000); ++i) {
        auto broken = text;
        for (auto count = documents.below(3) + 1; count > 0; --count) broken[documents.below(broken.size())] = bytes[documents.below(bytes.size())];
        CAPTURE(broken);
        try {
            const auto edited = edit_json(broken, "f.json", {create(set({"c"}, "y"))});
            REQUIRE(Json::parse(edited.text)["c"] == "y");
        } catch (const Error& error) {
            // Duplicate keys are refused, and what is no JSON.
            REQUIRE((error.code() == ExitCode::refused || !Json::accept(broken)));
        }
    }
}
