#include "catch.hpp"

#include "tally_world.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::tallying;

namespace {

using Names = std::vector<std::string>;

const Labels b = {{"instance", "b:80"}};

SelectorReading reading(const World& world, Milliseconds time) { return read(at_once(world, after_scrape(0), time))[0]; }

} // namespace

TEST_CASE("before the first tick nothing is known") {
    const Tally tally(after_scrape(0), 2);
    const auto all = read(tally);
    REQUIRE(all.size() == 2);
    CHECK(all[0].count == 0);
    CHECK_FALSE(all[0].matches);
    CHECK_FALSE(all[0].alive);
    CHECK_FALSE(all[0].newest_success);
    CHECK(all[0].interval == 0);
}

TEST_CASE("a selector is alive while one of its targets is scraped") {
    struct Row {
        const char* what;
        std::vector<double> up;
        Milliseconds now;
        bool alive;
        Names down;
    };
    const Names a = {"job=app, instance=a:80"};
    const std::vector<Row> rows = {
        {"scraped now", {1, 1, 1}, scrape_time(2), true, {}},
        {"three intervals ago", {1, 1, 1}, scrape_time(5), true, {}},
        {"longer ago: stale", {1, 1, 1}, scrape_time(5) + 1, false, {}},
        {"one scrape failed", {1, 1, 1, 0}, scrape_time(3), true, a},
        {"many failed", {1, 1, 1, 0, 0, 0, 0}, scrape_time(6), false, a},
        {"it failed, and is not tried any more", {1, 1, 1, 0}, scrape_time(7), false, {}},
        {"it failed before the deploy", {0}, after_scrape(0), false, {}},
        {"scraped once", {none, 1}, scrape_time(19), true, {}},
        {"scraped once, three minutes ago", {none, 1}, scrape_time(19) + 1, false, {}},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const auto one = reading({{up(row.up)}, {}, {counter(row.up)}}, row.now);
        CHECK(one.alive == row.alive);
        CHECK(one.down == row.down);
        CHECK(one.targets == a);
        CHECK(one.matches);
    }
}

TEST_CASE("the newest success, the longest interval and the targets of a selector") {
    World world{{up({1, none, 1, none, 1, none}), up({1, 1, 1, 1, 1, 0}, b)}, {}, {counter({1, none, 2}), counter({1, 2}, b, {0, 1})}};
    const auto tally = at_once(world, after_scrape(0), scrape_time(5), 2);
    const auto all = read(tally);
    CHECK(all[0].newest_success == scrape_time(4));
    CHECK(all[0].interval == 20'000);
    CHECK(all[0].targets == Names{"job=app, instance=a:80", "job=app, instance=b:80"});
    CHECK(all[0].alive);
    CHECK(all[1].interval == 10'000);
    CHECK(all[1].targets == Names{"job=app, instance=b:80"});
    CHECK(all[1].down == Names{"job=app, instance=b:80"});
}

TEST_CASE("processes from before the deploy that still count are named") {
    const std::vector<double> ones(6, 1);
    World world{{up(ones), up(ones, b)},
                {starts(std::vector<double>(6, long_ago)), starts(std::vector<double>(6, base + 6), b)},
                {counter({1, 2, 3, 4, 5, 6}), counter({none, 2, 3, 4, 5, 6}, b)}};
    CHECK(reading(world, scrape_time(5)).old == Names{"job=app, instance=a:80"});
    CHECK(reading(world, scrape_time(12)).old.empty()); // gone
    world.counters[0] = counter({1, 1, 1, 1, 1, 1});
    CHECK(reading(world, scrape_time(5)).old.empty()); // gets no traffic
    world.starts.clear();
    CHECK(reading(world, scrape_time(5)).old.empty()); // nobody knows
}

TEST_CASE("one endpoint scraped twice would count twice") {
    const std::vector<double> ones(6, 1);
    World world{{up(ones, {{"prometheus_replica", "1"}}), up(ones, {{"prometheus_replica", "2"}})}, {}, {}};
    world.counters = {counter({1, 2, 3}, {{"prometheus_replica", "1"}}, {0, 1}), counter({1, 2, 3}, {{"prometheus_replica", "2"}}, {0})};
    const auto all = read(at_once(world, after_scrape(0), scrape_time(5), 2));
    REQUIRE(all[0].doubt);
    CHECK(all[0].doubt->message == "every event would count twice: job=app, instance=a:80 is there more than once");
    CHECK(all[0].doubt->hint == "choose one, for example with --where 'prometheus_replica=\"2\"'");
    CHECK(all[0].doubt->lasting);
    CHECK_FALSE(all[1].doubt);
    // One after the other is a new deployment whose labels changed.
    world.up = {up({1, 1, 1}, {{"prometheus_replica", "1"}}), up({none, none, none, 1, 1, 1}, {{"prometheus_replica", "2"}})};
    world.counters[1] = counter({none, none, none, 1, 2, 3}, {{"prometheus_replica", "2"}}, {0});
    CHECK_FALSE(read(at_once(world, after_scrape(0), scrape_time(5), 2))[0].doubt);
}

TEST_CASE("shards are summed") {
    const std::vector<double> ones(6, 1);
    const World one{{up(ones)}, {}, {counter({1, 2, 3, 4, 5, 6})}};
    const World other{{up({1, 1, 1, 1, 1, 0}, b)}, {}, {counter({10, 20}, b, {0})}};
    const auto tally = at_once(one, after_scrape(0), scrape_time(5), 2);
    std::vector<SelectorReading> sum;
    add_shard(sum, read(tally));
    CHECK(sum[0].count == 5);
    add_shard(sum, read(at_once(other, after_scrape(0), scrape_time(5), 2)));
    CHECK(sum[0].count == 15);
    CHECK(sum[0].matches);
    CHECK(sum[0].alive);
    CHECK(sum[0].down == Names{"job=app, instance=b:80"});
    CHECK(sum[0].targets == Names{"job=app, instance=a:80", "job=app, instance=b:80"});
    CHECK(sum[0].newest_success == scrape_time(5));
    CHECK_FALSE(sum[0].doubt);
    CHECK_FALSE(sum[1].matches);
    // Replicas that were called shards.
    add_shard(sum, read(tally));
    REQUIRE(sum[0].doubt);
    CHECK(sum[0].doubt->message == "every event would count twice: two shards have job=app, instance=a:80");
    CHECK_FALSE(sum[1].doubt);
}

TEST_CASE("a lasting doubt wins over others") {
    const std::vector<double> ones(6, 1);
    World world{{up(ones), up(ones, b)}, {starts({base, base + 5, base}, b)}, {counter({1, 2.5, 3.5, 4, 5, 6.5}), counter({10, 20}, b)}};
    const auto one = reading(world, scrape_time(5));
    REQUIRE(one.doubt);
    CHECK(one.doubt->lasting);
    world.starts.clear();
    REQUIRE(reading(world, scrape_time(5)).doubt);
    CHECK_FALSE(reading(world, scrape_time(5)).doubt->lasting);
}
