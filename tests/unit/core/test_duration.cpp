#include "catch.hpp"

#include "core/duration.hpp"

using namespace slipway;

TEST_CASE("a duration is read as people write it") {
    CHECK(parse_duration("0") == Duration{0});
    CHECK(parse_duration("500ms") == Duration{500});
    CHECK(parse_duration("90s") == Duration{90'000});
    CHECK(parse_duration("1h30m") == Duration{5'400'000});
    CHECK(parse_duration("1.5s") == Duration{1500});
    CHECK(parse_duration("1d") == Duration{86'400'000});
    CHECK(parse_duration("28d") == Duration{28LL * 86'400'000});
    CHECK(parse_duration("1y") == Duration{365LL * 86'400'000});
}

TEST_CASE("what is no duration is refused") {
    for (const char* text : {"", "10", "-1m", "+5m", "1m1h", "1h1h", "ten", "1.m", ".5s", "1e3s", " 1s", "1s ", "1 s", "9999999y", "1..5s"}) {
        INFO(text);
        CHECK(!parse_duration(text));
    }
}

TEST_CASE("a duration is written so that it reads back") {
    for (const char* text : {"0s", "500ms", "1m30s", "1h30m", "1d2h", "28d"}) CHECK(format_duration(*parse_duration(text)) == text);
    CHECK(format_duration(Duration{90'000}) == "1m30s");
}

TEST_CASE("a duration that no clock could add is refused") {
    CHECK(parse_duration("100y"));
    for (const char* text : {"100y1d", "101y", "999999999999999999999999s", "9223372036854775807ms", "36501d"}) {
        INFO(text);
        CHECK_FALSE(parse_duration(text));
    }
    // Clocks of the standard library count in nanoseconds.
    const auto longest = *parse_duration("100y");
    CHECK(std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(longest)) == longest);
}

TEST_CASE("durations at the ends of the type are written") {
    CHECK(format_duration(Duration{-90'000}) == "-1m30s");
    CHECK(format_duration(Duration::max()) == "106751991167d7h12m55s807ms");
    CHECK(format_duration(Duration::min()) == "-106751991167d7h12m55s808ms");
}
