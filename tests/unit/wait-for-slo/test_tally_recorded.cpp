#include "catch.hpp"

#include "tally_world.hpp"

#include <limits>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::tallying;

namespace {

FetchedSeries recorded(const std::vector<double>& values, const Labels& more = {}, const std::vector<SelectorIndex>& selectors = {0}) {
    FetchedSeries result{series("job:requests:sum", values, more), selectors, "rules.yml;app"};
    result.series.labels.erase("instance");
    return result;
}

/// Evaluated up to the scrape of this number.
World world_of(const std::vector<FetchedSeries>& counters, int newest = 12) { return {{}, {}, counters, {{"rules.yml;app", 10'000, scrape_time(newest) + 40}}}; }

SelectorReading reading(const World& world, int since, bool steps) {
    return read(steps ? by_steps(world, after_scrape(since), scrape_time(12)) : at_once(world, after_scrape(since), scrape_time(12)))[0];
}

} // namespace

TEST_CASE("what a recorded counter has grown by") {
    struct Row {
        const char* what;
        std::vector<FetchedSeries> counters;
        int since;
        double count;
    };
    const double nothing = none;
    const std::vector<Row> rows = {
        {"from the last evaluation before the deploy", {recorded({100, 107, 110, 120})}, 1, 13},
        {"new in a group that was evaluated before", {recorded({1, 2, 3, 4}), recorded({nothing, nothing, 5, 6}, {{"code", "500"}})}, 0, 3 + 6},
        {"new before the deploy", {recorded({1, 2, 3, 4}), recorded({nothing, 5, 6, 7}, {{"code", "500"}})}, 2, 1 + 1},
        {"away and back: it goes on", {recorded({100, nothing, nothing, 130})}, 0, 30},
        {"it stands still", {recorded({100, 100, 100})}, 0, 0},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        for (const bool steps : {false, true}) {
            const auto one = reading(world_of(row.counters), row.since, steps);
            CHECK(one.count == row.count);
            CHECK_FALSE(one.doubt);
        }
    }
}

TEST_CASE("a group that was evaluated in earlier ticks without any series") {
    Tally tally(after_scrape(0), 1);
    const auto world = world_of({recorded({none, none, none, 3, 4})});
    tally.take(world.answers(scrape_time(-30), scrape_time(2) + 50));
    CHECK_FALSE(read(tally)[0].matches);
    tally.take(world.answers(scrape_time(0), scrape_time(4) + 50));
    CHECK(read(tally)[0].count == 4);
}

TEST_CASE("the first evaluation that is known is where counting begins") {
    CHECK(reading(world_of({recorded({none, none, 400, 410})}), 1, false).count == 10);
}

TEST_CASE("a group that was not evaluated yet says nothing about series") {
    auto world = world_of({recorded({none, none, none, 3, 4})});
    Tally tally(after_scrape(0), 1);
    auto answers = world.answers(scrape_time(-30), scrape_time(2));
    answers.groups[0].last_evaluation = -62'135'596'800'000;
    tally.take(answers);
    tally.take(world.answers(scrape_time(0), scrape_time(4) + 50));
    CHECK(read(tally)[0].count == 1);
}

TEST_CASE("samples beyond the newest evaluation do not count yet") {
    CHECK(reading(world_of({recorded({100, 110, 120, 130})}, 2), 0, false).count == 20);
}

TEST_CASE("a recorded counter that falls is a lasting doubt") {
    for (const bool steps : {false, true}) {
        const auto one = reading(world_of({recorded({100, 110, 60, 200, 210, 220, 230, 240, 250, 260, 270, 280, 290})}), 0, steps);
        REQUIRE(one.doubt);
        CHECK(one.doubt->message == "cannot count job:requests:sum{job=\"app\"}: it is recorded and falls from 110 to 60, so one of its sources is lost");
        CHECK(one.doubt->hint == "count the sources themselves: --expand-rules");
        CHECK(one.doubt->lasting);
    }
    CHECK(reading(world_of({recorded({100, none, 60})}), 0, false).doubt);
}

TEST_CASE("recorded values that are no counts are doubted for a tick") {
    const auto world = world_of({recorded({100, std::numeric_limits<double>::quiet_NaN(), 120.5, 130, 140})});
    Tally tally(after_scrape(0), 1);
    tally.take(world.answers(scrape_time(-30), scrape_time(2) + 50));
    REQUIRE(read(tally)[0].doubt);
    CHECK_FALSE(read(tally)[0].doubt->lasting);
    tally.take(world.answers(scrape_time(0), scrape_time(4) + 50));
    CHECK_FALSE(read(tally)[0].doubt);
    CHECK(read(tally)[0].count == 40);
}

TEST_CASE("a rule group that the server does not know is a doubt") {
    auto world = world_of({recorded({100, 110, 120, 130})});
    Tally tally(after_scrape(0), 1);
    tally.take(world.answers(scrape_time(-30), scrape_time(1) + 50));
    world.groups.clear();
    tally.take(world.answers(scrape_time(-1), scrape_time(3)));
    REQUIRE(read(tally)[0].doubt);
    CHECK(read(tally)[0].doubt->message == "cannot count job:requests:sum{job=\"app\"}: the server does not know its rule group rules.yml;app");
    CHECK_FALSE(read(tally)[0].doubt->lasting);
    Tally other(after_scrape(0), 1);
    other.take(world.answers(scrape_time(-30), scrape_time(3)));
    CHECK(read(other)[0].doubt);
}

TEST_CASE("the reading of a recorded selector") {
    const auto world = world_of({recorded({100, 110, 120, 130})}, 3);
    auto tally = at_once(world, after_scrape(0), scrape_time(3) + 100);
    auto one = read(tally)[0];
    CHECK(one.alive);
    CHECK(one.interval == 10'000);
    CHECK(one.newest_success == scrape_time(3));
    CHECK(one.targets == std::vector<std::string>{"rule group rules.yml;app"});
    tally.take(World{}.answers(scrape_time(5), scrape_time(7)));
    CHECK_FALSE(read(tally)[0].alive);
    CHECK(read(tally)[0].count == 30);
}
