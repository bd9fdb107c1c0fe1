#include "catch.hpp"

#include "update-gitops-values/promotion/place.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

TEST_CASE("an environment is a file, or a file of a branch", "[promotion]") {
    CHECK(to_string(parse_environment_place("a/b.yaml")) == "a/b.yaml");
    const auto place = parse_environment_place("staging:a/b.yaml");
    CHECK(place.branch == "staging");
    CHECK(place.file == "a/b.yaml");
    CHECK(to_string(place) == "staging:a/b.yaml");
}
