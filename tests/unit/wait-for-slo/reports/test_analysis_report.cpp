#include "catch.hpp"

#include "../checks/scripted.hpp"
#include "core/text.hpp"
#include "wait-for-slo/reports/analysis_report.hpp"

#include <algorithm>
#include <regex>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::scripted;

namespace {

const Timestamp began = *parse_timestamp("2026-11-24T12:00:00Z");

Measurement measured(Phase phase, Duration watched, std::optional<double> number, const std::string& message = {}) {
    return {.phase = phase, .started = began + watched, .finished = began + watched + Duration{50}, .watched = watched, .value = number ? "[" + value_in_words(*number) + "]" : "", .number = number, .message = message};
}

MetricRecord metric_of(const std::vector<double>& numbers, std::optional<double> min, std::optional<double> max) {
    MetricRecord metric{.name = "p99", .query = "q", .condition = "<= 0.5", .min = min, .max = max};
    for (std::size_t i = 0; i < numbers.size(); ++i) metric.measurements.push_back(measured(Phase::successful, Duration{60'000} * static_cast<long>(i), numbers[i]));
    return metric;
}

/// The lines of the chart within its block, each checked against Mermaid's grammar of xychart.
std::vector<std::string> lines_of(const std::string& chart) {
    std::vector<std::string> all;
    for (const auto line : split(chart, '\n')) all.emplace_back(line);
    REQUIRE(all.size() >= 9);
    const std::string number = R"((-?\d+(\.\d+)?))";
    CHECK(all[1] == "```mermaid");
    CHECK(all[2] == "xychart-beta");
    CHECK(std::regex_match(all[3], std::regex(R"re(    title "[^"]*")re")));
    CHECK(std::regex_match(all[4], std::regex(R"re(    x-axis "seconds" )re" + number + " --> " + number)));
    CHECK(std::regex_match(all[5], std::regex(R"re(    y-axis "value" )re" + number + " --> " + number)));
    for (std::size_t i = 6; i + 2 < all.size(); ++i) CHECK(std::regex_match(all[i], std::regex(R"(    line \[)" + number + "(, " + number + R"()*\])")));
    CHECK(all[all.size() - 2] == "```");
    return all;
}

} // namespace

TEST_CASE("an analysis in JSON has the words of an AnalysisRun") {
    MetricRecord metric{.name = "p99", .query = "q", .condition = "<= 0.5", .max = 0.5};
    metric.measurements = {measured(Phase::error, Duration{0}, {}, "connection refused"), measured(Phase::failed, Duration{10'000}, 0.75), measured(Phase::inconclusive, Duration{20'000}, {}, "no series"),
                           measured(Phase::successful, Duration{30'000}, 0.25), measured(Phase::successful, Duration{40'000}, 0.25)};
    const auto json = to_json(AnalysisRecord{"latency", {Verdict::holds, "2 of 4 measurements passed"}, {metric}});
    CHECK(json.at("name") == "latency");
    CHECK(json.at("verdict") == "holds");
    CHECK(json.at("reason") == "2 of 4 measurements passed");
    const auto& one = json.at("metrics").at(0);
    CHECK(one.dump().rfind(R"({"name":"p99","query":"q","condition":"<= 0.5","dryRun":false,"count":4,"successful":2,"failed":1,"inconclusive":1,"error":1,"consecutiveError":0,"consecutiveSuccess":2,"measurements":[)", 0) == 0);
    CHECK(one.at("measurements").at(0).dump() == R"({"phase":"Error","startedAt":"2026-11-24T12:00:00Z","finishedAt":"2026-11-24T12:00:00.050Z","message":"connection refused"})");
    CHECK(one.at("measurements").at(1).dump() == R"({"phase":"Failed","startedAt":"2026-11-24T12:00:10Z","finishedAt":"2026-11-24T12:00:10.050Z","value":"[0.75]"})");
    CHECK(one.at("measurements").at(2).at("phase") == "Inconclusive");
    CHECK(one.at("measurements").at(3).at("phase") == "Successful");
}

TEST_CASE("the summary of analyses") {
    CHECK(summary_of({}).empty());
    MetricRecord hostile{.name = "a|b\n", .query = "q", .condition = "<= 0.5", .dry_run = true};
    hostile.measurements = {measured(Phase::failed, Duration{0}, 0.75)};
    const auto text = summary_of({{"p99", {Verdict::holds, {}}, {metric_of({0.1, 0.2}, {}, 0.5)}}, {"run", {Verdict::violated, {}}, {hostile, MetricRecord{.name = "never", .query = {}, .condition = {}}}}});
    CHECK(text.find("| p99 | holds | 2 | 0 | 0 | 0.2, wanted <= 0.5 |\n") != std::string::npos);
    CHECK(text.find("| run: a\\|b  (dry run) | violated | 0 | 1 | 0 | 0.75, wanted <= 0.5 |\n") != std::string::npos);
    CHECK(text.find("| run: never | violated | 0 | 0 | 0 |  |\n") != std::string::npos);
    CHECK(text.find("xychart-beta") != std::string::npos);
    const auto many = summary_of(std::vector<AnalysisRecord>(60, {"p99", {Verdict::holds, {}}, {metric_of({0.1, 0.2}, {}, 0.5)}}));
    CHECK(many.find("\nand 10 more\n") != std::string::npos);
    std::size_t charts = 0;
    for (auto at = many.find("xychart"); at != std::string::npos; at = many.find("xychart", at + 1)) ++charts;
    CHECK(charts == 3);
}

TEST_CASE("charts of values and their limits") {
    const auto lines = lines_of(mermaid_chart(metric_of({0.1, 0.75, 0.2}, {}, 0.5)));
    CHECK(lines[3] == "    title \"p99\"");
    CHECK(lines[4] == "    x-axis \"seconds\" 0 --> 120");
    CHECK(lines[5] == "    y-axis \"value\" 0.035 --> 0.815");
    CHECK(lines[6] == "    line [0.1, 0.75, 0.2]");
    CHECK(lines[7] == "    line [0.5, 0.5, 0.5]");
    const auto both = lines_of(mermaid_chart(metric_of({-5, 5}, -1, 1)));
    CHECK(both[5] == "    y-axis \"value\" -6 --> 6");
    CHECK(both[7] == "    line [-1, -1]");
    CHECK(both[8] == "    line [1, 1]");
    // One line for ==, an axis where all is the same, and no infinity.
    const auto equal = lines_of(mermaid_chart(metric_of({1, 1, std::numeric_limits<double>::infinity()}, 1, 1)));
    CHECK(equal[5] == "    y-axis \"value\" 0 --> 2");
    CHECK(equal[8] == "```");
    lines_of(mermaid_chart(metric_of({1e300, -1e300, 1e-300}, {}, {})));
    CHECK(mermaid_chart(metric_of({}, {}, 1)).empty());
    CHECK(mermaid_chart(metric_of({1}, {}, 1)).empty());
    CHECK(mermaid_chart(metric_of({no_value, 1, std::numeric_limits<double>::infinity()}, {}, 1)).empty());
    CHECK(lines_of(mermaid_chart(metric_of({1, 1, 2}, {}, std::numeric_limits<double>::infinity())))[6] == "    line [1, 1, 2]");
}

TEST_CASE("a chart of many values shows the worst of them") {
    std::vector<double> numbers(10'000, 0.1);
    numbers[5003] = 0.9;
    const auto lines = lines_of(mermaid_chart(metric_of(numbers, {}, 0.5)));
    CHECK(std::count(lines[6].begin(), lines[6].end(), ',') < 60);
    CHECK(lines[6].find("0.9") != std::string::npos);
    std::fill(numbers.begin(), numbers.end(), 0.8);
    numbers[17] = 0.3;
    CHECK(lines_of(mermaid_chart(metric_of(numbers, 0.5, {})))[6].rfind("    line [0.3, 0.8,", 0) == 0);
}
