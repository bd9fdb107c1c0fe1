#include "catch.hpp"
#include "failure.hpp"
#include "sampling.hpp"

#include "core/text.hpp"
#include "update-gitops-values/files/env_file.hpp"

#include <random>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::update_gitops_values;
using yaml::Index;
using yaml::KeyPath;
using yaml::Operation;
using Kind = yaml::Operation::Kind;

namespace {

Operation set(const std::string& name, std::string value) { return {.kind = Kind::set, .path = {name}, .value = std::move(value)}; }
Operation without(const std::string& name) { return {.kind = Kind::remove, .path = {name}}; }
Operation create(const std::string& name, std::string value) { return {.kind = Kind::set, .path = {name}, .value = std::move(value), .create = true}; }

std::string after(const std::string& text, const Operation& operation) { return edit_env(text, ".env", {operation}).text; }

std::string failure(const std::string& text, const std::vector<Operation>& operations) {
    return words_of(failure_of([&] { edit_env(text, ".env", operations); }));
}
std::string failure(const std::string& text, const Operation& operation) { return failure(text, std::vector{operation}); }

const std::string bom = "\xEF\xBB\xBF";

} // namespace

TEST_CASE("a variable of an .env file is set, and nothing else changes") {
    struct Row {
        std::string before;
        std::string value;
        std::string after;
    };
    const auto row = GENERATE(values<Row>({
        {"# c\n\nA=1\nTAG=v1\nB=2", "v2", "# c\n\nA=1\nTAG=v2\nB=2"},
        {bom + "TAG=v1\r\nB=2\n", "v2", bom + "TAG=v2\r\nB=2\n"},
        {"  export\tTAG=v1 # why\n", "v2", "  export\tTAG=v2 # why\n"},
        {"TAG = v1\t# why\n", "v2", "TAG = v2\t# why\n"},
        {"TAG=\"v1\" # why\n", "v2", "TAG=\"v2\" # why\n"},
        {"TAG='v1'", "v2", "TAG='v2'"},
        {"TAG=", "v2", "TAG=v2"},
        {"TAG= # none\n", "v2", "TAG=v2 # none\n"},
        {"TAG=v1\n", "", "TAG=\n"},
        {"TAG='v1'\n", "", "TAG=''\n"},
        {"TAG=v1#2\n", "v2", "TAG=v2\n"},
        {"TAG=#x\n", "v2", "TAG=v2\n"},
        {"TAG=x y  \nB=c\n", "v2", "TAG=v2  \nB=c\n"},
        {"TAG=v1", "registry.example.com:5000/team/app:v2@sha256:0a", "TAG=registry.example.com:5000/team/app:v2@sha256:0a"},
        // quotes where they are needed, and others where the old ones do not do
        {"TAG=v1", "a b", "TAG='a b'"},
        {"TAG=v1", "it's", "TAG=\"it's\""},
        {"TAG=v1", "$HOME `x` \"y\" #z \\n", "TAG='$HOME `x` \"y\" #z \\n'"},
        {"TAG=v1", "\xC3\xA9", "TAG='\xC3\xA9'"},
        {"TAG=\"v1\"", "$x", "TAG='$x'"},
        {"TAG=\"v1\"", "it's", "TAG=\"it's\""},
        {"TAG='v1'", "it's", "TAG=\"it's\""},
        {"TAG=\"a\nB=1\n\"\nB=2\n", "x", "TAG=\"x\"\nB=2\n"},
        {"B='x\nTAG=1\n'\nTAG=v1\n", "v2", "B='x\nTAG=1\n'\nTAG=v2\n"},
        {"B=\"\\\"\nTAG=1\"\nTAG=v1\n", "v2", "B=\"\\\"\nTAG=1\"\nTAG=v2\n"},
        {"exported=1\nexport_TAG=2\nTAG=1\na.b-c=3\nBARE\nexport BARE2\n", "v2", "exported=1\nexport_TAG=2\nTAG=v2\na.b-c=3\nBARE\nexport BARE2\n"},
        {"TAG=a'b\nB=\"c'\"\n", "v2", "TAG=v2\nB=\"c'\"\n"},
    }));
    CAPTURE(row.before);
    const auto edited = edit_env(row.before, ".env", {set("TAG", row.value)});
    CHECK(edited.text == row.after);
    CHECK(edited.changed());
    CHECK(edited.changes[0].value == row.value);
    const auto again = edit_env(row.after, ".env", {set("TAG", row.value)});
    CHECK(again.text == row.after);
    CHECK_FALSE(again.changed());
}

TEST_CASE("lines of an .env file are added and removed") {
    CHECK(after("", create("A", "1")) == "A=1\n");
    CHECK(after(bom, create("A", "1")) == bom + "A=1\n");
    CHECK(after("A=1\n", create("B", "x y")) == "A=1\nB='x y'\n");
    CHECK(after("A=1\r\nB=2", create("C", "")) == "A=1\r\nB=2\r\nC=");
    CHECK(after("export A=1\n# end\n", create("B", "2")) == "export A=1\n# end\nexport B=2\n");
    CHECK(after("A=1\n", create("A", "2")) == "A=2\n");
    CHECK(after("A=1\n\nB=2 # c\nC=3\n", without("B")) == "A=1\n\nC=3\n");
    CHECK(after("A=1\r\nB=2", without("B")) == "A=1");
    CHECK(after("A=1\nB='2\n3'\nC=4\n", without("B")) == "A=1\nC=4\n");
    CHECK(after(bom + "A=1", without("A")) == bom);
    CHECK(after("A=1\nexport B\n", without("B")) == "A=1\n");
    const auto absent = edit_env("A=1\n", ".env", {without("B")});
    CHECK(absent.text == "A=1\n");
    CHECK_FALSE(absent.changed());
}

TEST_CASE("what became of a variable is told") {
    const auto changes = edit_env("A=1\nB=\nC='x'\n", ".env", {set("A", "1"), set("A", "2"), set("B", "3"), without("C"), create("D", "")}).changes;
    REQUIRE(changes.size() == 5);
    CHECK_FALSE(changes[0].changed);
    CHECK(changes[1].old == "1");
    CHECK(changes[1].old_json == "\"1\"");
    CHECK(changes[1].new_json == "\"2\"");
    CHECK(changes[1].place == Place{".env", 1, 1});
    CHECK_FALSE(changes[1].retyped);
    CHECK_FALSE(changes[2].old);
    CHECK(changes[2].old_json == "\"\"");
    CHECK(changes[3].old == "x");
    CHECK(changes[3].new_json.empty());
    CHECK(changes[4].old_json.empty());
    CHECK(changes[4].new_json == "\"\"");
}

TEST_CASE("values that readers of .env files read differently are refused") {
    struct Row {
        std::string value;
        std::string why;
    };
    const auto row = GENERATE(values<Row>({
        {"a\nb", "it has several lines"},
        {"a\r", "it has several lines"},
        {std::string("a\0b", 3), "it has control characters"},
        {"\x1b[2J", "it has control characters"},
        {"${x}", "it has ${, which python-dotenv replaces even within single quotes"},
        {"a\\", "it has two backslashes, or one at its end, which python-dotenv takes for an escape even within single quotes"},
        {"a\\\\b", "it has two backslashes, or one at its end, which python-dotenv takes for an escape even within single quotes"},
        {"it's $5", "it has a single quote, and one of \" \\ $ ` as well"},
        {"it's \"5\"", "it has a single quote, and one of \" \\ $ ` as well"},
    }));
    CHECK(failure("A=1\nTAG=x\n", set("TAG", row.value)) == "1 .env:2:1: cannot set TAG: readers of such files do not agree on the value: " + row.why + " | put it into a file of its own, or encode it");
    CHECK(failure("", create("TAG", row.value)).find(row.why) != std::string::npos);
}

TEST_CASE("an operation that an .env file refuses is named with its place") {
    const std::string text = "APP_TAG=1\nA=1\n  A=2\nB='x'y\nC='x\\'\nD\nE=\"x\"#y\n";
    struct Row {
        Operation operation;
        std::string failure;
    };
    const auto row = GENERATE(values<Row>({
        {set("APP_TAC", "2"), "1 .env: cannot set APP_TAC: the file has no variable of that name | did you mean APP_TAG?"},
        {set("OTHER_NAME", "2"), "1 .env: cannot set OTHER_NAME: the file has no variable of that name | --create adds it"},
        {set("A", "2"), "1 .env:3:3: cannot set A: it stands there twice, in the lines 2 and 3 | take one of them out"},
        {without("A"), "1 .env:3:3: cannot remove A: it stands there twice, in the lines 2 and 3 | take one of them out"},
        {set("B", "2"), "1 .env:4:1: cannot set B: something follows its closing quote, and readers disagree on the value | write NAME='VALUE' by hand, once"},
        {set("C", "2"), "1 .env:5:1: cannot set C: a backslash stands in front of its closing quote, and readers disagree on the value | write NAME='VALUE' by hand, once"},
        {set("D", "2"), "1 .env:6:1: cannot set D: it has a name and no value, which comes from the environment | write D= into the file"},
        {set("E", "2"), "1 .env:7:1: cannot set E: something follows its closing quote, and readers disagree on the value | write NAME='VALUE' by hand, once"},
        {create("1x", "2"), "1 .env: cannot set 1x: that is no name of a variable | letters, digits and _, and no digit in front"},
        {create("a b", "2"), "1 .env: cannot set " + yaml::to_string({"a b"}) + ": that is no name of a variable | letters, digits and _, and no digit in front"},
        {{.path = {"a", "b"}}, "2 .env: cannot set a.b: a path in an .env file is the name of a variable | a name with dots stands in double quotes: \"a.b\"=VALUE"},
        {{.path = {Index{0}}}, "2 .env: cannot set [0]: a path in an .env file is the name of a variable | a name with dots stands in double quotes: \"a.b\"=VALUE"},
        {{.kind = Kind::set_json, .path = {"APP_TAG"}, .value = "3"}, "2 .env: cannot set APP_TAG: the variables of an .env file are texts | use --set NAME=VALUE"},
        {{.kind = Kind::append, .path = {"APP_TAG"}, .value = "3"}, "2 .env: cannot append to APP_TAG: the variables of an .env file are texts | use --set NAME=VALUE"},
        {{.path = {"APP_TAG"}, .document = 1}, "1 .env: cannot set APP_TAG: the file holds one document, there is no document 1 | documents are counted from 0"},
        {set("APP_TAG", "\xFF"), "1 .env: cannot set APP_TAG: the value is no valid UTF-8"},
    }));
    CHECK(failure(text, row.operation) == row.failure);
    CHECK(failure(text, create("", "2")).find("no name of a variable") != std::string::npos);
    CHECK(failure(text, {set("A", "3"), set("B", "3")}).find('\n') != std::string::npos);
}

TEST_CASE("what is no .env file is refused with its places") {
    struct Row {
        std::string text;
        std::string failure;
    };
    const auto row = GENERATE(values<Row>({
        {"A=1\nset -a\n\n- x\n", "2 .env:2:1: wrong line: 'set -a' is no NAME=VALUE | a comment begins with #\n.env:4:1: wrong line: '- x' is no NAME=VALUE | a comment begins with #"},
        {"A: 1\n", "2 .env:1:1: wrong line: 'A: 1' is no NAME=VALUE | a comment begins with #"},
        {"=1\n", "2 .env:1:1: wrong line: '=1' is no NAME=VALUE | a comment begins with #"},
        {"1A=1\n", "2 .env:1:1: wrong line: '1A=1' is no NAME=VALUE | a comment begins with #"},
        {"A=1\nB='x\nC=2\n", "2 .env:2:3: wrong line: the quote that begins here is not closed"},
        {"B=\"x\\", "2 .env:1:3: wrong line: the quote that begins here is not closed"},
        {"A=1\rB=2\n", "2 .env:1:4: wrong .env file: a carriage return without a line feed"},
        {std::string("A=1\n\0", 5), "2 .env:2:1: wrong .env file: a NUL byte"},
        {"A=\xFF", "2 .env:1:3: wrong .env file: a byte that is no UTF-8"},
        {"\x1b[2J\n", "2 .env:1:1: wrong line: '\\x1b[2J' is no NAME=VALUE | a comment begins with #"},
    }));
    CHECK(failure(row.text, set("A", "v")) == row.failure);
    std::string long_line(100'000, 'x');
    for (std::size_t i = 0; i < 100; ++i) long_line += "\nx y";
    CHECK(failure(long_line, set("A", "v")).size() < 3'000);
}

TEST_CASE("random .env files keep all their other lines") {
    std::mt19937_64 random(sampling::seed());
    const auto below = [&](std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random); };
    const std::vector<std::string> others{"# TAG=0", "", "A=1", "export B='x y' # c", "C=\"a\n TAG=1\"", "D=", " E = \xC3\xA9", "F=a#b", "G=#", "H='\n\n'", "I", "J=\"\\\"\""};
    const std::vector<std::string> targets{"TAG=", "TAG=v1", "export TAG='a b' # c", "TAG = \"x\ny\"", "  TAG=x y # c"};
    const std::vector<std::string> characters{"a", "1", "$", "'", "\"", "\\", "#", " ", "`", "=", "\xC3\xA9", "{", "-", "\n", "!"};
    std::size_t done = 0;
    for (std::size_t i = 0; i < sampling::cases(5'000, 200'000); ++i) {
        const std::string line_break = below(2) == 0 ? "\n" : "\r\n";
        std::string front, back;
        for (auto count = below(5); count > 0; --count) front += others[below(others.size())] + line_break;
        for (auto count = below(5); count > 0; --count) back += line_break + others[below(others.size())];
        std::string value;
        for (auto count = below(5); count > 0; --count) value += characters[below(characters.size())];
        const auto text = front + targets[below(targets.size())] + back;
        CAPTURE(text, value);
        try {
            const auto edited = edit_env(text, ".env", {set("TAG", value)});
            REQUIRE(edited.text.substr(0, front.size()) == front);
            REQUIRE(edited.text.substr(edited.text.size() - back.size()) == back);
            REQUIRE(edited.changed() == (edited.text != text));
            REQUIRE(edit_env(edited.text, ".env", {set("TAG", value)}).text == edited.text);
            REQUIRE(edit_env(edited.text, ".env", {set("TAG", "other")}).changes[0].old.value_or("") == value);
            ++done;
        } catch (const Error& error) {
            REQUIRE(error.code() == ExitCode::refused);
        }
    }
    CHECK(done > 500);
}
