#include "catch.hpp"

#include "wait-for-slo/decision/error_tally.hpp"

#include <cmath>
#include <vector>

using namespace slipway::wait_for_slo;

TEST_CASE("dispersion is 1 for errors that come one by one, and their clumps' size otherwise") {
    ErrorTally none;
    CHECK(none.dispersion() == 1);
    CHECK(none.error_rate() == 0);
    ErrorTally one;
    one.observe(3, 100);
    CHECK(one.dispersion() == 1); // one observation has no spread
    ErrorTally even;
    for (int i = 0; i < 10; ++i) even.observe(1, 100);
    CHECK(even.dispersion() == 1);
    ErrorTally clumped;
    for (int i = 0; i < 10; ++i) clumped.observe(i == 3 ? 10 : 0, 100);
    // Chi-square: (9^2 + 9 * 1) / (1 * 0.99) over nine degrees of freedom.
    CHECK(clumped.dispersion() == Approx(90 / 0.99 / 9));
    CHECK(clumped.bad() == 10);
    CHECK(clumped.total() == 1000);
    CHECK(clumped.error_rate() == Approx(0.01));
    ErrorTally all_bad;
    for (int i = 0; i < 10; ++i) all_bad.observe(5, 5);
    CHECK(all_bad.dispersion() == 1);
    ErrorTally uneven;
    uneven.observe(0, 10);
    uneven.observe(6, 30);
    // 15 % of all: (0 - 1.5)^2 / (1.5 * 0.85) + (6 - 4.5)^2 / (4.5 * 0.85), one degree of freedom.
    CHECK(uneven.dispersion() == Approx(2.25 / 1.275 + 2.25 / 3.825));
}

TEST_CASE("a few clumps show too little of the large ones") {
    CHECK(ErrorTally().cautious_dispersion() == 1);
    ErrorTally single;
    for (int i = 0; i < 10; ++i) single.observe(i % 2, 100);
    CHECK(single.cautious_dispersion() == 1);
    ErrorTally one_clump;
    for (int i = 0; i < 1000; ++i) one_clump.observe(i == 3 ? 10 : 0, 100);
    CHECK(one_clump.dispersion() == Approx(10).epsilon(0.001));
    CHECK(one_clump.cautious_dispersion() == Approx(1 + 9 * 3).epsilon(0.01));
    ErrorTally many_clumps;
    for (int i = 0; i < 10000; ++i) many_clumps.observe(i % 100 == 0 ? 10 : 0, 100);
    CHECK(many_clumps.dispersion() == Approx(10).epsilon(0.02));
    CHECK(many_clumps.cautious_dispersion() == Approx(1 + 9 * 1.02).epsilon(0.02));
}

TEST_CASE("observations without events are none") {
    ErrorTally tally;
    tally.observe(2, 100);
    for (int i = 0; i < 50; ++i) tally.observe(0, 0);
    tally.observe(8, 100);
    // (3^2 + 3^2) / (5 * 0.95), one degree of freedom.
    CHECK(tally.dispersion() == Approx(18 / 4.75));
}

TEST_CASE("dispersion of very many events") {
    ErrorTally tally;
    for (int i = 0; i < 1000; ++i) tally.observe(i % 2 == 0 ? 1e6 : 1.1e6, 1e9);
    // (50,000^2) / (1,050,000 * 0.99895) on average.
    CHECK(tally.dispersion() == Approx(2383.5).epsilon(0.01));
}

TEST_CASE("confidence interval of an error rate") {
    struct Case {
        double bad;
        double total;
        double dispersion;
        double low;
        double high;
    };
    // The formula in decimal arithmetic with 30 digits.
    const std::vector<Case> cases = {
        {0, 0, 1, 0, 1},
        {0, 10, 1, 0, 0.2775328},
        {10, 10, 1, 0.7224672, 1},
        {5, 100, 1, 0.0215436792, 0.1117505},
        {50, 100, 1, 0.4038315, 0.5961685},
        {50, 1000, 10, 0.0215436792, 0.1117505},
        {0, 1e12, 1, 0, 3.8414588e-12},
    };
    for (const auto& one : cases) {
        INFO(one.bad << " of " << one.total);
        const auto interval = confidence_interval(one.bad, one.total, one.dispersion);
        CHECK(interval.low == Approx(one.low).epsilon(1e-5));
        CHECK(interval.high == Approx(one.high).epsilon(1e-5));
    }
    CHECK(confidence_interval(0, 10).low == 0);
    CHECK(confidence_interval(10, 10).high == 1);
}
