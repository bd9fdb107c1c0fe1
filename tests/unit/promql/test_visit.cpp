#include "catch.hpp"

#include "promql/functions.hpp"
#include "promql/parser.hpp"
#include "promql/visit.hpp"

#include <string>
#include <vector>

using namespace slipway::promql;

TEST_CASE("selectors are visited in the order of the text, with what is around them") {
    const auto parsed = parse("sum(rate(a[5m])) / on() group_left() b > scalar(max_over_time(c{x=\"y\"}[1h:]))");
    REQUIRE(parsed.expr);
    std::vector<std::string> seen;
    for_each_selector(*parsed.expr, [&](const VectorSelector& selector, Path around) {
        seen.push_back(selector.metric() + " below " + std::to_string(around.size()));
        if (selector.metric() == "a") {
            REQUIRE(around.size() == 5);
            CHECK(around[4]->kind == ExprKind::matrix_selector);
            CHECK(as<Call>(*around[3]).function->name == "rate");
        }
    });
    CHECK(seen == std::vector<std::string>{"a below 5", "b below 2", "c below 4"});
}

TEST_CASE("labels of info() are no selector") {
    Dialect dialect;
    dialect.features.experimental_functions = true;
    const auto parsed = parse("info(up, {a=\"b\"})", dialect);
    REQUIRE(parsed.expr);
    int count = 0;
    for_each_selector(*parsed.expr, [&](const VectorSelector&, Path) { ++count; });
    CHECK(count == 1);
}
