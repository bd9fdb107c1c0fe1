#include "catch.hpp"
#include "failure.hpp"

#include "run-job/gate/gate.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::run_job;

TEST_CASE("a command line is split as a POSIX shell does, without any expansion") {
    struct Row {
        const char* text;
        std::vector<std::string> words;
    };
    const std::vector<Row> rows = {
        {"", {}},
        {"wait-for-slo", {"wait-for-slo"}},
        {"  a \t b\r\n  c\n", {"a", "b", "c"}},
        {"a 'b c' \"d e\" f\\ g", {"a", "b c", "d e", "f g"}},
        {"a'b'\"c\"d", {"abcd"}},
        {"a '' \"\"", {"a", "", ""}},
        {R"('$HOME `id` \n | &')", {R"($HOME `id` \n | &)"}},
        {R"("\$HOME \`id\` \" \\ \n")", {R"($HOME `id` " \ \n)"}},
        {R"(--where "job=~\"web$\"")", {"--where", R"(job=~"web$")"}},
        {R"("cost in $ | & ; < > ( ) ")", {"cost in $ | & ; < > ( ) "}},
        {"a \\\n  b \"c\\\nd\"", {"a", "b", "cd"}},
        {R"(\$ \| \' \")", {"$", "|", "'", "\""}},
        {"it's 'fine", {"its fine"}},
        {"* ? [a] ~ # {a,b} !x A=1", {"*", "?", "[a]", "~", "#", "{a,b}", "!x", "A=1"}},
        {"\xC3\xA4 \xFF", {"\xC3\xA4", "\xFF"}},
    };
    for (const auto& row : rows) {
        INFO(row.text);
        CHECK(split_command(row.text) == row.words);
    }
}

TEST_CASE("what cannot be split, and what only a shell would understand, is refused") {
    struct Row {
        const char* text;
        const char* message;
    };
    const std::string shell = "' means something to a shell only, and none is in between";
    const std::vector<Row> rows = {
        {"a 'b", "a single quote is not closed"}, {"a \"b", "a double quote is not closed"}, {"\"a\\\"", "a double quote is not closed"},
        {"\"a\\", "a double quote is not closed"}, {"a\\", "it ends with a backslash"},       {" \n\t", "it names no program"},
    };
    for (const auto& row : rows) {
        INFO(row.text);
        const auto error = failure_of([&] { split_command(row.text); });
        CHECK(words_of(error) == std::string("2 ") + row.message);
    }
    for (const std::string text : {"a | b", "a & b", "a; b", "a < b", "a > b", "a $b", "a `b`", "(a)", "a $"}) {
        INFO(text);
        const auto error = failure_of([&] { split_command(text); });
        CHECK(error.code() == ExitCode::misuse);
        CHECK(std::string(error.what()).find(shell) != std::string::npos);
        CHECK_FALSE(error.diagnostics().front().hint.empty());
    }
    for (const std::string text : {"\"$TOKEN\"", "\"${TOKEN}\"", "\"$(id)\"", "\"`id`\"", "\"$1\""}) {
        INFO(text);
        CHECK(failure_of([&] { split_command(text); }).code() == ExitCode::misuse);
    }
}
