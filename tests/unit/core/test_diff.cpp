#include "catch.hpp"

#include "core/diff.hpp"

#include <string>

using namespace slipway;

TEST_CASE("equal texts have no difference") {
    CHECK(unified_diff("", "", "f").empty());
    CHECK(unified_diff("a\nb\n", "a\nb\n", "f").empty());
}

TEST_CASE("one changed line stands between three lines of context") {
    CHECK(unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", "dir/f") ==
          "--- a/dir/f\n+++ b/dir/f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST_CASE("near changes share a hunk, far ones do not") {
    const std::string before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n";
    auto after = before;
    after.replace(0, 1, "one");
    after.replace(after.find("8\n"), 1, "eight");
    CHECK(unified_diff(before, after, "f") ==
          "--- a/f\n+++ b/f\n@@ -1,11 +1,11 @@\n-1\n+one\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+eight\n 9\n 10\n 11\n");
    after = before;
    after.replace(0, 1, "one");
    after.replace(after.find("20"), 2, "twenty");
    CHECK(
        unified_diff(before, after, "f") ==
        "--- a/f\n+++ b/f\n@@ -1,4 +1,4 @@\n-1\n+one\n 2\n 3\n 4\n@@ -17,4 +17,4 @@\n 17\n 18\n 19\n-20\n+twenty\n");
}

TEST_CASE("insertions, deletions and a missing final line break") {
    CHECK(unified_diff("", "a\n", "f") == "--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+a\n");
    CHECK(unified_diff("a\n", "", "f") == "--- a/f\n+++ b/f\n@@ -1 +0,0 @@\n-a\n");
    CHECK(unified_diff("a\nb\n", "a\nx\nb\n", "f") == "--- a/f\n+++ b/f\n@@ -1,2 +1,3 @@\n a\n+x\n b\n");
    CHECK(unified_diff("a", "b", "f") ==
          "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n");
    CHECK(unified_diff("a\n", "a", "f") == "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n");
}

TEST_CASE("texts that have nothing in common are replaced as a whole") {
    std::string before;
    std::string after;
    for (int i = 0; i < 2000; ++i) {
        before += "a" + std::to_string(i) + '\n';
        after += "b" + std::to_string(i) + '\n';
    }
    const auto diff = unified_diff(before, after, "f");
    CHECK(diff.find("@@ -1,2000 +1,2000 @@\n-a0\n") != std::string::npos);
    CHECK(diff.size() > before.size() + after.size());
}

TEST_CASE("new, deleted and binary files say what they are") {
    CHECK(file_diff(std::nullopt, "a\n", "f") == "--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+a\n");
    CHECK(file_diff("a\n", std::nullopt, "f") == "--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
    CHECK(file_diff("a\n", "b\n", "f") == unified_diff("a\n", "b\n", "f"));
    CHECK(file_diff("a\n", "a\n", "f").empty());
    CHECK(file_diff(std::string("\0", 1), "b", "f") == "Binary files a/f and b/f differ\n");
    CHECK(file_diff(std::nullopt, std::string("\0", 1), "f") == "Binary files /dev/null and b/f differ\n");
}
