#include "catch.hpp"

#include "build-image/content/ignore_patterns.hpp"
#include "fakes.hpp"

using namespace slipway;
using namespace slipway::build_image;

TEST_CASE("one pattern and one path") {
    struct Case {
        const char* pattern;
        const char* path;
        bool matches;
    };
    for (const auto& [pattern, path, matches] : std::vector<Case>{
             {"a", "a", true}, {"a", "b", false}, {"a", "a/b", false}, {"*", "a", true}, {"*", "a/b", false}, {"*.py", "a.py", true}, {"*.py", ".py", true}, {"*.py", "a/b.py", false},
             {"a?", "ab", true}, {"a?", "a/", false}, {"a?", "a", false}, {"**", "a/b/c", true}, {"**/c", "c", true}, {"**/c", "a/b/c", true}, {"**/c", "ac", false}, {"a/**", "a/b/c", true},
             {"a/**", "a", false}, {"a/**/c", "a/c", true}, {"a/**/c", "a/x/y/c", true}, {"[ab]c", "ac", true}, {"[ab]c", "cc", false}, {"[a-c]", "b", true}, {"[a-c]", "d", false}, {"*/*/x", "a/b/x", true},
             {"a*b*c", "axxbxxc", true}, {"a*b*c", "axxb", false}, {"", "", true}, {"", "a", false}}) {
        INFO(pattern << " on " << path);
        CHECK(matches_pattern(pattern, path) == matches);
    }
}

TEST_CASE("many stars take no time") {
    std::string pattern;
    for (int i = 0; i < 60; ++i) pattern += i % 3 == 0 ? "**/" : "*a";
    pattern += "b";
    CHECK_FALSE(matches_pattern(pattern, std::string(300, 'a')));
}

TEST_CASE("a file of patterns") {
    const IgnorePatterns patterns("# comment\n\n  build/ \n/dist\n*.log\n!keep.log\nsub/**/tmp\n!sub/a/tmp/x\n");
    for (const char* path : {"build", "build/a/b", "dist/x", "a.log", "sub/tmp", "sub/b/tmp"}) {
        INFO(path);
        CHECK(patterns.excludes(path));
    }
    for (const char* path : {"keep.log", "a", "sub", "x/a.log", "x/build", "comment", "# comment"}) {
        INFO(path);
        CHECK_FALSE(patterns.excludes(path));
    }
    CHECK_FALSE(IgnorePatterns().excludes("a"));
    CHECK(IgnorePatterns("*").excludes("a"));
    CHECK(IgnorePatterns("*\n!a").excludes("b/a"));
    CHECK_FALSE(IgnorePatterns("*\n!a").excludes("a/b"));
    CHECK(IgnorePatterns("./a/../b").excludes("a") == false);
}

TEST_CASE("a folder is left out as a whole when nothing in it comes back") {
    CHECK(IgnorePatterns("node_modules").excludes_all_below("node_modules"));
    CHECK_FALSE(IgnorePatterns("node_modules\n!node_modules/x").excludes_all_below("node_modules"));
    CHECK_FALSE(IgnorePatterns("node_modules\n!**/x").excludes_all_below("node_modules"));
    CHECK(IgnorePatterns("node_modules\n!src").excludes_all_below("node_modules"));
    CHECK_FALSE(IgnorePatterns("x").excludes_all_below("node_modules"));
    CHECK(IgnorePatterns("**/node_modules").excludes_all_below("a/b/node_modules"));
}

TEST_CASE("patterns that versions of Buildah read in different ways leave nothing out") {
    for (const char* pattern : {"a+b", "(a)", "a{1}", "a|b", "^a", "a\\b", "[!a]b", "[^a]b", "a]", "[]", "[a", "a**", "***", "\xC3\xA4", "a\r"}) {
        INFO(pattern);
        for (const char* path : {"a", "b", "ab", "aab", "a+b", "bb", "xb", "\xC3\xA4"}) CHECK_FALSE(IgnorePatterns(pattern).excludes(path));
        CHECK_FALSE(IgnorePatterns("*\n!" + std::string(pattern)).excludes("anything"));
        CHECK_FALSE(IgnorePatterns("*\n!" + std::string(pattern)).excludes_all_below("anything"));
    }
}

TEST_CASE("which file of patterns counts") {
    fake::Files files;
    files.contents["app/Containerfile"] = "";
    CHECK(find_ignore_file("app", "app/Containerfile", files).empty());
    files.contents["app/.dockerignore"] = "";
    CHECK(find_ignore_file("app", "app/Containerfile", files) == "app/.dockerignore");
    files.contents["app/.containerignore"] = "";
    CHECK(find_ignore_file("app", "app/Containerfile", files) == "app/.containerignore");
    files.contents["x/Other.dockerignore"] = "";
    CHECK(find_ignore_file("app", "x/Other", files) == "x/Other.dockerignore");
    files.contents["x/Other.containerignore"] = "";
    CHECK(find_ignore_file("app", "x/Other", files) == "x/Other.containerignore");
}
