#include "catch.hpp"

#include "tally_world.hpp"

#include <limits>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::tallying;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();
const std::vector<double> all_up(12, 1);

struct Row {
    const char* what;
    std::vector<double> values;
    std::vector<double> up;
    std::vector<double> starts;
    int since; ///< the watch begins after the scrape of this number
    double count;
};

World world_of(const Row& row) { return {{up(row.up)}, {starts(row.starts)}, {counter(row.values)}}; }

std::vector<double> same(double value) { return std::vector<double>(12, value); }

/// The doubt after all scrapes.
std::optional<Doubt> doubt_of(const World& world, int since = 0) { return read(at_once(world, after_scrape(since), scrape_time(12)))[0].doubt; }
std::string complaint(const World& world, int since = 0) {
    const auto doubt = doubt_of(world, since);
    return doubt ? doubt->message : "counted";
}

} // namespace

TEST_CASE("what a counter has grown by since the deploy") {
    const double later = base + 15;
    const std::vector<Row> rows = {
        {"from the last sample before the deploy", {100, 107, 110, 120}, all_up, {}, 1, 13},
        {"nothing yet", {100, 107, 110, 120}, {1, 1, 1, 1}, {}, 3, 0},
        {"it stands still", {5, 5, 5}, all_up, {}, 0, 0},
        {"never seen", {}, all_up, {}, 0, 0},
        {"it falls", {100, 110, 3, 8}, all_up, {}, 0, 10 + 3 + 5},
        {"it falls to nothing", {100, 110, 0, 8}, all_up, {}, 0, 10 + 8},
        {"it falls before the deploy", {100, 3, 8, 9}, all_up, {}, 1, 6},
        {"another process, though the counter is higher", {10, 11, 50, 60}, all_up, {long_ago, long_ago, later, later}, 0, 1 + 50 + 10},
        {"a crash loop that always shows one event", {none, 1, 1, 1}, all_up, {base - 1, base - 1, base + 11, base + 21}, 0, 3},
        {"start times tremble", {10, 11, 12, 13}, all_up, {long_ago, long_ago + 0.9, long_ago, long_ago + 0.9}, 0, 3},
        {"an older process moves to the address", {10, 11, 9'000'000, 9'000'005}, all_up, {base - 9000, base - 9000, base - 5000, base - 5000}, 0, 1 + 5},
        {"began between the last scrape before the deploy and the deploy", {10, 11, 4, 6}, all_up, {long_ago, long_ago, base + 12, base + 12}, 1, 6},
        {"away from a successful scrape: began anew", {1, none, 1, none, 1}, all_up, {}, 0, 2},
        {"a failed scrape shows nothing", {10, none, 15}, {1, 0, 1}, {}, 0, 5},
        {"failed and succeeded without it", {10, none, none, 15}, {1, 0, 1, 1}, {}, 0, 15},
        {"new on a target that was scraped before", {none, none, 4, 6}, all_up, {}, 0, 6},
        {"the same, and the process is old", {none, none, 4, 6}, all_up, same(long_ago), 0, 6},
        {"the same, and a scrape in between failed", {none, none, 4, 6}, {1, 0, 1, 1}, {}, 0, 6},
        {"new in the first scrape after the deploy", {none, 7, 9}, all_up, {}, 0, 9},
        {"new in the last scrape before the deploy", {none, 7, 9}, all_up, {}, 1, 2},
        {"new on a target whose process an older one replaced", {none, none, 400, 410}, all_up, {base - 9000, base - 9000, base - 5000, base - 5000}, 0, 10},
        {"back some scrapes after a restart", {5, none, none, 2, 3}, all_up, {long_ago, base + 4, base + 4, base + 4, base + 4}, 0, 3},
        {"vanished with its target", {100, 110, 120, none, none, none}, {1, 1, 1, 0, 0, 0}, {}, 0, 20},
        {"vanished from its target", {100, 110, 120, none, none, none}, all_up, {}, 0, 20},
        {"its target vanished", {100, 110, 120}, {1, 1, 1}, {}, 0, 20},
        {"beyond the newest scrape that up knows", {100, 110, 120, 130}, {1, 1, 1}, {}, 0, 20},
        {"a partition around the deploy is counted across", {1, 2, none, none, none, none, 504, 505}, {1, 1, none, none, none, none, 1, 1}, {}, 3, 503},
        {"a partition of failed scrapes as well", {1, 2, none, none, none, none, 504, 505}, {1, 1, 0, 0, 0, 0, 1, 1}, {}, 3, 503},
        {"a new process after a partition", {1, 2, none, none, none, none, 504, 505}, {1, 1, 0, 0, 0, 0, 1, 1},
         {long_ago, long_ago, none, none, none, none, base + 50, base + 50}, 3, 505},
        {"large numbers are exact", {9e15, 9e15 + 2, 9e15 + 4}, all_up, {}, 0, 4},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const auto world = world_of(row);
        const auto once = read(at_once(world, after_scrape(row.since), scrape_time(12)))[0];
        CHECK(once.count == row.count);
        CHECK_FALSE(once.doubt);
        CHECK(once.matches == !row.values.empty());
        const auto steps = read(by_steps(world, after_scrape(row.since), scrape_time(12)))[0];
        CHECK(steps.count == row.count);
        CHECK_FALSE(steps.doubt);
        // An old server that answers everything again.
        auto tally = by_steps(world, after_scrape(row.since), scrape_time(12));
        tally.take(world.answers(scrape_time(-30), scrape_time(12)));
        CHECK(read(tally)[0].count == row.count);
    }
}

TEST_CASE("a sample exactly at the deploy is where counting begins") {
    const World world{{up(all_up)}, {}, {counter({100, 107, 110, 120})}};
    CHECK(read(at_once(world, scrape_time(1), scrape_time(12)))[0].count == 13);
    CHECK(read(at_once(world, scrape_time(1) - 1, scrape_time(12)))[0].count == 20);
}

TEST_CASE("sums are made after increases, for each selector by itself") {
    World world{{up(all_up), up(all_up, {{"instance", "b:80"}})}, {}, {}};
    world.counters = {counter({100, 110, 3}, {{"code", "200"}}, {0, 1}), counter({none, none, 2}, {{"code", "500"}}, {0}),
                      counter({50, 50, 70}, {{"instance", "b:80"}, {"code", "200"}}, {1, 0})};
    const auto tally = by_steps(world, after_scrape(0), scrape_time(12), 3);
    CHECK(read(tally)[0].count == 10 + 3 + 2 + 20);
    CHECK(read(tally)[1].count == 10 + 3 + 20);
    CHECK(read(tally)[2].count == 0);
    CHECK_FALSE(read(tally)[2].matches);
}

TEST_CASE("a series that two queries answered counts once") {
    World world{{up(all_up)}, {}, {counter({100, 110}, {}, {0}), counter({100, 110}, {}, {1})}};
    const auto tally = by_steps(world, after_scrape(0), scrape_time(12), 2);
    CHECK(read(tally)[0].count == 10);
    CHECK(read(tally)[1].count == 10);
}

TEST_CASE("samples in disorder and twice are harmless") {
    World world{{up({1, 1, 1, 1})}, {}, {counter({100, 110, 3, 8})}};
    auto& samples = world.counters[0].series.samples;
    samples = {samples[3], samples[0], samples[2], samples[1], samples[2], samples[0]};
    auto& scrapes = world.up[0].samples;
    scrapes = {scrapes[2], scrapes[0], scrapes[3], scrapes[1], scrapes[1]};
    CHECK(read(at_once(world, after_scrape(0), scrape_time(12)))[0].count == 18);
}

TEST_CASE("samples that arrive late, in pieces of a scrape, are not taken for an absence") {
    const World world{{up({1, 1, 1, 1})}, {}, {counter({100, 110, 120, 130})}};
    Tally tally(after_scrape(0), 1);
    auto first = world.answers(scrape_time(-30), scrape_time(1));
    first.counters[0].series.samples.pop_back();
    tally.take(first);
    CHECK(read(tally)[0].count == 0);
    tally.take(world.answers(scrape_time(0), scrape_time(3)));
    CHECK(read(tally)[0].count == 30);
}

TEST_CASE("a server that is away, or was wiped, changes nothing that was counted") {
    World world{{up(all_up)}, {starts(same(long_ago))}, {counter({100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200, 210})}};
    Tally tally(after_scrape(0), 1);
    tally.take(world.answers(scrape_time(-30), scrape_time(3)));
    CHECK(read(tally)[0].count == 30);
    SECTION("away for some scrapes, and the answers do not reach back") { tally.take(world.answers(scrape_time(8), scrape_time(11))); }
    SECTION("wiped: it knows nothing from before") {
        for (auto* all : {&world.up[0], &world.starts[0], &world.counters[0].series}) {
            all->samples.erase(all->samples.begin(), all->samples.begin() + 9);
        }
        tally.take(world.answers(scrape_time(-30), scrape_time(11)));
    }
    SECTION("wiped and still empty, then back") {
        tally.take(World{}.answers(scrape_time(2), scrape_time(5)));
        CHECK(read(tally)[0].count == 30);
        CHECK_FALSE(read(tally)[0].doubt);
        tally.take(world.answers(scrape_time(10), scrape_time(11)));
    }
    CHECK(read(tally)[0].count == 110);
    CHECK_FALSE(read(tally)[0].doubt);
}

TEST_CASE("a wiped server: what is judged anew") {
    World before{{up({1, 1, 1})}, {starts({long_ago, long_ago, long_ago})}, {counter({100, 110, 120})}};
    Tally tally(after_scrape(0), 1);
    tally.take(before.answers(scrape_time(-30), scrape_time(2)));
    World after{{up({none, none, none, none, none, 1, 1})}, {starts({none, none, none, none, none, long_ago, long_ago})}, {counter({none, none, none, none, none, 150, 160})}};
    SECTION("the process was restarted meanwhile") {
        after.starts = {starts({none, none, none, none, none, base + 30, base + 30})};
        tally.take(after.answers(scrape_time(3), scrape_time(6)));
        CHECK(read(tally)[0].count == 20 + 160);
    }
    SECTION("an unknown target with an old process") {
        for (auto* all : {&after.up[0], &after.starts[0], &after.counters[0].series}) all->labels["instance"] = "b:80";
        tally.take(after.answers(scrape_time(3), scrape_time(6)));
        CHECK(read(tally)[0].count == 20 + 10);
    }
    SECTION("an unknown series of a known target") {
        after.counters.push_back(counter({none, none, none, none, none, 3, 4}, {{"code", "500"}}));
        tally.take(after.answers(scrape_time(3), scrape_time(6)));
        CHECK(read(tally)[0].count == 20 + 40 + 4);
    }
}

TEST_CASE("what is no counter of events is doubted, for this tick only") {
    struct Bad {
        double value;
        std::string why;
    };
    const std::vector<Bad> rows = {
        {not_a_number, "cannot count requests_total{instance=\"a:80\",job=\"app\"}: it has a value that is no number"},
        {infinite, "cannot count requests_total{instance=\"a:80\",job=\"app\"}: it has a value that is no number"},
        {2.5, "cannot count requests_total{instance=\"a:80\",job=\"app\"}: its value 2.5 is no number of events"},
        {-2, "cannot count requests_total{instance=\"a:80\",job=\"app\"}: its value -2 is no number of events"},
        {0.1 + 0.2, "cannot count requests_total{instance=\"a:80\",job=\"app\"}: its value 0.3 is no number of events"},
    };
    for (const auto& bad : rows) {
        INFO(bad.why);
        const World world{{up(all_up)}, {}, {counter({100, 110, bad.value, 130, 140})}};
        Tally tally(after_scrape(0), 1);
        tally.take(world.answers(scrape_time(-30), scrape_time(1)));
        CHECK_FALSE(read(tally)[0].doubt);
        tally.take(world.answers(scrape_time(-1), scrape_time(2)));
        REQUIRE(read(tally)[0].doubt);
        CHECK(read(tally)[0].doubt->message == bad.why);
        CHECK_FALSE(read(tally)[0].doubt->lasting);
        CHECK(read(tally)[0].count == 10);
        tally.take(world.answers(scrape_time(0), scrape_time(3)));
        CHECK_FALSE(read(tally)[0].doubt);
        CHECK(read(tally)[0].count == 30);
        // A doubt does not outlive its series.
        Tally other(after_scrape(0), 1);
        other.take(world.answers(scrape_time(-30), scrape_time(2)));
        CHECK(read(other)[0].doubt);
        other.take(World{{up(all_up)}}.answers(scrape_time(2), scrape_time(5)));
        CHECK_FALSE(read(other)[0].doubt);
    }
}

TEST_CASE("a series whose first value is no number") {
    const auto count = [](const std::vector<double>& values, int since) {
        return read(by_steps({{up(all_up)}, {}, {counter(values)}}, after_scrape(since), scrape_time(5)))[0].count;
    };
    CHECK(count({not_a_number, 10, 15}, 0) == 5);       // it was there before the deploy
    CHECK(count({none, not_a_number, 10, 15}, 0) == 15); // it was not
    CHECK(count({10, none, not_a_number, 3, 5}, 0) == 5); // began anew
}

TEST_CASE("native histograms are doubted, not taken for silence") {
    World world{{up(all_up)}};
    auto answers = world.answers(scrape_time(-30), scrape_time(5));
    answers.counters.push_back(counter({}));
    Tally tally(after_scrape(0), 1);
    tally.take(answers);
    REQUIRE(read(tally)[0].doubt);
    CHECK(read(tally)[0].doubt->message == "cannot count requests_total{instance=\"a:80\",job=\"app\"}: native histograms are not understood yet");
    CHECK(read(tally)[0].matches);
}

TEST_CASE("samples with times of their own are doubted until they are scrapes") {
    World world{{up({1, none, 1})}, {}, {counter({1, 2, 3})}};
    CHECK(complaint(world) == "cannot count requests_total{instance=\"a:80\",job=\"app\"}: it has samples of times at which job=app, instance=a:80 was not scraped");
    CHECK_FALSE(doubt_of(world)->lasting);
    // A scrape that `up` shows late makes it good.
    auto tally = at_once(world, after_scrape(0), scrape_time(2));
    CHECK(read(tally)[0].count == 0);
    world.up = {up({1, 1, 1})};
    tally.take(world.answers(scrape_time(-1), scrape_time(2)));
    CHECK(read(tally)[0].count == 2);
    CHECK_FALSE(read(tally)[0].doubt);
}

TEST_CASE("a series without a target is doubted in the second tick") {
    const World orphan{{}, {}, {counter({1, 2, 3, 4, 5})}};
    Tally tally(after_scrape(0), 1);
    tally.take(orphan.answers(scrape_time(-30), scrape_time(1)));
    CHECK_FALSE(read(tally)[0].doubt);
    CHECK(read(tally)[0].matches);
    SECTION("it stays so") {
        for (int i = 2; i < 5; ++i) {
            tally.take(orphan.answers(scrape_time(i - 3), scrape_time(i)));
            REQUIRE(read(tally)[0].doubt);
            CHECK(read(tally)[0].doubt->message == "cannot count requests_total{instance=\"a:80\",job=\"app\"}: no series of up says when it was scraped");
            CHECK_FALSE(read(tally)[0].doubt->lasting);
        }
    }
    SECTION("it was a new target, scraped between two queries") {
        auto found = orphan;
        found.up = {up({none, none, 1, 1, 1})};
        found.counters = {counter({none, none, 3, 4, 5})};
        found.starts = {starts({none, none, base + 16, base + 16, base + 16})};
        tally.take(found.answers(scrape_time(0), scrape_time(3)));
        CHECK_FALSE(read(tally)[0].doubt);
        CHECK(read(tally)[0].count == 4);
    }
}

TEST_CASE("several buckets of a histogram under one selector are a lasting doubt") {
    const auto bucket = [](const char* le, const std::vector<SelectorIndex>& selectors) {
        return counter({1, 2}, {{"le", le}, {"__name__", "latency_bucket"}}, selectors);
    };
    World world{{up(all_up)}, {}, {bucket("0.5", {0, 1}), bucket("+Inf", {0, 2}), bucket("1", {3}), bucket("1.0", {3})}};
    auto tally = by_steps(world, after_scrape(0), scrape_time(5), 4);
    REQUIRE(read(tally)[0].doubt);
    CHECK(read(tally)[0].doubt->message.find("each event counts in several buckets of a histogram") != std::string::npos);
    CHECK(read(tally)[0].doubt->hint == "name one bucket, such as le=\"0.5\"");
    CHECK(read(tally)[0].doubt->lasting);
    for (const std::size_t other : {1U, 2U, 3U}) CHECK_FALSE(read(tally)[other].doubt);
    tally.take(World{}.answers(scrape_time(5), scrape_time(6)));
    CHECK(read(tally)[0].doubt);
}

TEST_CASE("several processes behind one address: nothing of it is counted") {
    World world{{up(all_up), up(all_up, {{"instance", "b:80"}})}, {}, {counter({5, 15, 25, 35}), counter({7, 8, 9, 10}, {{"instance", "b:80"}})}};
    const auto check = [&](const char* what) {
        INFO(what);
        for (const bool steps : {false, true}) {
            const auto tally = steps ? by_steps(world, after_scrape(0), scrape_time(11)) : at_once(world, after_scrape(0), scrape_time(11));
            const auto reading = read(tally)[0];
            REQUIRE(reading.doubt);
            CHECK(reading.doubt->lasting);
            CHECK(reading.doubt->message.find("cannot count job=app, instance=a:80: several processes answer in turn") == 0);
            CHECK(reading.doubt->hint.find("scrape each process by itself") == 0);
            CHECK(reading.count == 3);
        }
    };
    world.starts = {starts({base, base + 5, base})};
    check("a start time goes back");
    world.starts = {starts({base - 90, base - 80, base - 90, base - 80})};
    check("start times return");
    world.starts = {};
    world.counters[0] = counter({50, 9, 51, 10, 52, 11, 53});
    check("it falls and climbs above its old height, and nobody says when processes began");
    world.counters[0] = counter({50, 9, 50, 9, 50, 9, 50});
    check("the same while nobody uses them");
    world.counters[0] = counter({50, 9, 51, 10, 52, 11, 53});
    world.starts = {starts(same(long_ago))};
    check("the same with a start time that is the master's");
}

TEST_CASE("restarts are no processes in turn") {
    const auto count = [](const std::vector<double>& values, const std::vector<double>& began) {
        const auto reading = read(by_steps({{up(all_up)}, {starts(began)}, {counter(values)}}, after_scrape(0), scrape_time(11)))[0];
        CHECK_FALSE(reading.doubt);
        return reading.count;
    };
    // A crash loop whose every life counts more than the one before.
    const std::vector<double> lives = {base, base + 5, base + 5, base + 25, base + 25, base + 45, base + 45, base + 65, base + 65};
    CHECK(count({5, 1, 6, 1, 7, 1, 8, 1, 9}, lives) == 1 + 5 + 1 + 6 + 1 + 7 + 1 + 8);
    // Without start times: two climbs are let pass, and falls without climbs always.
    CHECK(count({5, 1, 6, 1, 7}, {}) == 1 + 5 + 1 + 6);
    CHECK(count({100, 1, 5, 1, 6, 1, 7, 1, 8}, {}) == 1 + 4 + 1 + 5 + 1 + 6 + 1 + 7);
    // One error in each life, of a service that shows the counter from the beginning.
    CHECK(count({1, 0, 1, 0, 1, 0, 1, 0, 1}, {}) == 4);
}

TEST_CASE("a series belongs to the target whose labels it carries, most of them") {
    World world{{up(all_up), up(all_up, {{"replica", "2"}}), up(all_up, {{"instance", ""}, {"job", ""}, {"group", "x"}})}, {}, {}};
    for (auto& target : world.up) {
        for (const char* label : {"job", "instance"}) {
            if (target.labels[label].empty()) target.labels.erase(label);
        }
    }
    world.counters = {counter({1, 2}, {{"code", "200"}}, {0}), counter({1, 3}, {{"replica", "2"}}, {1}), counter({1, 4}, {{"instance", "z"}, {"group", "x"}}, {2}),
                      counter({1, 5, 5, 5, 5, 5}, {{"instance", "z"}}, {3})};
    auto tally = by_steps(world, after_scrape(0), scrape_time(5), 4);
    const auto parts = tally.parts();
    REQUIRE(parts.size() == 3);
    CHECK(parts[0].shares.at(0).selector == 0);
    CHECK(parts[1].shares.at(0).selector == 1);
    CHECK(parts[1].labels->at("replica") == "2");
    CHECK(parts[2].shares.at(0).selector == 2);
    CHECK(read(tally)[3].doubt);
}

TEST_CASE("hostile labels and times do no harm") {
    World world{{up(all_up, {{"instance", "a\n\"\\{}"}})}, {}, {counter({1, 2.5}, {{"instance", "a\n\"\\{}"}})}};
    CHECK(complaint(world).find('\n') == std::string::npos);
    CHECK(complaint(world).find("instance=\"a\\n\\\"\\\\{}\"") != std::string::npos);
    world = {{up({1, 1})}, {}, {counter({1, 2})}};
    world.up[0].samples.push_back({1e300, 1});
    world.counters[0].series.samples.push_back({-1e300, 7});
    world.counters[0].series.samples.push_back({not_a_number, 7});
    TickAnswers answers;
    answers.from = scrape_time(-30);
    answers.time = scrape_time(5);
    answers.up = world.up;
    answers.counters = world.counters;
    Tally tally(after_scrape(0), 1);
    tally.take(answers);
    CHECK(read(tally)[0].doubt);
    CHECK(unix_milliseconds(not_a_number) == 0);
    CHECK(unix_milliseconds(infinite) == 1'000'000'000'000'000);
    CHECK(unix_milliseconds(1.0005) == 1001);
}
