#include "catch.hpp"

#include "tally_world.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::tallying;

namespace {

struct Row {
    const char* what;
    std::vector<double> values;
    std::vector<double> up;
    std::vector<double> starts;
    double count; ///< since just after scrape 0
};

double count_at_once(const Row& row) {
    return read(at_once({{up(row.up)}, {starts(row.starts)}, {counter(row.values)}}, after_scrape(0), scrape_time(12)))[0].count;
}

double count_by_steps(const Row& row) {
    return read(by_steps({{up(row.up)}, {starts(row.starts)}, {counter(row.values)}}, after_scrape(0), scrape_time(12)))[0].count;
}

} // namespace

TEST_CASE("the first scrape of a target counts in full only when its process began after the deploy") {
    const std::vector<double> from_two = {none, none, 1, 1, 1, 1};
    const std::vector<Row> rows = {
        {"it did", {none, none, 40, 50}, from_two, {none, none, base + 12, base + 12}, 50},
        {"it is old and newly discovered", {none, none, 40, 50}, from_two, {none, none, long_ago, long_ago}, 10},
        {"it began at the deploy, not after", {none, none, 40, 50}, from_two, {none, none, base + 5, base + 5}, 10},
        {"its first scrapes failed", {none, none, 40, 50}, {none, 0, 1, 1}, {none, none, base + 12, base + 12}, 50},
        {"its first scrapes failed and it is old", {none, none, 40, 50}, {none, 0, 1, 1}, {none, none, long_ago, long_ago}, 10},
        {"its series comes a scrape later", {none, none, none, 40, 50}, from_two, {none, none, long_ago, long_ago, long_ago}, 50},
        {"a new process and a crash", {none, none, 40, 5, 7}, from_two, {none, none, base + 12, base + 31, base + 31}, 40 + 7},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        CHECK(count_at_once(row) == row.count);
        CHECK(count_by_steps(row) == row.count);
    }
}

TEST_CASE("without a start time the first scrape counts when it is small against the target's age") {
    const std::vector<double> from_two = {none, none, 1, 1, 1, 1, 1, 1};
    // The first scrape is 15 s after the deploy: at 1 event per second, up to 2 * 15 + 5 are believed.
    const std::vector<Row> rows = {
        {"small", {none, none, 14, 24, 34, 44}, from_two, {}, 44},
        {"just small enough", {none, none, 35, 45, 55, 65}, from_two, {}, 65},
        {"too large", {none, none, 36, 46, 56, 66}, from_two, {}, 30},
        {"an old process", {none, none, 90'000, 90'010, 90'020, 90'030}, from_two, {}, 30},
        {"nothing follows", {none, none, 5, 5, 5, 5}, from_two, {}, 5},
        {"nothing follows, and there was more", {none, none, 6, 6, 6, 6}, from_two, {}, 0},
        {"traffic comes late", {none, none, 30, 30, 30, 60}, from_two, {}, 60},
        {"traffic comes too late", {none, none, 30, 30, 30, 30, 60, 90}, from_two, {}, 60},
        {"not scraped again yet", {none, none, 1}, {none, none, 1}, {}, 0},
        {"its second scrape failed", {none, none, 1}, {none, none, 1, 0}, {}, 0},
        {"it was tried before the deploy", {none, none, 1, 2, 3}, {0, 0, 1, 1, 1}, {}, 2},
        {"it restarts meanwhile", {none, none, 14, 6, 16}, from_two, {}, 14 + 16},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        CHECK(count_at_once(row) == row.count);
        CHECK(count_by_steps(row) == row.count);
    }
}

TEST_CASE("a birth is judged by all counters of the target together") {
    const auto target = up({none, none, 1, 1, 1, 1, 1});
    World world{{target}, {}, {counter({none, none, 15, 25, 35, 45}, {{"code", "200"}}), counter({none, none, 6, 6, 6, 6}, {{"code", "500"}}, {1})}};
    // By itself the second would not be believed.
    const auto young = by_steps(world, after_scrape(0), scrape_time(6), 2);
    CHECK(read(young)[0].count == 45);
    CHECK(read(young)[1].count == 6);
    // And here it would.
    world.counters = {counter({none, none, 15'000, 15'010, 15'020, 15'030}, {{"code", "200"}}), counter({none, none, 3, 3, 3, 3}, {{"code", "500"}}, {1})};
    const auto old = by_steps(world, after_scrape(0), scrape_time(6), 2);
    CHECK(read(old)[0].count == 30);
    CHECK(read(old)[1].count == 0);
}

TEST_CASE("a value is held back until the target was scraped again") {
    const World world{{up({none, none, 1, 1, 1})}, {}, {counter({none, none, 14, 24, 34})}};
    Tally tally(after_scrape(0), 1);
    tally.take(world.answers(scrape_time(-30), scrape_time(2)));
    CHECK(read(tally)[0].count == 0);
    tally.take(world.answers(scrape_time(0), scrape_time(3)));
    CHECK(read(tally)[0].count == 24);
}

TEST_CASE("where the first answers begin, a target is taken for older") {
    const World world{{up({none, none, 1, 1, 1, 1, 1})}, {}, {counter({none, none, 3, 4, 5, 6, 7})}};
    const auto count = [&](Milliseconds from) {
        Tally tally(after_scrape(0), 1);
        tally.take(world.answers(from, scrape_time(6)));
        return read(tally)[0].count;
    };
    CHECK(count(scrape_time(-30)) == 7);
    CHECK(count(scrape_time(1)) == 4);
    // The process's own word is better.
    auto known = world;
    known.starts = {starts({none, none, base + 6, base + 6, base + 6, base + 6, base + 6})};
    Tally tally(after_scrape(0), 1);
    tally.take(known.answers(scrape_time(1), scrape_time(6)));
    CHECK(read(tally)[0].count == 7);
    // The same after ticks were missed whose time the answers do not reach.
    Tally later(after_scrape(0), 1);
    later.take(World{}.answers(scrape_time(-30), scrape_time(0)));
    later.take(world.answers(scrape_time(1), scrape_time(6)));
    CHECK(read(later)[0].count == 4);
}

TEST_CASE("a target whose labels change goes on") {
    const Labels renamed = {{"zone", "x"}};
    World world{{up({1, 1, 1, 1}), up({none, none, none, none, 1, 1, 1}, renamed)}, {}, {counter({none, 10, 20, 30}), counter({none, none, none, none, 40, 50, 60}, renamed)}};
    const auto count = [&](double before, double after) {
        if (before > 0) world.starts = {starts(std::vector<double>(4, before)), starts({none, none, none, none, after, after, after}, renamed)};
        const auto once = read(at_once(world, after_scrape(0), scrape_time(6)))[0];
        const auto steps = read(by_steps(world, after_scrape(0), scrape_time(6)))[0];
        CHECK_FALSE(once.doubt);
        CHECK(once.count == steps.count);
        return once.count;
    };
    // The ten between the two are lost, and the 30 before do not count twice.
    CHECK(count(0, 0) == 30 + 20);
    CHECK(count(base + 7, base + 7) == 30 + 20);
    // Another process that was given the address.
    CHECK(count(base + 7, base + 35) == 30 + 60);
}
