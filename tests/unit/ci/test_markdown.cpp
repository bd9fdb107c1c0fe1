#include "ci/markdown.hpp"

#include "catch.hpp"

using namespace slipway;

TEST_CASE("Foreign text stays within its place in Markdown") {
    CHECK(ci::cell("a|b\\c\nd") == "a\\|b\\\\c d");
    CHECK(ci::code("we`b\x1b[2J") == "`we'b\\x1b[2J`");
    CHECK(ci::fenced("a\n", "diff") == "```diff\na\n```\n");
    CHECK(ci::fenced("no break at its end") == "```\nno break at its end\n```\n");
    CHECK(ci::fenced("") == "```\n```\n");
    CHECK(ci::fenced("```\n````\n") == "`````\n```\n````\n`````\n");
}

TEST_CASE("A block that no page can hold is cut at a line") {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "0123456789\n";
    const auto block = ci::fenced(text);
    CHECK(block.size() < 130 * 1024);
    CHECK(block.ends_with("\n0123456789\n... (cut: the whole has 20000 lines)\n```\n"));
    CHECK(ci::fenced(std::string(200 * 1024, 'x')).size() < 100); // one line only: nothing is left to show
}
