#include "catch.hpp"

#include "promql/duration.hpp"
#include "promql/names.hpp"

using namespace slipway;
using namespace slipway::promql;

TEST_CASE("durations in Prometheus' notation") {
    const auto milliseconds = [](const char* text) { return read_duration(text).value().count(); };
    CHECK(milliseconds("0") == 0);
    CHECK(milliseconds("0s") == 0);
    CHECK(milliseconds("90s") == 90'000);
    CHECK(milliseconds("1h30m") == 5'400'000);
    CHECK(milliseconds("1y2w3d4h5m6s7ms") == ((((365LL + 14 + 3) * 24 + 4) * 60 + 5) * 60 + 6) * 1000 + 7);
    CHECK(milliseconds("1m1ms") == 60'001);
    CHECK(milliseconds("292y") == 292LL * 365 * 24 * 3600 * 1000);
}

TEST_CASE("what Prometheus takes for no duration") {
    for (const char* text : {"", "30", "1.5m", "-1m", "+5m", "1d1h1y", "1m1h", "1h1h", "5 m", "5m ", "m", "1M", "1min", "00", "293y", "99999999999999999999s", "1h5", "1us"}) {
        INFO(text);
        CHECK_FALSE(read_duration(text).has_value());
    }
}

TEST_CASE("durations are written in units that leave nothing over") {
    const auto day = 24LL * 3600 * 1'000'000'000;
    CHECK(write_duration(8 * day) == "8d");
    CHECK(write_duration(28 * day) == "4w");
    CHECK(write_duration(365 * day) == "1y");
    CHECK(write_duration(366 * day) == "366d");
    CHECK(write_duration(90LL * 1'000'000'000) == "1m30s");
    CHECK(write_duration(1'500'000'000) == "1s500ms");
    CHECK(write_duration(0) == "0s");
    CHECK(write_duration(500) == "0s");
}

TEST_CASE("names of metrics and labels") {
    for (const char* name : {"a", "_", ":", "job:requests:rate5m", "A9", "__x"}) CHECK(is_metric_name(name));
    for (const char* name : {"", "9a", "a-b", "a.b", "a b", "\xC3\xA9", "a{}"}) CHECK_FALSE(is_metric_name(name));
    for (const char* name : {"a", "_", "A9", "__name__"}) CHECK(is_label_name(name));
    for (const char* name : {"", "9a", "a:b", "a-b"}) CHECK_FALSE(is_label_name(name));
}
