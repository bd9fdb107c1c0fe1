#include "catch.hpp"

#include "wait-for-slo/decision/sprt.hpp"

#include <cmath>

using namespace slipway::wait_for_slo;

namespace {

const Policy policy{.objective = 0.999};

} // namespace

TEST_CASE("Wald's limits") {
    CHECK(Sprt(policy).log_needed() == Approx(std::log(99)));
    CHECK(Sprt({.objective = 0.999, .objectives = 10}).log_needed() == Approx(std::log(990)));
    CHECK_FALSE(Sprt({.objective = 0.999, .alpha = 0.5}).violated()); // both limits are 1, and nothing was seen
    CHECK_FALSE(Sprt({.objective = 0.999, .alpha = 0.5}).passes(0, 0, 1));
}

TEST_CASE("the likelihood ratio of two error rates") {
    Sprt sprt(policy);
    sprt.observe(0, 100);
    CHECK(sprt.log_ratio() == Approx(100 * std::log(0.99 / 0.999)));
    sprt.observe(1, 100);
    CHECK(sprt.log_ratio() == Approx(199 * std::log(0.99 / 0.999) + std::log(10)));
}

TEST_CASE("one observation of errors does not violate, whatever it brings") {
    Sprt sprt(policy);
    sprt.observe(1e6, 1e6);
    CHECK(sprt.log_ratio() == Approx(std::log(10)));
    CHECK_FALSE(sprt.violated());
    sprt.observe(1e6, 1e6);
    CHECK(sprt.violated());
}

TEST_CASE("what passes Wald's test") {
    const Sprt sprt(policy);
    // log(1 / 99) / log(0.99 / 0.999) is 507.8.
    CHECK_FALSE(sprt.passes(0, 507, 1));
    CHECK(sprt.passes(0, 508, 1));
    CHECK_FALSE(sprt.passes(1, 508, 1));
    CHECK(sprt.passes(1, 800, 1));
    CHECK_FALSE(sprt.passes(1, 800, 10));
    CHECK_FALSE(sprt.passes(1e9, 1e9, 1));
}
