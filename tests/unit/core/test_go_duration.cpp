#include "catch.hpp"

#include "core/go_duration.hpp"

using namespace slipway;

TEST_CASE("durations of Go") {
    CHECK(parse_go_duration("90s") == Duration{90'000});
    CHECK(parse_go_duration("1h30m") == Duration{5'400'000});
    CHECK(parse_go_duration("30m1h") == Duration{5'400'000}); // units come in any order
    CHECK(parse_go_duration("1.5h") == Duration{5'400'000});
    CHECK(parse_go_duration(".5s") == Duration{500});
    CHECK(parse_go_duration("720h") == Duration{2'592'000'000});
    for (const auto* text : {"", "5", "1d", "1 m", "m", "-1s", "0s", "1s2", "1e3s", "infs", "99999999999999h", "1s "}) {
        INFO(text);
        CHECK_FALSE(parse_go_duration(text));
    }
}
