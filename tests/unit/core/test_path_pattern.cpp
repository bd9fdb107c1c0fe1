#include "catch.hpp"

#include "core/path_pattern.hpp"

#include <string>
#include <vector>

using namespace slipway;

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
             {"a*b*c", "axxbxxc", true}, {"a*b*c", "axxb", false}, {"", "", true}, {"", "a", false}, {"a[b", "a[b", true}, {"a[b", "ab", false}, {"a**", "ab", true}, {"a**b", "a/b", false}}) {
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
