#include "catch.hpp"

#include "commits.hpp"
#include "update-gitops-values/promotion/version_origin.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

const Copied v2{.paths = {"image.tag"}, .document = {}, .versions = {"v2"}, .json = {}, .is_new = true};

} // namespace

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
