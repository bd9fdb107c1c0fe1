#include "catch.hpp"

#include "build-image/tags/dates.hpp"
#include "core/error.hpp"

using namespace slipway;
using namespace slipway::build_image;

namespace {

std::string show(const char* instant, const char* format, const std::string& zone = {}) { return format_date(*parse_timestamp(instant), format, zone); }

} // namespace

TEST_CASE("dates by moment's tokens") {
    const auto* const evening = "2026-01-05T21:04:09.250Z"; // a Monday
    for (const auto& [format, expected] : std::vector<std::pair<const char*, const char*>>{
             {"YYYYMMDD", "20260105"}, {"YY-M-D", "26-1-5"}, {"HHmmss", "210409"}, {"H:m:s", "21:4:9"}, {"hh h A a", "09 9 PM pm"}, {"MMM MMMM", "Jan January"},
             {"ddd dddd dd d E", "Mon Monday Mo 1 1"}, {"DDD DDDD", "5 005"}, {"Do Mo", "5th 1st"}, {"Q", "1"}, {"GGGG-[W]WW W", "2026-W02 2"}, {"X", "1767647049"},
             {"x", "1767647049250"}, {"SSS SS S", "250 25 2"}, {"Z ZZ", "+00:00 +0000"}, {"[at] YYYY", "at 2026"}, {"[open", "[open"}, {"", ""}, {"k kk", "21 21"}}) {
        INFO(format);
        CHECK(show(evening, format) == expected);
    }
    CHECK(show("2027-01-01T00:00:00Z", "GGGG-WW") == "2026-53");
    CHECK(show("2024-12-30T00:00:00Z", "GGGG-WW") == "2025-01");
    CHECK(show("2026-11-22T00:30:00Z", "hh A E Do") == "12 AM 7 22nd");
    CHECK(show("2026-11-13T12:00:00Z", "hh A Do") == "12 PM 13th");
}

TEST_CASE("time zones") {
    CHECK(show("2026-07-01T23:30:00Z", "YYYYMMDD HHmm Z", "Europe/Berlin") == "20260702 0130 +02:00");
    CHECK(show("2026-01-01T03:00:00Z", "YYYYMMDD HHmm ZZ", "America/New_York") == "20251231 2200 -0500");
    CHECK(show("2026-01-01T03:00:00Z", "HHmm", "utc") == "0300");
    for (const char* zone : {"Mars/Base", "../etc/passwd", "/etc/localtime", "Europe/../Europe/Berlin"}) {
        INFO(zone);
        CHECK_THROWS_AS(show("2026-01-01T03:00:00Z", "HHmm", zone), Error);
    }
}
