#include "catch.hpp"

#include "wait-for-slo/decision/bets.hpp"

#include <array>
#include <cmath>
#include <vector>

using namespace slipway::wait_for_slo;

namespace {

/// The mixture as the definition says, one bet after the other.
class Plain {
public:
    explicit Plain(std::size_t odds) : worth_(40, std::vector<double>(odds, 1.0)) {}
    void observe(const std::vector<double>& growth, double elapsed) {
        for (std::size_t start = 0; start < worth_.size(); ++start) {
            if (static_cast<double>(start) / 40 > elapsed_) continue;
            for (std::size_t i = 0; i < growth.size(); ++i) worth_[start][i] *= std::min(10.0, std::exp(growth[i]));
        }
        elapsed_ = elapsed;
    }
    double evidence() const {
        double sum = 0;
        for (std::size_t start = 0; start < worth_.size(); ++start) {
            double mean = 0;
            for (const double one : worth_[start]) mean += one / static_cast<double>(worth_[start].size());
            sum += mean * (start == 0 ? 0.5 : 0.5 / 39);
        }
        return sum;
    }

private:
    double elapsed_ = 0;
    std::vector<std::vector<double>> worth_;
};

} // namespace

TEST_CASE("the evidence is that of forty beginnings, bet by bet") {
    Bets bets(3);
    Plain plain(3);
    CHECK(bets.log_evidence() == 0);
    for (int i = 1; i <= 120; ++i) {
        // Ups and downs, some of them cut.
        const std::vector<double> growth = {std::sin(i * 0.7), 4 * std::sin(i * 1.3) - 0.5, i % 17 == 0 ? 30.0 : -0.3};
        bets.observe(growth, {1, 2}, i / 120.0);
        plain.observe(growth, i / 120.0);
        REQUIRE(bets.log_evidence() == Approx(std::log(plain.evidence())).margin(1e-9));
    }
}

TEST_CASE("no observation multiplies a bet by more than ten, and each is cut before they are added up") {
    Bets bets(2);
    bets.observe(std::array<double, 2>{1e9, -1e9}, {1, 1}, 0.01);
    // Half of the stake began; of it, one half became ten times as much and the other nothing.
    CHECK(std::exp(bets.log_evidence()) == Approx(0.5 + 0.5 * (10 + 0) / 2));
}

TEST_CASE("two observations at the beginning are not enough for an alpha of 0.01, whatever they bring") {
    Bets bets(1);
    for (int i = 1; i <= 2; ++i) bets.observe(std::array<double, 1>{1e12}, {1e12, 1e12}, i * 0.001);
    CHECK(bets.log_evidence() < std::log(100));
    bets.observe(std::array<double, 1>{1e12}, {1e12, 1e12}, 0.003);
    CHECK(bets.log_evidence() > std::log(100));
}

TEST_CASE("what the strongest bet was on") {
    Bets bets(2);
    for (int i = 1; i <= 80; ++i) bets.observe(std::array<double, 2>{-1, -2}, {0, 10}, i / 160.0);
    for (int i = 81; i <= 100; ++i) bets.observe(std::array<double, 2>{1, -1}, {5, 10}, i / 160.0);
    CHECK(bets.strongest().bad == 100);
    CHECK(bets.strongest().total == 200);
    CHECK(Bets(1).strongest().total == 0);
}

TEST_CASE("bets stay numbers, whatever comes") {
    SECTION("long good watches do not keep later bets from gaining") {
        Bets bets(1);
        for (int i = 1; i <= 1000; ++i) bets.observe(std::array<double, 1>{-1e9}, {0, 1e12}, i / 2000.0);
        CHECK(std::exp(bets.log_evidence()) == Approx(0.5 * 20 / 39).epsilon(0.1));
        for (int i = 1001; i <= 1005; ++i) bets.observe(std::array<double, 1>{1e9}, {1e12, 1e12}, i / 2000.0);
        CHECK(bets.log_evidence() > std::log(100));
    }
    SECTION("thousands of bad observations") {
        Bets bets(1);
        for (int i = 1; i <= 5000; ++i) bets.observe(std::array<double, 1>{1e300}, {1, 1}, i / 5000.0);
        CHECK(bets.log_evidence() == Approx(std::log(0.5) + 5000 * std::log(10)));
    }
    SECTION("a clock that goes back, or beyond the end, or nowhere") {
        Bets bets(1);
        for (const double elapsed : {0.5, 0.2, -1.0, 7.0, std::nan("")}) bets.observe(std::array<double, 1>{0}, {0, 1}, elapsed);
        CHECK(bets.log_evidence() == Approx(0).margin(1e-12));
    }
}
