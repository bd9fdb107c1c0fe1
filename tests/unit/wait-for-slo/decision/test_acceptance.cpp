#include "catch.hpp"

#include "wait-for-slo/decision/acceptance.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace slipway::wait_for_slo;

TEST_CASE("evidence that an error rate is below another") {
    // The definition with few events, where nothing is lost in binary.
    const auto plain = [](double rate, int bad, int total) {
        double best = 0;
        for (const double q : {0.0, 0.01, 0.03, 0.1, 0.2, 0.5}) best = std::max(best, std::pow(q, bad) * std::pow((1 - q * rate) / (1 - rate), total - bad));
        return best / 6;
    };
    for (const double rate : {0.01, 0.1, 0.55, 0.75}) {
        for (const int bad : {0, 1, 2, 5}) {
            for (const int total : {5, 20, 100}) {
                INFO("rate " << rate << ", " << bad << " of " << total);
                CHECK(std::exp(log_evidence_below(rate, bad, total, 1)) == Approx(plain(rate, bad, total)));
            }
        }
    }
    CHECK(log_evidence_below(0.01, 0, 0, 1) == Approx(-std::log(6)));
}

TEST_CASE("a rate is not ruled out while it is true more often than promised") {
    // All that can come of so many events, with its probability.
    for (const double rate : {0.01, 0.1, 0.55}) {
        for (const int total : {50, 200, 1000}) {
            INFO("rate " << rate << ", " << total << " events");
            double wrong = 0;
            for (int bad = 0; bad <= total; ++bad) {
                if (log_evidence_below(rate, bad, total, 1) < std::log(100)) continue;
                wrong += std::exp(std::lgamma(total + 1) - std::lgamma(bad + 1) - std::lgamma(total - bad + 1) + bad * std::log(rate) +
                                  (total - bad) * std::log1p(-rate));
            }
            CHECK(wrong <= 0.01);
        }
    }
}

TEST_CASE("clumped events say less") {
    CHECK(log_evidence_below(0.01, 2, 2000, 1) > std::log(100));
    CHECK(log_evidence_below(0.01, 20, 20000, 10) == Approx(log_evidence_below(0.01, 2, 2000, 1)));
    CHECK(log_evidence_below(0.01, 2, 2000, 10) < std::log(100));
}

TEST_CASE("evidence of extreme counts is a number") {
    CHECK(log_evidence_below(0.01, 1e15, 1e15, 1) < -1e14);
    CHECK(log_evidence_below(0.01, 0, 1e15, 1) > 1e12);
    CHECK(log_evidence_below(1e-5, 1e3, 1e15, 1) > 0);
    CHECK(log_evidence_below(0.01, 5, 5, 1) < 0);
}

TEST_CASE("the fewest more") {
    const auto from = [](double limit) { return fewest_more([&](double more) { return more >= limit; }); };
    CHECK(from(0) == 0);
    CHECK(from(1) == 1);
    CHECK(from(2) == 2);
    CHECK(from(3) == 3);
    CHECK(from(866) == 866);
    CHECK(from(1024) == 1024);
    CHECK(from(1e12) == 1e12);
    CHECK(fewest_more([](double) { return false; }) >= 1e15); // comes to an end
}
