#include "catch.hpp"

#include "commits.hpp"
#include "update-gitops-values/promotion/held_since.hpp"

#include <chrono>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

Timestamp at(std::int64_t seconds) { return Timestamp(std::chrono::seconds(seconds)); }

std::vector<std::string> hashes(const Line& line) {
    std::vector<std::string> found;
    for (const auto& one : line.looked_at) found.push_back(one.hash);
    return found;
}

} // namespace

TEST_CASE("the commits that tell since when a file is as it is", "[promotion]") {
    const std::vector<git::CommitInfo> commits = {commit(5, {4}), commit(4, {3}, "v2"), commit(3, {2}, "v9", "other.yaml"), commit(2, {1}, "v1"), commit(1, {})};
    const auto line = commits_to_look_at(commits, hash(5), "staging.yaml", at(2500));
    CHECK(hashes(line) == std::vector{hash(4), hash(2)});
    CHECK(line.reaches);
    const auto whole = commits_to_look_at(commits, hash(5), "staging.yaml", at(500));
    CHECK_FALSE(whole.reaches);
    CHECK(whole.is_whole);
    CHECK(whole.begins == at(1000));
    // The server gave no more.
    const std::vector<git::CommitInfo> cut(commits.begin(), commits.begin() + 2);
    const auto part = commits_to_look_at(cut, hash(5), "staging.yaml", at(500));
    CHECK_FALSE((part.reaches || part.is_whole));
    CHECK(part.begins == at(4000));
    CHECK_FALSE(commits_to_look_at({}, hash(5), "staging.yaml", at(0)).begins);
}

TEST_CASE("what came by a merge came when it was merged", "[promotion]") {
    const std::vector<git::CommitInfo> commits = {commit(4, {3, 2}), commit(3, {1}), commit(2, {1}, "v2"), commit(1, {})};
    CHECK(hashes(commits_to_look_at(commits, hash(4), "staging.yaml", at(1000))) == std::vector{hash(4), hash(1)});
}
