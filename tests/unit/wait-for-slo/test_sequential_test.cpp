#include "catch.hpp"

#include "sampling.hpp"
#include "wait-for-slo/sequential_test.hpp"

#include <cmath>
#include <optional>
#include <random>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

struct Traffic {
    double events = 18;    ///< in one look
    double error_rate = 0;
    double clump = 1;      ///< bad events come in groups of this size
    int healthy_first = 0; ///< looks without a bad event at the beginning
};

/// Number of the look that proved the violation; nothing when none of `looks` did.
std::optional<int> detected(const Traffic& traffic, double allowed, double alpha, int looks, std::mt19937& random) {
    SequentialTest test(allowed, alpha);
    for (int look = 1; look <= looks; ++look) {
        double bad = 0;
        if (look > traffic.healthy_first) {
            std::binomial_distribution<int> groups(static_cast<int>(traffic.events / traffic.clump), traffic.error_rate);
            bad = groups(random) * traffic.clump;
        }
        test.observe(bad, traffic.events, static_cast<double>(look) / looks);
        if (test.proven()) return look;
    }
    return std::nullopt;
}

double share_detected(const Traffic& traffic, double allowed, double alpha, int looks, int runs) {
    std::mt19937 random(static_cast<std::mt19937::result_type>(sampling::seed()));
    int count = 0;
    for (int run = 0; run < runs; ++run) count += detected(traffic, allowed, alpha, looks, random) ? 1 : 0;
    return static_cast<double>(count) / runs;
}

} // namespace

TEST_CASE("a release exactly at its limit is rarely called violated, however often one looks") {
    INFO("seed " << sampling::seed());
    for (const double alpha : {0.01, 0.05}) {
        for (const double allowed : {0.001, 0.01, 0.05, 0.2}) {
            for (const double events : {1.0, 20.0, 200.0}) {
                INFO("allowed " << allowed << ", " << events << " events a look, alpha " << alpha);
                const int runs = static_cast<int>(sampling::cases(1000, 5000));
                // Three standard deviations above what is promised: a wrong test exceeds it by far.
                const double limit = alpha + 3 * std::sqrt(alpha * (1 - alpha) / runs);
                CHECK(share_detected({.events = events, .error_rate = allowed}, allowed, alpha, 60, runs) <= limit);
            }
        }
    }
}

TEST_CASE("rare clumps of errors at the limit are no violation") {
    INFO("seed " << sampling::seed());
    CHECK(share_detected({.events = 200, .error_rate = 0.001, .clump = 10}, 0.001, 0.01, 60, 1000) <= 0.02);
}

TEST_CASE("four times the allowed errors are found before half of the watch is over") {
    INFO("seed " << sampling::seed());
    std::mt19937 random(static_cast<std::mt19937::result_type>(sampling::seed()));
    int early = 0;
    for (int run = 0; run < 300; ++run) {
        const auto look = detected({.events = 18, .error_rate = 0.2}, 0.05, 0.01, 45, random);
        early += look && *look <= 22 ? 1 : 0;
    }
    CHECK(early >= 297);
}

TEST_CASE("a release that goes wrong late is found as well") {
    INFO("seed " << sampling::seed());
    CHECK(share_detected({.events = 18, .error_rate = 0.3, .healthy_first = 30}, 0.05, 0.01, 45, 300) > 0.99);
}

TEST_CASE("all events bad needs three looks, and one outage is not enough") {
    SequentialTest test(0.001, 0.01);
    test.observe(1000, 1000, 0.1);
    CHECK_FALSE(test.proven());
    test.observe(1000, 1000, 0.2);
    CHECK_FALSE(test.proven());
    test.observe(1000, 1000, 0.3);
    CHECK(test.proven());
    CHECK(test.strongest().bad == 3000);
    CHECK(test.strongest().total == 3000);
}

TEST_CASE("looks without events change nothing") {
    SequentialTest test(0.01, 0.01);
    test.observe(3, 10, 0.1);
    const auto before = test.evidence();
    for (int i = 0; i < 100; ++i) test.observe(0, 0, 0.1);
    CHECK(test.evidence() == before);
}

TEST_CASE("objectives below 50 percent have a multiplier, too") {
    SequentialTest test(0.9, 0.01);
    CHECK(test.evidence() == Approx(1));
    for (int i = 1; i <= 200; ++i) test.observe(20, 20, i / 200.0);
    CHECK(test.proven());
}

TEST_CASE("the evidence stays a number however long a healthy release is watched") {
    SequentialTest test(0.001, 0.01);
    for (int i = 1; i <= 1000; ++i) test.observe(0, 1e6, i / 1000.0);
    CHECK(std::isfinite(test.evidence()));
    CHECK(test.evidence() >= 0);
    CHECK_FALSE(test.proven());
}
