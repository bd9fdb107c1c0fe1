#include "catch.hpp"

#include "git/glob.hpp"

#include <string>

using namespace slipway::git;

TEST_CASE("patterns and the paths that they stand for") {
    struct Row {
        const char* pattern;
        const char* path;
        bool matches;
    };
    const Row rows[] = {
        {"a/b.yaml", "a/b.yaml", true},
        {"a/b.yaml", "a/bxyaml", false},
        {"a/b", "a", false},
        {"a", "a/b", false},
        {"apps/*/values.yaml", "apps/web/values.yaml", true},
        {"apps/*/values.yaml", "apps/values.yaml", false},
        {"apps/*/values.yaml", "apps/a/b/values.yaml", false},
        {"*.yaml", "a.yaml", true},
        {"*.yaml", "a/b.yaml", false},
        {"*.yaml", ".yaml", false},
        {"*", ".env", false},
        {".*", ".env", true},
        {"?env", ".env", false},
        {"[.]env", ".env", false},
        {"**/values.yaml", "values.yaml", true},
        {"**/values.yaml", "a/b/c/values.yaml", true},
        {"**/values.yaml", ".git-hidden/values.yaml", false},
        {"apps/**", "apps/a/b", true},
        {"apps/**/x", "apps/x", true},
        {"apps/**/x", "apps/a/b/x", true},
        {"apps/**/x", "apps/a/b/y", false},
        {"**/**/x", "x", true},
        {"**", "a/b", true},
        {"a?c", "abc", true},
        {"a?c",
         "a\xC3\xBC"
         "c",
         true},
        {"a??c",
         "a\xC3\xBC"
         "c",
         false},
        {"a?c", "ac", false},
        {"a?c", "a/c", false},
        {"a*c*e", "abcde", true},
        {"a*c*e", "abcdf", false},
        {"*a*b", "aaab", true},
        {"*", "a", true},
        {"a*", "a", true},
        {"[a-c]x", "bx", true},
        {"[a-c]x", "dx", false},
        {"[!a-c]x", "dx", true},
        {"[^a-c]x", "bx", false},
        {"[]a]x", "]x", true},
        {"[!]]x", "]x", false},
        {"[a-]x", "-x", true},
        {"[\xC3\xA0-\xC3\xBF]x", "\xC3\xBCx", true},
        {"[*]", "*", true},
        {"[*]", "a", false},
        {"a[b", "a[b", true},
        {"\xFF*", "\xFF\xFE", true},
        {"*", "", true},
        {"", "", true},
        {"", "a", false},
    };
    for (const auto& row : rows) {
        INFO(row.pattern << " against " << row.path);
        CHECK(matches(row.pattern, row.path) == row.matches);
    }
    // Stars that fail late are tried in order, not in all combinations.
    std::string stars;
    for (int i = 0; i < 500; ++i)
        stars += "*a";
    CHECK_FALSE(matches(stars + 'b', std::string(5000, 'a')));
    std::string folders;
    for (int i = 0; i < 300; ++i)
        folders += "**/";
    std::string deep;
    for (int i = 0; i < 300; ++i)
        deep += "a/";
    CHECK_FALSE(matches(folders + 'b', deep + 'c'));
    CHECK(matches(folders + 'b', deep + 'b'));
}

TEST_CASE("what is a pattern, and where its matches are") {
    CHECK_FALSE(is_pattern("apps/web/values.yaml"));
    for (const char* pattern : {"*", "a/?", "[a]", "**/x"}) {
        INFO(pattern);
        CHECK(is_pattern(pattern));
        CHECK(why_no_pattern(pattern).empty());
    }
    for (const char* pattern :
         {"", "/a/*", "../*", "a//*", "a/[b", "a[/]", "a**", "**a/b", ".git/*", "a\n*", "[!]", "[a]["}) {
        INFO(pattern);
        CHECK_FALSE(why_no_pattern(pattern).empty());
    }
    CHECK(folder_of_matches("a/b/*.yaml") == "a/b");
    CHECK(folder_of_matches("a/b*/c/*.yaml") == "a");
    CHECK(folder_of_matches("*.yaml").empty());
    CHECK(folder_of_matches("a/b") == "a");
}
