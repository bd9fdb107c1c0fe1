#include "catch.hpp"

#include "tally_world.hpp"
#include "wait-for-slo/counting/timeline.hpp"

#include <limits>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::tallying;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

Timeline timeline(const std::vector<double>& scrapes, const std::vector<double>& began = {}) {
    Timeline result(up({}).labels);
    result.add_scrapes(up(scrapes).samples);
    result.add_starts(starts(began).samples);
    result.settle(after_scrape(0), std::nullopt);
    return result;
}

} // namespace

TEST_CASE("a timeline has the name of its target") {
    CHECK(timeline({1}).name() == "job=app, instance=a:80");
    CHECK(timeline({1}).labels().count("__name__") == 0);
    CHECK(Timeline(Labels{{"job", "x"}}).name() == "job=x");
    CHECK(Timeline(Labels{}).name().empty());
}

TEST_CASE("the scrape interval is the median spacing of a timeline") {
    CHECK(timeline({1, 1, none, none, 1, 1, 1}).interval() == 10'000);
    CHECK(timeline({1, 0, 0}).interval() == 10'000);
    CHECK_FALSE(timeline({1}).interval());
    CHECK_FALSE(timeline({}).interval());
}

TEST_CASE("a timeline finds scrapes and successes") {
    const auto one = timeline({1, 0, none, 1}, {100, none, none, 200});
    CHECK(one.at(scrape_time(1))->succeeded == false);
    CHECK(one.at(scrape_time(2)) == nullptr);
    CHECK(one.at(scrape_time(9)) == nullptr);
    CHECK(one.success_before(scrape_time(3))->time == scrape_time(0));
    CHECK(one.success_before(scrape_time(0)) == nullptr);
    CHECK(one.newest_success() == scrape_time(3));
    CHECK(one.at(scrape_time(3))->start == 200);
    CHECK(one.newest_start() == 200);
    CHECK_FALSE(timeline({0, not_a_number, 0.5}).newest_success());
}

TEST_CASE("start times that go back are several processes") {
    struct Row {
        std::vector<double> began;
        bool several;
    };
    const std::vector<double> scrapes(8, 1);
    const std::vector<Row> rows = {
        {{base, base + 5, base}, true},
        {{base, base, base - 3}, true},
        {{base, none, base + 5, none, base + 5, base}, true},
        {{base, base, base + 15, base + 15.4, base + 14.6}, false}, // start times tremble
        {{base, base + 10, base + 20, base + 30}, false},          // a crash loop
        {{base, not_a_number, base, std::numeric_limits<double>::infinity(), base}, false},
        {{}, false},
    };
    for (const auto& row : rows) {
        CHECK(timeline(scrapes, row.began).has_several_processes() == row.several);
        // The same when each scrape comes in a tick of its own, overlapping with the two before.
        Timeline grown(up({}).labels);
        for (std::size_t i = 0; i < row.began.size(); ++i) {
            const auto part = [&](prometheus::Series whole) {
                std::erase_if(whole.samples, [&](const prometheus::Sample& sample) {
                    return sample.time > base + step * static_cast<double>(i) || sample.time < base + step * (static_cast<double>(i) - 2);
                });
                return whole.samples;
            };
            grown.add_scrapes(part(up(scrapes)));
            grown.add_starts(part(starts(row.began)));
            grown.settle(after_scrape(0), std::nullopt);
            grown.finish(after_scrape(0));
        }
        CHECK(grown.has_several_processes() == row.several);
    }
}

TEST_CASE("two series that say different start times of one scrape are not used") {
    auto one = timeline({1, 1, 1}, {100, 100, 100});
    one.add_starts(starts({100.4, 100.2, 100}).samples);
    CHECK(one.at(scrape_time(0))->start == 100.4);
    one.add_starts(starts({100, 100, 300}).samples);
    CHECK(std::isnan(one.at(scrape_time(0))->start));
    CHECK_FALSE(one.newest_start());
    one.add_starts(starts({100, 100, 100}).samples);
    CHECK(std::isnan(one.at(scrape_time(2))->start));
    one.settle(after_scrape(0), std::nullopt);
    CHECK_FALSE(one.has_several_processes());
}

TEST_CASE("start times of scrapes that are not known are not used") {
    auto one = timeline({1, none, 1}, {none, 500, none});
    CHECK_FALSE(one.newest_start());
}

TEST_CASE("a timeline forgets old scrapes, and never the newest that succeeded") {
    std::vector<double> scrapes(100, 1);
    auto one = timeline(scrapes);
    one.finish(after_scrape(0));
    CHECK(one.at(scrape_time(0)) == nullptr);
    CHECK(one.at(scrape_time(87)) == nullptr);
    CHECK(one.at(scrape_time(88)) != nullptr);
    CHECK(one.forgotten_until() == scrape_time(87));
    CHECK(one.first_scrape() == scrape_time(0));
    // What is forgotten does not come back when answers overlap.
    one.add_scrapes(up(scrapes).samples);
    CHECK(one.at(scrape_time(87)) == nullptr);

    std::vector<double> down(100, 0);
    down[10] = 1;
    auto other = timeline(down);
    other.finish(after_scrape(0));
    CHECK(other.newest_success() == scrape_time(10));
    other.add_scrapes(up(std::vector<double>(160, 0)).samples);
    other.settle(after_scrape(0), std::nullopt);
    other.finish(after_scrape(0));
    CHECK(other.newest_success() == scrape_time(10));
    CHECK(other.success_before(scrape_time(200))->time == scrape_time(10));
    CHECK(other.forgotten_until() == scrape_time(147));
}

TEST_CASE("scrapes that arrive late find their place") {
    auto one = timeline({1, none, 1, 1});
    one.add_scrapes(up({none, 1, none, none, none}).samples);
    CHECK(one.success_before(scrape_time(2))->time == scrape_time(1));
    CHECK(one.newest() == scrape_time(3));
}

TEST_CASE("gaps after the deploy are counted, once each") {
    CHECK(timeline({1, 1, 1, 1}).gaps() == 0);
    CHECK(timeline({1, 1, 0, 1, 1}).gaps() == 0); // one failure is no gap
    CHECK(timeline({1, 1, 0, 0, 1, none, none, 1}).gaps() == 2);
    auto one = timeline({1, 1, 1, none, none, 1, 1});
    one.settle(after_scrape(0), std::nullopt);
    CHECK(one.gaps() == 1);
    Timeline early(up({}).labels);
    early.add_scrapes(up({1, none, none, 1, 1, 1}).samples);
    early.settle(after_scrape(3), std::nullopt);
    CHECK(early.gaps() == 0);
}

TEST_CASE("whether a target may be new") {
    struct Row {
        std::vector<double> scrapes;
        std::optional<Milliseconds> edge;
        bool may;
    };
    const Milliseconds since = after_scrape(1);
    const std::vector<Row> rows = {
        {{none, none, 1, 1}, scrape_time(-30), true},
        {{none, 1, 1, 1}, scrape_time(-30), false},             // scraped before the deploy
        {{none, 0, 1, 1}, scrape_time(-30), false},             // tried before the deploy
        {{none, none, 1, 1}, scrape_time(1), false},            // begins where the answers begin
        {{none, none, 1, 1}, scrape_time(0), true},             // would have been seen a scrape earlier
        {{none, none, none, none, 1}, scrape_time(0), false},   // nobody knows how often it is scraped
        {{none, none, 1, 1}, std::nullopt, true},               // the tick before did not see it
    };
    for (const auto& row : rows) {
        Timeline one(up({}).labels);
        one.add_scrapes(up(row.scrapes).samples);
        one.settle(since, row.edge);
        INFO(row.scrapes.size());
        CHECK(one.may_be_new(since) == row.may);
    }
    CHECK_FALSE(Timeline(Labels{}).may_be_new(since));
}
