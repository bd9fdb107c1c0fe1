#include "catch.hpp"

#include "wait-for-slo/acceptance.hpp"

#include <cmath>

using namespace slipway::wait_for_slo;

TEST_CASE("the error rate that must be ruled out") {
    CHECK(detectable_error_rate(0.001) == Approx(0.01));
    CHECK(detectable_error_rate(0.05) == Approx(0.5));
    CHECK(detectable_error_rate(0.1) == Approx(0.55));
    CHECK(detectable_error_rate(0.5) == Approx(0.75));
}

TEST_CASE("fewest events that are judged") {
    CHECK(fewest_events((100 - 99.9) / 100, 0.01) == 1000);
    CHECK(fewest_events((100 - 99.0) / 100, 0.01) == 100);
    CHECK(fewest_events((100 - 95.0) / 100, 0.01) == 20);
    // One event in two may be bad: here it is the detectable rate that asks for more.
    CHECK(fewest_events(0.5, 0.01) == 4);
}

TEST_CASE("what rules out a rate") {
    // (1 - 0.01)^459 is the first power below 0.01.
    CHECK_FALSE(rules_out(0.01, 0, 458, 0.01, 1));
    CHECK(rules_out(0.01, 0, 459, 0.01, 1));
    // Probability of at most 4 of 1000 at 1 %: 0.0287; of at most 3: 0.0101; of at most 2: 0.0027.
    CHECK_FALSE(rules_out(0.01, 4, 1000, 0.01, 1));
    CHECK_FALSE(rules_out(0.01, 3, 1000, 0.01, 1));
    CHECK(rules_out(0.01, 2, 1000, 0.01, 1));
    CHECK_FALSE(rules_out(0.01, 0, 0, 0.01, 1));
    CHECK_FALSE(rules_out(0.01, 500, 1000, 0.01, 1));
    CHECK(rules_out(0.01, 1e6, 1e9, 0.01, 1));
}

TEST_CASE("clumped events say less") {
    CHECK(rules_out(0.01, 0, 1000, 0.01, 2));
    CHECK_FALSE(rules_out(0.01, 0, 1000, 0.01, 3));
}

TEST_CASE("dispersion") {
    Dispersion none;
    CHECK(none.value() == 1);
    Dispersion even;
    for (int i = 0; i < 10; ++i) even.observe(1, 100);
    CHECK(even.value() == 1);
    Dispersion clumped;
    for (int i = 0; i < 10; ++i) clumped.observe(i == 3 ? 10 : 0, 100);
    // Chi-square: (9^2 + 9 * 1) / (1 * 0.99) over nine degrees of freedom.
    CHECK(clumped.value() == Approx(90 / 0.99 / 9));
    Dispersion all_bad;
    for (int i = 0; i < 10; ++i) all_bad.observe(5, 5);
    CHECK(all_bad.value() == 1);
}

TEST_CASE("clean events that are missing") {
    const double allowed = 0.001;
    CHECK(clean_events_missing(allowed, 1000, 0, 1000, 0.01, 1) == 0);
    CHECK(clean_events_missing(allowed, 1000, 0, 999, 0.01, 1) == 1);
    CHECK(clean_events_missing(allowed, 1000, 0, 0, 0.01, 1) == 1000);
    CHECK(clean_events_missing(allowed, 1, 0, 400, 0.01, 1) == 59);
    CHECK(clean_events_missing(allowed, 1000, 3, 1000, 0.01, 1) == 2000);
}
