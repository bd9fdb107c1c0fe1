#include "catch.hpp"

#include "wait-for-slo/decision/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace slipway::wait_for_slo;

TEST_CASE("bets that a canary is worse, by the definition") {
    const TickCounts tick{.bad = 3, .total = 100, .baseline_bad = 2, .baseline_total = 300};
    const auto growth = Comparison::growth(tick);
    for (std::size_t i = 0; i < growth.size(); ++i) {
        const double rho = Comparison::odds[i];
        const double share = 0.25;
        const double canary = rho / (1 + share * (rho - 1));
        const double baseline = 1 / (1 + share * (rho - 1));
        CHECK(std::exp(growth[i]) == Approx(std::pow(canary, 3) * std::pow(baseline, 2)));
    }
}

TEST_CASE("an error is a fair bet when both fail alike") {
    for (const double share : {0.001, 0.05, 0.5, 0.99}) {
        const auto canary = Comparison::growth({.bad = 1, .total = share * 1000, .baseline_bad = 0, .baseline_total = (1 - share) * 1000});
        const auto baseline = Comparison::growth({.bad = 0, .total = share * 1000, .baseline_bad = 1, .baseline_total = (1 - share) * 1000});
        for (std::size_t i = 0; i < canary.size(); ++i) {
            CHECK(share * std::exp(canary[i]) + (1 - share) * std::exp(baseline[i]) == Approx(1).epsilon(1e-12));
        }
    }
}

TEST_CASE("only an observation that has both says something") {
    for (const auto& tick : std::vector<TickCounts>{{10, 100, 0, 0}, {0, 0, 10, 100}, {0, 0, 0, 0}, {0, 100, 0, 100}}) {
        for (const double one : Comparison::growth(tick)) CHECK(one == 0);
        Comparison comparison(10);
        comparison.observe(tick);
        CHECK(comparison.log_evidence_below_ratio(1) == Approx(-std::log(6)));
    }
}

TEST_CASE("ruling out that the canary is ten times worse") {
    SECTION("by the definition") {
        Comparison comparison(10);
        comparison.observe({1, 20, 9, 80});
        double best = 0;
        for (const double q : {0.01, 0.03, 0.1, 0.2, 0.5}) best = std::max(best, q * std::pow((1 + 0.2 * 9) / (1 + 0.2 * (10 * q - 1)), 10));
        CHECK(comparison.log_evidence_below_ratio(1) == Approx(std::log(best / 6)));
    }
    SECTION("errors of the baseline alone leave the bet on none of the canary") {
        Comparison comparison(10);
        comparison.observe({0, 20, 5, 80});
        CHECK(comparison.log_evidence_below_ratio(1) == Approx(std::log(std::pow(2.8 / 0.8, 5) / 6)));
    }
    SECTION("errors alike") {
        Comparison comparison(10);
        for (int i = 0; i < 20; ++i) comparison.observe({1, 100, 1, 100});
        CHECK(comparison.log_evidence_below_ratio(1) > std::log(100));
        CHECK(comparison.log_evidence_below_ratio(10) < std::log(100));
    }
    SECTION("errors of the canary alone") {
        Comparison comparison(10);
        for (int i = 0; i < 20; ++i) comparison.observe({1, 100, 0, 100});
        CHECK(comparison.log_evidence_below_ratio(1) < 0);
    }
    SECTION("extreme numbers") {
        Comparison comparison(10);
        comparison.observe({1e15, 1e15, 1e15, 1e15});
        comparison.observe({1, 1, 1e15, 1e15});
        comparison.observe({1e15, 1e15, 1, 1});
        comparison.observe({1e18, 1e18, 1, 1});
        CHECK(std::isfinite(comparison.log_evidence_below_ratio(1)));
        for (const double one : Comparison::growth({1e18, 1e18, 1, 1})) CHECK(std::isfinite(one));
    }
}
