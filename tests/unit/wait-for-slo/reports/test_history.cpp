#include "catch.hpp"

#include "built.hpp"
#include "wait-for-slo/reports/history.hpp"

#include <cmath>
#include <random>

using namespace slipway;
using namespace slipway::wait_for_slo;
using slipway::wait_for_slo::built::spacing;
using slipway::wait_for_slo::built::watch_of;

namespace {

TickCounts tick(double bad, double total) { return {.bad = bad, .total = total}; }

double seconds(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

/// Looks with errors that come one by one, or in clumps of so many.
std::vector<Tick> simulated(std::mt19937& random, std::size_t ticks, std::size_t change, double before, double since, unsigned clump = 1) {
    std::vector<Tick> all;
    for (std::size_t i = 0; i < ticks; ++i) {
        std::binomial_distribution<unsigned> clumps(500 / clump, i < change ? before : since);
        all.push_back({.milliseconds = static_cast<std::uint32_t>((i + 1) * 5000), .bad = clumps(random) * clump, .total = 500});
    }
    return all;
}

} // namespace

TEST_CASE("the moment at which errors rose is found within a few looks") {
    struct Row {
        std::size_t change;
        double before;
        double since;
        unsigned clump;
    };
    std::mt19937 random(20'261'124);
    for (const auto& row : {Row{60, 0, 0.01, 1}, Row{60, 0.001, 0.02, 1}, Row{112, 0.0005, 0.03, 1}, Row{8, 0.002, 0.02, 1}, Row{60, 0.001, 0.05, 5}}) {
        std::size_t near = 0;
        for (int run = 0; run < 100; ++run) {
            const auto change = change_point(simulated(random, 120, row.change, row.before, row.since, row.clump));
            if (!change) continue;
            CHECK(change->until - change->after == spacing);
            CHECK(change->before.total + change->since.total == 120 * 500);
            near += std::abs(seconds(change->until) / 5 - 1 - static_cast<double>(row.change)) <= 3;
        }
        INFO(row.change << ' ' << row.since);
        CHECK(near >= 90);
    }
}

TEST_CASE("where errors never rose no moment is named") {
    std::mt19937 random(47);
    int named = 0;
    for (int run = 0; run < 400; ++run) {
        named += change_point(simulated(random, 120, 0, 0, 0.01)).has_value();
        named += change_point(simulated(random, 120, 0, 0, 0.01, 10)).has_value();
        named += change_point(simulated(random, 120, 60, 0.02, 0.001)).has_value(); // it became better
    }
    CHECK(named <= 1200 / 100);
    CHECK_FALSE(change_point({}));
    const std::vector<Tick> one = {{.milliseconds = 1, .bad = 1, .total = 1}};
    CHECK_FALSE(change_point(one));
    const std::vector<Tick> all_bad = {{.milliseconds = 1, .bad = 9, .total = 9}, {.milliseconds = 2, .bad = 9, .total = 9}};
    CHECK_FALSE(change_point(all_bad));
}

TEST_CASE("other alphas say when a decision with them would have been violated") {
    std::mt19937 random(11);
    std::size_t violated = 0;
    std::size_t not_violated = 0;
    for (int run = 0; run < 60; ++run) {
        const bool has_baseline = run % 3 == 2;
        const Policy policy{.objective = 0.99, .alpha = run % 2 == 0 ? 0.01 : 0.002, .objectives = 1 + static_cast<std::size_t>(run % 4), .method = run % 3 == 1 ? Method::sprt : Method::betting};
        std::vector<TickCounts> ticks;
        std::binomial_distribution<int> bad(100, 0.01 + 0.002 * (run % 20));
        std::binomial_distribution<int> baseline_bad(100, 0.005);
        for (int i = 0; i < 60; ++i) ticks.push_back({.bad = static_cast<double>(bad(random)), .total = 100, .baseline_bad = has_baseline ? static_cast<double>(baseline_bad(random)) : 0, .baseline_total = has_baseline ? 100.0 : 0.0});
        const auto watch = watch_of(policy, ticks.size(), [&](std::size_t i) { return ticks[i]; }, "orders", has_baseline);
        const auto others = with_other_alphas(watch);
        CHECK(others.size() == (policy.alpha == 0.01 ? 5 : 6));
        for (const auto& other : others) {
            auto changed = policy;
            changed.alpha = other.alpha;
            Decision decision(changed, has_baseline);
            std::optional<Duration> first;
            for (std::size_t i = 0; i < watch.ticks().size() && !first; ++i) {
                decision.observe(ticks[i], static_cast<double>(i + 1) / static_cast<double>(ticks.size()));
                if (decision.violated()) first = spacing * static_cast<long>(i + 1);
            }
            INFO(run << ' ' << other.alpha);
            CHECK(other.violated == first);
            CHECK(other.needed == Approx(decision.needed()));
            CHECK(other.used == (other.alpha == policy.alpha));
            if (other.used) CHECK(other.violated.has_value() == watch.violated());
            ++(first ? violated : not_violated);
        }
    }
    CHECK(violated > 50);
    CHECK(not_violated > 50);
}

TEST_CASE("looks are taken together, and nothing of them is lost") {
    for (const std::size_t count : {0U, 1U, 119U, 120U, 121U, 10'000U}) {
        const auto watch = watch_of({.objective = 0.9}, count, [](std::size_t i) { return tick(i % 50 == 0 ? 1 : 0, 10); });
        const auto all = stretches(watch.ticks(), 120, Duration{30'000});
        INFO(count);
        CHECK(all.size() <= 120);
        CHECK((count == 0) == all.empty());
        if (all.empty()) continue;
        CHECK(all.front().from == -30);
        CHECK(all.back().until == Approx(static_cast<double>(count) * 5));
        CHECK(all.back().so_far.total == watch.decision().counts().total());
        CHECK(all.back().so_far.bad == watch.decision().counts().bad());
        CHECK(all.back().range.high == Approx(watch.decision().interval().high));
        CHECK(all.back().log_evidence == Approx(std::log(watch.decision().evidence())));
        double events = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            events += all[i].counts.total;
            if (i > 0) CHECK(all[i].from == all[i - 1].until);
        }
        CHECK(events == static_cast<double>(count) * 10);
    }
}
