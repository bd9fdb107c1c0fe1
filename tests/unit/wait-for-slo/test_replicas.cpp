#include "catch.hpp"

#include "tally_world.hpp"
#include "wait-for-slo/counting/replicas.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::tallying;

namespace {

const Labels b = {{"instance", "b:80"}};

/// Two servers that see one truth, each at scrapes of its own.
struct Pair {
    Tally first{after_scrape(0), 2};
    Tally second{after_scrape(0), 2};
    Replicas replicas;

    std::vector<SelectorReading> read(const World* one, const World* other, Milliseconds from, Milliseconds time) {
        if (one) first.take(one->answers(from, time));
        if (other) second.take(other->answers(from, time));
        return replicas.read({{&first, one != nullptr}, {&second, other != nullptr}});
    }
};

/// The same some milliseconds later.
World shifted(World world, double seconds) {
    const auto shift = [&](prometheus::Series& one) {
        for (auto& sample : one.samples) sample.time += seconds;
    };
    for (auto& one : world.up) shift(one);
    for (auto& one : world.starts) shift(one);
    for (auto& one : world.counters) shift(one.series);
    return world;
}

const std::vector<double> ones(12, 1);
const std::vector<double> tens = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120};

/// Total is selector 0, good is selector 1.
World service(const std::vector<double>& scrapes = ones, const std::vector<double>& total = tens, const std::vector<double>& good = tens, const Labels& more = {}) {
    auto labels = more;
    labels["code"] = "200";
    return {{up(scrapes, more)}, {}, {counter(total, more, {0}), counter(good, labels, {1})}};
}

} // namespace

TEST_CASE("replicas are never summed") {
    Pair pair;
    const auto one = service();
    const auto other = shifted(service(), 3);
    for (int i = 1; i < 12; ++i) {
        const auto all = pair.read(&one, &other, scrape_time(i - 4), scrape_time(i) + 4000);
        CHECK(all[0].count == 10 * i);
        CHECK(all[1].count == 10 * i);
        CHECK_FALSE(all[0].doubt);
        CHECK(all[0].alive);
        CHECK(all[0].targets.size() == 1);
    }
}

TEST_CASE("a target that only one replica knows counts") {
    Pair pair;
    const auto one = service();
    auto other = shifted(service(), 3);
    const auto extra = service(ones, tens, tens, b);
    for (const auto& up : extra.up) other.up.push_back(up);
    for (const auto& series : extra.counters) other.counters.push_back(series);
    const auto all = pair.read(&one, &other, scrape_time(-30), scrape_time(5) + 4000);
    CHECK(all[0].count == 100);
    CHECK(all[0].targets.size() == 2);
}

TEST_CASE("a replica that dies is replaced, and counts go on") {
    Pair pair;
    const auto one = service();
    const auto other = shifted(service(), 3);
    CHECK(pair.read(&one, &other, scrape_time(-30), scrape_time(3))[0].count == 30);
    double before = 30;
    for (int i = 4; i < 12; ++i) {
        const auto all = pair.read(nullptr, &other, scrape_time(i - 4), scrape_time(i) + 4000);
        CHECK(all[0].count >= before);
        CHECK(all[0].count == all[1].count);
        before = all[0].count;
        if (i >= 6) CHECK(all[0].count == 10 * i);
        CHECK(all[0].alive);
    }
    // The other one comes back, knows all again, and nothing is gained or lost.
    CHECK(pair.read(&one, &other, scrape_time(-30), scrape_time(11) + 4000)[0].count == 110);
}

TEST_CASE("a replica that dies after its first scrape of a target is replaced as soon") {
    Pair pair;
    const auto begins = [](const std::vector<double>& values) {
        auto late = values;
        late[0] = late[1] = none;
        return late;
    };
    const auto one = service(begins(ones), begins(tens), begins(tens));
    const auto other = shifted(one, 3);
    pair.read(&one, &other, scrape_time(-30), scrape_time(2) + 4000);
    pair.read(nullptr, &other, scrape_time(-1), scrape_time(3) + 4000);
    const auto all = pair.read(nullptr, &other, scrape_time(0), scrape_time(5) + 4000);
    CHECK(all[0].count == read(pair.second)[0].count);
    CHECK(all[0].count >= 30);
    CHECK(all[0].alive);
}

TEST_CASE("no replica answers: nothing changes, and what is known grows old") {
    Pair pair;
    const auto one = service();
    const auto all = pair.read(&one, &one, scrape_time(-30), scrape_time(3));
    CHECK(all[0].alive);
    const World empty;
    CHECK(pair.read(nullptr, nullptr, 0, 0)[0].count == 30);
    CHECK_FALSE(pair.read(&empty, nullptr, scrape_time(8), scrape_time(11))[0].alive);
    CHECK(pair.read(&empty, nullptr, scrape_time(8), scrape_time(11))[0].count == 30);
}

TEST_CASE("the replica without gaps is read") {
    // A restart in the gap of the first hides events from it.
    auto gap = service({1, 1, none, none, none, 1, 1, 1}, {10, 20, none, none, none, 30, 40, 50}, {10, 20, none, none, none, 30, 40, 50});
    const auto whole = service({1, 1, 1, 1, 1, 1, 1, 1}, {10, 20, 50, 5, 15, 30, 40, 50}, {10, 20, 50, 5, 15, 30, 40, 50});
    SECTION("at once") {
        Pair pair;
        CHECK(pair.read(&gap, &whole, scrape_time(-30), scrape_time(7))[0].count == 40 + 50);
    }
    SECTION("as soon as the gap shows") {
        Pair pair;
        CHECK(pair.read(&gap, &whole, scrape_time(-30), scrape_time(1))[0].count == 10);
        double before = 10;
        for (int i = 2; i < 8; ++i) {
            const auto all = pair.read(&gap, &whole, scrape_time(i - 4), scrape_time(i));
            CHECK(all[0].count >= before);
            CHECK(all[0].count == all[1].count);
            before = all[0].count;
        }
        CHECK(before == 40 + 50);
    }
    SECTION("a gap of both changes nothing") {
        Pair pair;
        auto other = shifted(gap, 3);
        pair.read(&gap, &other, scrape_time(-30), scrape_time(1) + 5000);
        CHECK(pair.read(&gap, &other, scrape_time(0), scrape_time(7) + 5000)[0].count == 40);
    }
}

TEST_CASE("counts never go down by a change") {
    // The second one began during the watch and knows little.
    const auto one = service();
    std::vector<double> late(ones);
    std::vector<double> late_counts(tens);
    std::vector<double> late_good(tens);
    for (std::size_t i = 0; i < 4; ++i) late[i] = late_counts[i] = late_good[i] = none;
    auto other = service(late, late_counts, late_good);
    // An old process, so its first sample is where the second begins.
    for (auto* world : {&other}) world->starts = {starts(std::vector<double>(12, long_ago))};
    Pair pair;
    CHECK(pair.read(&one, nullptr, scrape_time(-30), scrape_time(3))[0].count == 30);
    CHECK(pair.read(&one, &other, scrape_time(1), scrape_time(4))[0].count == 40);
    double before = 40;
    for (int i = 5; i < 12; ++i) {
        const auto all = pair.read(nullptr, &other, scrape_time(i - 3), scrape_time(i));
        CHECK(all[0].count >= before);
        CHECK(all[0].count == all[1].count);
        before = all[0].count;
    }
    // Less than the 110 that happened by what nobody saw before the change, and not more.
    CHECK(before == 110 - 30);
}

TEST_CASE("a doubt of one replica is avoided, a lasting one is not") {
    auto bad = service(ones, {10, 20, 30.5, 40, 50}, {10, 20, 30, 40, 50});
    const auto good = service(ones, {10, 20, 30, 40, 50}, {10, 20, 30, 40, 50});
    Pair pair;
    pair.read(&bad, &good, scrape_time(-30), scrape_time(1));
    auto all = pair.read(&bad, &good, scrape_time(-1), scrape_time(2));
    CHECK_FALSE(all[0].doubt);
    CHECK(all[0].count == 20);
    auto turns = good;
    turns.starts = {starts({base, base + 5, base})};
    // The one that was chosen sees the same process each time, by chance.
    Pair other;
    CHECK_FALSE(other.read(&good, &good, scrape_time(-30), scrape_time(1))[0].doubt);
    turns.starts = {starts({none, none, base, base + 5, base})};
    all = other.read(&good, &turns, scrape_time(0), scrape_time(4));
    REQUIRE(all[0].doubt);
    CHECK(all[0].doubt->lasting);
    CHECK(all[0].count == 0);
}

TEST_CASE("doubts of a selector itself") {
    const auto known = service();
    World orphan = service();
    orphan.up.clear();
    Pair pair;
    pair.read(&orphan, &known, scrape_time(-30), scrape_time(1));
    auto all = pair.read(&orphan, &known, scrape_time(-1), scrape_time(2));
    // What one of them cannot place, the other has counted.
    CHECK_FALSE(all[0].doubt);
    CHECK(all[0].count == 20);
    all = pair.read(&orphan, nullptr, scrape_time(0), scrape_time(3));
    CHECK(all[0].doubt);
    auto buckets = service();
    buckets.counters[0].series.labels["le"] = "1";
    buckets.counters[1].series.labels["le"] = "2";
    buckets.counters[1].selectors = {0};
    all = pair.read(&buckets, &known, scrape_time(0), scrape_time(3));
    REQUIRE(all[0].doubt);
    CHECK(all[0].doubt->lasting);
}

TEST_CASE("the replica that saw the beginning is chosen first") {
    Pair pair;
    auto late = service({none, none, none, none, 1, 1, 1}, {none, none, none, none, 50, 60, 70}, {none, none, none, none, 50, 60, 70});
    late.starts = {starts(std::vector<double>(12, long_ago))};
    const auto whole = service();
    CHECK(pair.read(&late, &whole, scrape_time(-30), scrape_time(6))[0].count == 60);
}
