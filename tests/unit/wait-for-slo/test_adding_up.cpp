#include "catch.hpp"

#include "wait-for-slo/sources/adding_up.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

constexpr Milliseconds now = 1'000'000;

SelectorReading counted(double count, std::vector<std::string> targets = {"a"}) {
    SelectorReading reading;
    reading.count = count;
    reading.matches = true;
    reading.newest_success = now - 4'000;
    reading.interval = 15'000;
    reading.alive = true;
    reading.targets = std::move(targets);
    return reading;
}

SelectorReading nothing() { return {}; }

NumberedCount only(SelectorIndex selector) { return {{1, selector}}; }

ObjectiveReading added(const NumberedCounts& counts, const std::vector<SelectorReading>& selectors) {
    return add_up({.watched = counts}, selectors, Timestamp(Duration{now}));
}

} // namespace

TEST_CASE("two of good, bad and total give the third") {
    const std::vector<SelectorReading> selectors = {counted(90), counted(10), counted(100)};
    for (const auto& counts : {NumberedCounts{.good = only(0), .total = only(2)}, NumberedCounts{.bad = only(1), .total = only(2)}, NumberedCounts{.good = only(0), .bad = only(1)}}) {
        const auto reading = added(counts, selectors);
        CHECK(reading.counts.total == 100);
        CHECK(reading.counts.bad == 10);
        CHECK(reading.total_matches);
        CHECK(reading.numerator_matches);
        CHECK_FALSE(reading.doubt);
        CHECK(reading.since_newest == Duration{4'000});
        CHECK(reading.interval == Duration{15'000});
        CHECK(reading.alive);
    }
}

TEST_CASE("sums and differences are added up after they were counted") {
    const std::vector<SelectorReading> selectors = {counted(90), counted(5), counted(100)};
    const auto reading = added({.good = NumberedCount{{1, 0}, {-1, 1}}, .total = NumberedCount{{1, 2}, {-1, 1}}}, selectors);
    CHECK(reading.counts.total == 95);
    CHECK(reading.counts.bad == 10);
    CHECK_FALSE(reading.doubt);
}

TEST_CASE("what matches nothing is 0 only as long as total is there") {
    SECTION("no bad events") {
        const auto reading = added({.bad = only(0), .total = only(1)}, {nothing(), counted(100)});
        CHECK(reading.counts.bad == 0);
        CHECK(reading.total_matches);
        CHECK_FALSE(reading.numerator_matches);
        CHECK_FALSE(reading.doubt);
    }
    SECTION("no good events: all are bad") {
        const auto reading = added({.good = only(0), .total = only(1)}, {nothing(), counted(100)});
        CHECK(reading.counts.bad == 100);
        CHECK_FALSE(reading.numerator_matches);
    }
    SECTION("nothing at all") {
        const auto reading = added({.good = only(0), .total = only(1)}, {nothing(), nothing()});
        CHECK(reading.counts.total == 0);
        CHECK_FALSE(reading.total_matches);
        CHECK_FALSE(reading.since_newest);
        CHECK_FALSE(reading.alive);
        CHECK_FALSE(reading.doubt);
    }
    SECTION("good and bad of which one is missing") {
        const auto reading = added({.good = only(0), .bad = only(1)}, {nothing(), counted(7)});
        CHECK(reading.counts.total == 7);
        CHECK(reading.total_matches);
    }
}

TEST_CASE("more than all is impossible, a few more are a scrape between two counters") {
    struct Row {
        double good;
        double total;
        bool doubt;
    };
    for (const auto& row : {Row{100, 100, false}, Row{105, 100, false}, Row{106, 100, true}, Row{100'104, 100'000, false}, Row{100'106, 100'000, true}, Row{10, 0, true}}) {
        const auto reading = added({.good = only(0), .total = only(1)}, {counted(row.good), counted(row.total)});
        INFO(row.good << " of " << row.total);
        CHECK(reading.doubt.has_value() == row.doubt);
        CHECK(reading.counts.bad == 0);
        CHECK(added({.bad = only(0), .total = only(1)}, {counted(row.good), counted(row.total)}).doubt.has_value() == row.doubt);
    }
    const auto doubt = added({.good = only(0), .total = only(1)}, {counted(200), counted(100)}).doubt;
    CHECK(doubt->message == "200 good events of 100 cannot be: the selectors do not fit each other");
    CHECK_FALSE(doubt->lasting);
}

TEST_CASE("good and total of other targets count different times") {
    CHECK_FALSE(added({.good = only(0), .total = only(1)}, {counted(1, {"a"}), counted(9, {"a", "b"})}).doubt);
    const auto doubt = added({.good = only(0), .total = only(1)}, {counted(1, {"a", "c"}), counted(9, {"a", "b"})}).doubt;
    REQUIRE(doubt);
    CHECK(doubt->message == "good and total do not belong together: c has good events and no total");
    CHECK_FALSE(added({.good = only(0), .bad = only(1)}, {counted(1, {"a"}), counted(9, {"b"})}).doubt);
}

TEST_CASE("good events without any total are no doubt about targets") {
    for (const auto& counts : {NumberedCounts{.good = only(0), .total = only(1)}, NumberedCounts{.bad = only(0), .total = only(1)}}) {
        const auto reading = added(counts, {counted(5), nothing()});
        CHECK_FALSE(reading.doubt);
        CHECK_FALSE(reading.total_matches);
        CHECK(reading.counts.total == 0);
        CHECK(reading.counts.bad == 0);
    }
}

TEST_CASE("a doubt for good is the one that is told") {
    auto first = counted(1);
    first.doubt = Doubt{"for now", {}, false};
    auto second = counted(1);
    second.doubt = Doubt{"for good", {}, true};
    CHECK(added({.good = only(0), .total = only(1)}, {first, second}).doubt->message == "for good");
    CHECK(added({.good = only(0), .total = only(1)}, {second, first}).doubt->message == "for good");
    CHECK(added({.good = only(0), .total = only(1)}, {first, counted(1)}).doubt->message == "for now");
}

TEST_CASE("a doubt about the baseline is one about the comparison") {
    auto doubtful = counted(50);
    doubtful.doubt = Doubt{"twice", {}, true};
    const NumberedObjective objective{.watched = {.good = only(0), .total = only(1)}, .baseline = NumberedCounts{.good = only(2), .total = only(3)}};
    const auto reading = add_up(objective, {counted(9), counted(10), counted(40), doubtful}, Timestamp(Duration{now}));
    CHECK(reading.baseline.total == 50);
    CHECK(reading.baseline.bad == 10);
    CHECK(reading.doubt->message == "twice");
}

TEST_CASE("a scrape that is newer than the look is no time to come") {
    auto ahead = counted(1);
    ahead.newest_success = now + 3'000;
    CHECK(added({.good = only(0), .total = only(1)}, {ahead, ahead}).since_newest == Duration{0});
}
