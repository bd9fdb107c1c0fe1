#include "catch.hpp"

#include "promql/matching.hpp"

using namespace slipway::promql;

namespace {

bool takes(MatchOp op, const char* pattern, const char* value, Dialect dialect = {}) {
    const Matcher matcher{"a", op, pattern, {}, false};
    return ValueMatcher(matcher, dialect).matches(value);
}

} // namespace

TEST_CASE("values are matched as a whole") {
    CHECK(takes(MatchOp::equal, "5..", "5.."));
    CHECK_FALSE(takes(MatchOp::equal, "5..", "500"));
    CHECK(takes(MatchOp::regex, "5..", "500"));
    CHECK_FALSE(takes(MatchOp::regex, "5..", "x500"));
    CHECK_FALSE(takes(MatchOp::regex, "a|b", "ab"));
    CHECK(takes(MatchOp::not_regex, "5..", "200"));
    CHECK(takes(MatchOp::not_equal, "a", "b"));
    CHECK(takes(MatchOp::regex, "plain", "plain"));
    CHECK(takes(MatchOp::regex, "(?<n>x)y", "xy"));
}

TEST_CASE("a dot takes line breaks since 3.0") {
    CHECK(takes(MatchOp::regex, "a.b", "a\nb"));
    CHECK_FALSE(takes(MatchOp::regex, "a.b", "a\nb", {.version = {2, 55}}));
}

TEST_CASE("whether a matcher takes series without the label") {
    const auto empty = [](MatchOp op, const char* value) { return try_on_empty({"a", op, value, {}, false}, {}).matches; };
    CHECK(empty(MatchOp::equal, ""));
    CHECK_FALSE(empty(MatchOp::equal, "x"));
    CHECK(empty(MatchOp::not_equal, "x"));
    CHECK_FALSE(empty(MatchOp::not_equal, ""));
    CHECK(empty(MatchOp::regex, ".*"));
    CHECK_FALSE(empty(MatchOp::regex, ".+"));
    CHECK(empty(MatchOp::not_regex, ".+"));
    CHECK(try_on_empty({"a", MatchOp::regex, "\\C", {}, false}, {}).problem == "\\C is not known");
}
