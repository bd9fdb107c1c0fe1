#include "catch.hpp"

#include "wait-for-slo/checks/bounds.hpp"

#include <limits>
#include <string>
#include <vector>

using namespace slipway::wait_for_slo;

namespace {

constexpr double no_value = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

} // namespace

TEST_CASE("values at and beside their limits") {
    struct Row {
        Relation relation;
        bool below, at, above;
    };
    for (const auto& row : {Row{Relation::less, true, false, false}, Row{Relation::less_equal, true, true, false}, Row{Relation::greater, false, false, true}, Row{Relation::greater_equal, false, true, true},
                            Row{Relation::equal, false, true, false}, Row{Relation::not_equal, true, false, true}}) {
        const Bounds bounds({{row.relation, 0.5}});
        INFO(bounds.text());
        CHECK((bounds.judge({false, {std::nextafter(0.5, 0)}}).phase == Phase::successful) == row.below);
        CHECK((bounds.judge({false, {0.5}}).phase == Phase::successful) == row.at);
        CHECK((bounds.judge({true, {std::nextafter(0.5, 1)}}).phase == Phase::successful) == row.above);
        CHECK((bounds.judge({false, {-infinity}}).phase == Phase::successful) == row.below);
        CHECK((bounds.judge({false, {infinity}}).phase == Phase::successful) == row.above);
    }
}

TEST_CASE("several series: each must pass, and those without events say nothing") {
    const Bounds bounds({{Relation::greater_equal, 0.25}, {Relation::less_equal, 0.5}});
    CHECK(bounds.text() == ">= 0.25 and <= 0.5");
    CHECK(bounds.min() == 0.25);
    CHECK(bounds.max() == 0.5);
    CHECK(bounds.judge({false, {0.3, 0.25, 0.5}}).phase == Phase::successful);
    CHECK(bounds.judge({false, {0.3, no_value}}).phase == Phase::successful);
    const auto failed = bounds.judge({false, {0.3, 0.75, no_value, 0.1, 0.5}});
    CHECK(failed.phase == Phase::failed);
    CHECK(failed.message == "0.75, wanted >= 0.25 and <= 0.5 (the worst of 4 series, of which 2 failed)");
    CHECK(bounds.judge({true, {0.6}}).message == "0.6, wanted >= 0.25 and <= 0.5");
    const auto none = bounds.judge({false, {}});
    CHECK(none.phase == Phase::inconclusive);
    CHECK(none.message == "no series");
    CHECK(bounds.judge({false, {no_value, no_value}}).phase == Phase::inconclusive);
    CHECK(bounds.judge({true, {no_value}}).message == "NaN, as a ratio without events gives");
}

TEST_CASE("the worst of several values") {
    CHECK_FALSE(worst_of({}, 0, 1));
    CHECK_FALSE(worst_of({no_value}, 0, 1));
    CHECK(worst_of({0.2, no_value, 0.4}, {}, 0.5) == 0.4);
    CHECK(worst_of({0.2, 0.4}, 0.3, {}) == 0.2);
    CHECK(worst_of({-0.2, 0.5, 1.1}, 0, 1) == -0.2);
    CHECK(worst_of({3, 5, 4}, {}, {}) == 5);
    CHECK(worst_of({3, infinity, 4}, {}, 1) == infinity);
}

TEST_CASE("limits within which there is no value") {
    using List = std::vector<Bound>;
    for (const auto& possible : {List{{Relation::greater_equal, 1}, {Relation::less_equal, 1}}, List{{Relation::greater, 1}, {Relation::less, 2}}, List{{Relation::equal, 1}}, List{{Relation::less, infinity}}, List{{Relation::not_equal, 1}},
                                 List{{Relation::greater_equal, infinity}}}) {
        INFO(Bounds(possible).text());
        CHECK(Bounds(possible).why_impossible().empty());
    }
    for (const auto& impossible : {List{{Relation::greater_equal, 1}, {Relation::less_equal, 0.5}}, List{{Relation::greater, 1}, {Relation::less, 1}}, List{{Relation::greater, 1}, {Relation::less_equal, 1}},
                                   List{{Relation::equal, 1}, {Relation::not_equal, 1}}, List{{Relation::equal, 1}, {Relation::equal, 2}}, List{{Relation::greater, infinity}}, List{{Relation::less, -infinity}}}) {
        INFO(Bounds(impossible).text());
        CHECK_FALSE(Bounds(impossible).why_impossible().empty());
    }
}

TEST_CASE("values and limits as people read them") {
    CHECK(value_in_words(0.73) == "0.73");
    CHECK(value_in_words(1.0 / 3) == "0.333333");
    CHECK(value_in_words(1234567.8) == "1234568");
    CHECK(value_in_words(-1e-9) == "-1e-09");
    CHECK(value_in_words(1e300) == "1e+300");
    CHECK(value_in_words(infinity) == "+Inf");
    CHECK(value_in_words(0) == "0");
    CHECK(Bound{Relation::less, 1000000}.text() == "< 1000000");
    CHECK(Bound{Relation::less, 0.1234567891}.text() == "< 0.1234567891");
    CHECK(Bound{Relation::greater, -1e-300}.text() == "> -1e-300");
}
