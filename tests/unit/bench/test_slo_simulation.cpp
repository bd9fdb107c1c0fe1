// What the simulation of tests/bench/wait-for-slo is made of: numbers of a wrong simulator would look as good as right ones.
#include "catch.hpp"

#include "slo-simulation/rivals.hpp"
#include "slo-simulation/traffic.hpp"

#include <cmath>
#include <vector>

using namespace slipway::slo_simulation;

namespace {

double total_of(const Sample& sample) { return sample.total; }
double bad_of(const Sample& sample) { return sample.bad; }

/// One pod that is scraped every 15 s, with so many events and bad ones in between.
Pod steady(double events, double bad, double end) {
    Pod pod;
    for (int i = 1; i * 15 <= end; ++i) pod.push_back({i * 15.0, i * bad, i * events});
    return pod;
}

} // namespace

TEST_CASE("a simulated service has the traffic and the error rate it is given") {
    Random random(7);
    SECTION("one error rate") {
        const auto trace = play({.pods = 4, .events_per_second = 10, .phases = {{0, 0.05}}}, 15, 20000, random);
        const auto all = seen(trace, 20000);
        // Five standard deviations; a scrape may be 15 s old.
        CHECK(all.total == Approx(200000).margin(5 * std::sqrt(200000) + 150));
        CHECK(all.bad == Approx(10000).margin(5 * std::sqrt(10000) + 10));
    }
    SECTION("phases") {
        const auto trace = play({.events_per_second = 10, .phases = {{0, 0}, {3000, 0.5}, {4000, 0}}}, 15, 8000, random);
        CHECK(seen(trace, 3000).bad == 0);
        CHECK(seen(trace, 4015).bad == Approx(5000).margin(5 * std::sqrt(5000)));
        CHECK(seen(trace, 8000).bad == seen(trace, 4015).bad);
    }
    SECTION("clumps keep the error rate, and make it vary") {
        // A geometric size of mean 10 has a mean square of 190, so that the number of errors varies 19 times as much.
        double sum = 0;
        double squares = 0;
        const int runs = 2000;
        for (int i = 0; i < runs; ++i) {
            const double bad = seen(play({.events_per_second = 10, .phases = {{0, 0.1}}, .clump = 10}, 15, 1000, random), 1000).bad;
            sum += bad;
            squares += bad * bad;
        }
        const double mean = sum / runs;
        CHECK(mean == Approx(992).epsilon(0.02));
        CHECK(squares / runs - mean * mean == Approx(19 * 992).epsilon(0.2));
    }
    SECTION("none at all") {
        CHECK(seen(play({.events_per_second = 0}, 15, 100, random), 100).total == 0);
        CHECK(seen({}, 100).total == 0);
    }
}

TEST_CASE("scrapes are 15 s apart, and only those that were made are seen") {
    Random random(7);
    const auto trace = play({.pods = 2, .events_per_second = 100}, 15, 100, random);
    for (const auto& pod : trace) {
        CHECK(pod.front().time < 15);
        CHECK(pod.back().time > 85);
        for (std::size_t i = 1; i < pod.size(); ++i) {
            CHECK(pod[i].time - pod[i - 1].time == Approx(15));
            CHECK(pod[i].total >= pod[i - 1].total);
        }
    }
    CHECK(seen({{{10, 1, 5}, {25, 2, 9}}, {{12, 0, 7}}}, 11).total == 5);
    CHECK(seen({{{10, 1, 5}, {25, 2, 9}}, {{12, 0, 7}}}, 12).total == 12);
    CHECK(seen({{{10, 1, 5}, {25, 2, 9}}, {{12, 0, 7}}}, 25).bad == 2);
}

TEST_CASE("rates as Prometheus computes them") {
    const auto pod = steady(15, 3, 300);
    // Samples at 15 s exactly: the window (60, 120] has those of 75 to 120; 45 events in 45 s, extrapolated by half a spacing to its start.
    CHECK(*rate(pod, total_of, 120, 60) == Approx(45.0 * (45 + 15) / 45 / 60));
    CHECK(*irate(pod, total_of, 120, 300) == Approx(1));
    CHECK(*irate(pod, bad_of, 120, 300) == Approx(0.2));
    CHECK_FALSE(rate(pod, total_of, 15, 60));  // one sample
    CHECK_FALSE(irate(pod, total_of, 15, 300));
    CHECK_FALSE(rate(pod, total_of, 1000, 60)); // none any more
    // A counter is not extrapolated below 0: it began at 5 and had 20 at the end, which is 15 s before its first sample at this rate, cut to 5 s.
    CHECK(*rate({{100, 0, 5}, {115, 0, 20}}, total_of, 115, 60) == Approx(15.0 * (15 + 5) / 15 / 60));
    // A series that does not exist before its first error: the errors of its first value are lost.
    CHECK_FALSE(rate({{15, 0, 10}, {30, 9, 20}}, bad_of, 30, 60));
    CHECK(*irate({{15, 0, 10}, {30, 9, 20}, {45, 12, 30}}, bad_of, 45, 60) == Approx(0.2));
}

TEST_CASE("Flagger takes back a minute after its fifth failed check") {
    CHECK(*flagger({steady(150, 15, 1800)}, 1800) == 360);
    CHECK_FALSE(flagger({steady(150, 0, 1800)}, 1800));
    CHECK_FALSE(flagger({steady(150, 1.4, 1800)}, 1800)); // 99.07 % are good
    CHECK(*flagger({}, 1800) == 360);                     // no traffic is called a bad release
    CHECK(*flagger({steady(150, 150, 1800)}, 1800) == 360);
    // Bad from the fifth minute on: checks fail at 300 s, with a part of the window, to 540 s.
    auto pod = steady(150, 0, 1800);
    for (auto& sample : pod) sample.bad = std::max(0.0, sample.time - 255);
    CHECK(*flagger({pod}, 1800) == 600);
}

TEST_CASE("Argo Rollouts takes back at the fourth failure, five minutes apart") {
    CHECK(*argo({steady(150, 15, 1800)}, 1800) == 1200);
    CHECK_FALSE(argo({steady(150, 6, 1800)}, 1800)); // 96 % are good
    CHECK(*argo({}, 1800) == 1200);                  // five measurements without a value
    CHECK_FALSE(argo({steady(150, 15, 1100)}, 1100));
}
