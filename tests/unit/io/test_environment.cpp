#include "catch.hpp"

#include "io/environment.hpp"

#include <cstdlib>

using namespace slipway::io;

TEST_CASE("a variable that is set to nothing counts as not set") {
    const ProcessEnvironment environment;
    ::setenv("SLIPWAY_UNIT_TEST", "a=b", 1);
    CHECK(environment.get("SLIPWAY_UNIT_TEST") == "a=b");
    CHECK(environment.all().at("SLIPWAY_UNIT_TEST") == "a=b");
    ::setenv("SLIPWAY_UNIT_TEST", "", 1);
    CHECK_FALSE(environment.get("SLIPWAY_UNIT_TEST"));
    CHECK(environment.all().at("SLIPWAY_UNIT_TEST") == "");
    ::unsetenv("SLIPWAY_UNIT_TEST");
    CHECK_FALSE(environment.get("SLIPWAY_UNIT_TEST"));
    CHECK(environment.all().count("SLIPWAY_UNIT_TEST") == 0);
}
