#include "catch.hpp"

#include "fakes.hpp"
#include "update-gitops-values/waiting/revisions.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

const std::string ours(40, 'a');
const std::string newer(40, 'b');
const std::string older(40, 'c');

} // namespace

TEST_CASE("revisions: the Git server is asked once for what has the commit, and seldom for what has not") {
    fake::Clock clock;
    std::vector<std::string> asked;
    const Delivery delivery{.branch = "main", .commit = ours, .versions = {}, .rollback = {}, .is_in = [&](const std::string& revision) {
                                asked.push_back(revision);
                                return revision == newer;
                            }};
    Revisions revisions(delivery, clock);
    CHECK(revisions.has(ours));
    CHECK(asked.empty());
    for (int i = 0; i < 3; ++i) {
        CHECK(revisions.has(newer));
        CHECK(!revisions.has(older));
        clock.sleep_for(Duration{2'000});
    }
    CHECK(asked == std::vector<std::string>{newer, older});
    clock.sleep_for(Duration{20'000});
    CHECK(!revisions.has(older)); // a mirror may have got it meanwhile
    CHECK(revisions.has(newer));
    CHECK(asked.size() == 3);
    CHECK(revisions.any({"1.2.3", older, newer}));
    CHECK(!revisions.any({}));
}

TEST_CASE("revisions: what is no hash is not asked for") {
    fake::Clock clock;
    const Delivery delivery{.branch = "main", .commit = ours, .versions = {}, .rollback = {}, .is_in = [](const std::string&) -> bool { throw world_failure("asked"); }};
    Revisions revisions(delivery, clock);
    for (const auto* text : {"", "main", "1.2.3", "--upload-pack=x", "aaaaaaa"}) CHECK(!revisions.has(text));
    CHECK_THROWS_AS(revisions.has(older), Error);
    CHECK_THROWS_AS(revisions.has(older), Error); // no answer is not kept
}

TEST_CASE("revisions: as Flux writes them") {
    for (const auto& text : {"main@sha1:" + ours, "main/" + ours, "team/main/" + ours, "sha1:" + ours, "refs/heads/main@sha1:" + ours, ours}) {
        CHECK(commit_of_flux(text) == ours);
    }
    for (const auto* text : {"", "main", "main@sha1:", "latest@sha256:abc", "6.5.0", "main@sha1:aaaa"}) CHECK(commit_of_flux(text).empty());
    CHECK(short_flux_revision("main@sha1:" + ours) == "main@aaaaaaaa");
    CHECK(short_flux_revision("team/main@sha1:" + ours) == "team/main@aaaaaaaa");
    CHECK(short_flux_revision("main/" + ours) == "main@aaaaaaaa");
    CHECK(short_flux_revision("sha1:" + ours) == "aaaaaaaa");
    CHECK(short_flux_revision(ours) == "aaaaaaaa");
    CHECK(short_flux_revision("6.5.0\n") == "6.5.0");
}
