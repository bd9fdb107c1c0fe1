#include "catch.hpp"

#include "core/timestamp.hpp"

using namespace slipway;
using namespace std::chrono;

TEST_CASE("an instant is written in UTC as RFC 3339 says") {
    CHECK(format_timestamp(Timestamp{}) == "1970-01-01T00:00:00Z");
    CHECK(format_timestamp(Timestamp{milliseconds{1'763'992'931'250}}) == "2025-11-24T14:02:11.250Z");
    CHECK(format_timestamp(Timestamp{milliseconds{-1}}) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("RFC 3339 is read with any offset") {
    const auto instant = Timestamp{sys_days{2026y / 11 / 24} + 14h + 2min + 11s};
    for (const char* text : {"2026-11-24T14:02:11Z", "2026-11-24t14:02:11z", "2026-11-24 14:02:11Z", "2026-11-24T15:02:11+01:00",
                             "2026-11-24T08:32:11-05:30", "2026-11-25T00:02:11+10:00", "2026-11-24T14:02:11-00:00", "2026-11-24T14:02:11.000999Z"}) {
        INFO(text);
        CHECK(parse_timestamp(text) == instant);
    }
    CHECK(parse_timestamp("2026-11-24T14:02:11.25Z") == instant + 250ms);
    CHECK(parse_timestamp("2026-11-24T14:02:11.123456789012345678901234567890Z") == instant + 123ms);
    CHECK(parse_timestamp("2016-12-31T23:59:60Z") == Timestamp{sys_days{2017y / 1 / 1}}); // a leap second
    CHECK(parse_timestamp("2024-02-29T00:00:00Z"));
}

TEST_CASE("what is no instant is refused") {
    for (const char* text : {"", "2026-11-24", "2026-11-24T14:02Z", "2026-11-24T14:02:11", "2026-11-24T14:02:11.Z", "2026-11-24T24:00:00Z", "2026-11-24T14:60:00Z",
                             "2026-11-24T14:02:61Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2025-02-29T00:00:00Z", "2026-11-31T00:00:00Z",
                             "26-11-24T14:02:11Z", "2026-11-24T14:02:11Zx", "2026-11-24T14:02:11+0100", "2026-11-24T14:02:11+24:00", "2026-11-24T14:02:11+01:60",
                             "+026-11-24T14:02:11Z", "2026-11-24X14:02:11Z", " 2026-11-24T14:02:11Z"}) {
        INFO(text);
        CHECK_FALSE(parse_timestamp(text));
    }
}

TEST_CASE("what is written reads back") {
    for (const std::int64_t ms : {0LL, 1LL, 951'782'400'000LL, 1'763'992'931'250LL, -62'135'596'800'000LL, 253'402'300'799'999LL}) {
        const Timestamp instant{milliseconds{ms}};
        CHECK(parse_timestamp(format_timestamp(instant)) == instant);
    }
}

TEST_CASE("the date of an HTTP header") {
    CHECK(parse_http_date("Tue, 24 Nov 2026 12:00:00 GMT") == parse_timestamp("2026-11-24T12:00:00Z"));
    CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == parse_timestamp("1994-11-06T08:49:37Z"));
    for (const char* text : {"", "120", "Tue, 24 Nov 2026 12:00:00 UTC", "Tue, 24 nov 2026 12:00:00 GMT", "Tue, 24 anF 2026 12:00:00 GMT", "Tue, 32 Nov 2026 12:00:00 GMT",
                             "Tue, 24 Nov 2026 25:00:00 GMT", "Tue  24 Nov 2026 12:00:00 GMT", "Tuesday, 24-Nov-26 12:00:00 GMT", "Tue, 24 Nov 2026 12:00:00 GMT "}) {
        INFO(text);
        CHECK_FALSE(parse_http_date(text));
    }
}
