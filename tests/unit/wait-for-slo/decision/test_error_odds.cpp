#include "catch.hpp"

#include "wait-for-slo/decision/error_odds.hpp"

#include <cmath>
#include <vector>

using namespace slipway::wait_for_slo;

namespace {

std::vector<double> multipliers(double allowed) {
    const ErrorOdds odds(allowed);
    const auto growth = odds.growth(1, 1);
    std::vector<double> result;
    for (std::size_t i = 0; i < odds.size(); ++i) result.push_back(std::round(std::exp(growth[i]) * 1e6) / 1e6);
    return result;
}

} // namespace

TEST_CASE("multipliers whose error rate is possible") {
    CHECK(multipliers(1e-6) == std::vector<double>{2, 5, 10, 20, 50, 100, 200, 500});
    CHECK(multipliers(0.001) == std::vector<double>{2, 5, 10, 20, 50, 100, 200, 500});
    CHECK(multipliers(0.002) == std::vector<double>{2, 5, 10, 20, 50, 100, 200});
    CHECK(multipliers(0.05) == std::vector<double>{2, 5, 10});
    CHECK(multipliers(0.1) == std::vector<double>{2, 5});
    CHECK(multipliers(0.4) == std::vector<double>{2});
    CHECK(multipliers(0.5) == std::vector<double>{1.5});
    CHECK(multipliers(0.8) == std::vector<double>{1.125});
}

TEST_CASE("each bet is fair at the allowed error rate, gains above it and loses below") {
    for (const double allowed : {1e-6, 0.001, 0.05, 0.1, 0.5, 0.9}) {
        const ErrorOdds odds(allowed);
        const auto bad = odds.growth(1, 1);
        const auto good = odds.growth(0, 1);
        for (std::size_t i = 0; i < odds.size(); ++i) {
            INFO("allowed " << allowed << ", multiplier " << std::exp(bad[i]));
            const auto expected = [&](double rate) { return rate * std::exp(bad[i]) + (1 - rate) * std::exp(good[i]); };
            CHECK(expected(allowed) == Approx(1).epsilon(1e-12));
            CHECK(expected(allowed * 0.9) < 1);
            CHECK(expected(allowed * 1.05) > 1);
        }
    }
}

TEST_CASE("growth of very many events is a number") {
    const ErrorOdds odds(1e-6);
    const auto growth = odds.growth(1, 1e15);
    for (std::size_t i = 0; i < odds.size(); ++i) CHECK(std::isfinite(growth[i]));
    // One event more or less at e0 = 1e-6 costs a bet on m about (m - 1) e0.
    CHECK(odds.growth(0, 1e6)[0] == Approx(-1).epsilon(1e-5));
}
