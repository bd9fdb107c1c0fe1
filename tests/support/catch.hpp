#pragma once

// Catch2 2 (Debian 12) and Catch2 3 (Debian 13) under one name. Tests use TEST_CASE, SECTION, CHECK, REQUIRE,
// CHECK_THROWS_AS, INFO and Approx, which both have.
#if SLIPWAY_CATCH2_MAJOR >= 3
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
