// What is told of probes in JSON and Markdown.
#include "catch.hpp"

#include "wait-for-slo/probes/record_text.hpp"

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

ProbeRecord record_of() {
    const auto time = *parse_timestamp("2026-11-24T14:02:11Z");
    ProbeRecord record{.url = "http://shop/", .requests = 1000, .failed = 25, .failures = {}, .versions = {}, .median = Duration{12}, .slowest = {}};
    for (int i = 0; i < 25; ++i) record.failures.push_back({.time = time + Duration{i}, .took = Duration{1500}, .status = i == 0 ? 0 : 302, .reason = i == 0 ? "connection reset" : "status 302, redirected to http://a|b/<img>"});
    record.versions = {{.version = "", .answers = 900, .failed = 0, .first = time, .last = time}, {.version = "[new](http://else)`", .answers = 75, .failed = 1, .first = time, .last = time}};
    return record;
}

} // namespace

TEST_CASE("a record of probes as JSON") {
    const auto json = to_json(record_of());
    CHECK(json["median_seconds"] == 0.012);
    CHECK(json["slowest_seconds"].is_null());
    REQUIRE(json["failures"].size() == 25);
    CHECK(json["failures"][0] == cli::Json{{"time", "2026-11-24T14:02:11Z"}, {"seconds", 1.5}, {"status", nullptr}, {"reason", "connection reset"}});
    CHECK(json["failures"][1]["status"] == 302);
    CHECK(json["versions"][1]["answers"] == 75);
}

TEST_CASE("a record of probes on a summary page") {
    const auto text = markdown_of({record_of()});
    CHECK(text.find("| http://shop/ | 1000 | 25 | 12ms |  |\n") != std::string::npos);
    CHECK(text.find("\nand 5 more\n") != std::string::npos);
    CHECK(text.find("| none | 900 |") != std::string::npos);
    // What a server says is no markup.
    CHECK(text.find("| `[new](http://else)'` | 75 | 1 |") != std::string::npos);
    CHECK(text.find("| `status 302, redirected to http://a\\|b/<img>` |") != std::string::npos);
    CHECK(markdown_of({}).empty());
}
