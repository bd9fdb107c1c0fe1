#include "catch.hpp"

#include "git/commit_stream.hpp"
#include "git/history.hpp"

#include <string>

using namespace slipway::git;

TEST_CASE("logs are read as they are, and what is cut is left out") {
    const std::string zero(1, '\0');
    const auto commit = [&](const std::string& hash, const std::string& parents, const std::string& message) {
        return hash + zero + parents + zero + "A\nB \x1b" + zero + "1700000000" + zero + message + zero;
    };
    const auto commits = read_log(commit("c3", "c2 c1", "a\n\n\xFF\x01") + commit("c2", "", "") +
                                  commit("c1", "c0", "x").substr(0, 20));
    REQUIRE(commits.size() == 2);
    CHECK(commits[0].hash == "c3");
    CHECK(commits[0].parents == std::vector<std::string>{"c2", "c1"});
    CHECK(commits[0].author == "A\nB \x1b");
    CHECK(commits[0].seconds == 1700000000);
    CHECK(commits[0].message == "a\n\n\xFF\x01");
    CHECK(commits[1].parents.empty());
    CHECK(commits[1].message.empty());
    CHECK(read_log("").empty());
    CHECK(read_log(zero + zero + zero + zero).empty());
}

TEST_CASE("what fast-import reads") {
    CHECK(commit_stream("p", {{"a \"b\\c", "100755", "x"}, {"gone", "", ""}}, "m\n", {"A", "a@b"}, 7) ==
          "commit refs/slipway/new\nmark :1\ncommitter A <a@b> 7 +0000\ndata 2\nm\n\nfrom p\nD \"gone\"\nM 100755 "
          "inline \"a \\\"b\\\\c\"\ndata 1\nx\n"
          "get-mark :1\ndone\n");
    CHECK(commit_stream("p", {{"a\nM 100644 inline b\x1F\t\xC3\xBC", "", ""}}, "m\n", {"A", "a@b"}, 7).find(
              "\nD \"a\\012M 100644 inline b\\037\\011\xC3\xBC\"\n") != std::string::npos);
}

TEST_CASE("hashes of files are Git's") {
    CHECK(blob_hash("") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    CHECK(blob_hash("hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a");
}

TEST_CASE("a history is complete when it holds the parents of all that it holds") {
    const auto commit = [](const std::string& hash, std::vector<std::string> parents) {
        return CommitInfo{.hash = hash, .parents = std::move(parents), .author = "A", .seconds = 0, .message = "m"};
    };
    CHECK(is_complete({commit("c", {"b"}), commit("b", {"a"}), commit("a", {})}));
    CHECK_FALSE(is_complete({commit("c", {"b"}), commit("b", {"a"})}));
    CHECK_FALSE(is_complete({commit("m", {"b", "side"}), commit("b", {"a"}), commit("a", {})}));
    CHECK(is_complete({}));
}
