#include "catch.hpp"

#include "update-gitops-values/history/record.hpp"
#include "update-gitops-values/promotion/held_since.hpp"
#include "update-gitops-values/promotion/place.hpp"
#include "update-gitops-values/promotion/version_origin.hpp"

#include <chrono>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

std::string hash(int number) { return std::string(39, 'a') + static_cast<char>('0' + number); }
Timestamp at(std::int64_t seconds) { return Timestamp(std::chrono::seconds(seconds)); }

/// One that sets the tag of a file, or somebody's without trailers.
git::CommitInfo commit(int number, std::vector<int> parents, const std::string& tag = "", const std::string& file = "staging.yaml", std::vector<std::string> undone = {}) {
    git::CommitInfo info{.hash = hash(number), .parents = {}, .author = "A", .seconds = 1000 * number, .message = "title"};
    for (const int parent : parents) info.parents.push_back(hash(parent));
    if (tag.empty()) return info;
    Record record;
    record.values = {{.file = file, .document = {}, .path = "image.tag", .old_json = "\"x\"", .new_json = '"' + tag + '"'}};
    record.origin = {"app", "c" + tag, "2026-11-24T12:00:0" + std::to_string(number) + "Z", std::to_string(number), ""};
    record.undone = std::move(undone);
    info.message += "\n\n" + write_trailers(record);
    return info;
}

std::vector<std::string> hashes(const Line& line) {
    std::vector<std::string> found;
    for (const auto& one : line.looked_at) found.push_back(one.hash);
    return found;
}

const Copied v2{.paths = {"image.tag"}, .document = {}, .versions = {"v2"}, .json = {}, .is_new = true};

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

TEST_CASE("a version is of the pipeline that brought it, rollbacks left out", "[promotion]") {
    const std::vector<git::CommitInfo> commits = {commit(4, {3}, "v2", "staging.yaml", {hash(3)}), commit(3, {2}, "v3"), commit(2, {1}, "v2"), commit(1, {}, "v20")};
    const auto origin = origin_of(commits, "staging.yaml", "", v2);
    REQUIRE(origin);
    CHECK(origin->pipeline_id == "2");
    CHECK_FALSE(origin_of(commits, "other.yaml", "", v2));
    CHECK_FALSE(origin_of({commit(1, {}, "v20")}, "staging.yaml", "", v2));
    CHECK(origin_of({commit(1, {}, "registry/app:v2")}, "staging.yaml", "", v2));
}

TEST_CASE("what is put together is as old as its oldest part", "[promotion]") {
    const Origin older{"app", "a", "2026-11-24T13:00:00+02:00", "1", ""};
    const Origin newer{"app", "b", "2026-11-24T12:00:00Z", "2", ""};
    const Origin without{"app", "c", "", "3", ""};
    CHECK(oldest({newer, older, without}) == older);
    CHECK(oldest({without}) == without);
    CHECK(oldest({}) == Origin{});
}

TEST_CASE("an environment is a file, or a file of a branch", "[promotion]") {
    CHECK(to_string(parse_environment_place("a/b.yaml")) == "a/b.yaml");
    const auto place = parse_environment_place("staging:a/b.yaml");
    CHECK(place.branch == "staging");
    CHECK(place.file == "a/b.yaml");
    CHECK(to_string(place) == "staging:a/b.yaml");
}
