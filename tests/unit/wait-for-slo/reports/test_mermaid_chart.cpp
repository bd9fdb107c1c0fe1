#include "catch.hpp"

#include "../run.hpp"
#include "core/text.hpp"
#include "wait-for-slo/reports/mermaid_chart.hpp"

#include <algorithm>
#include <regex>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::wait_for_slo;
using slipway::played::Run;
using slipway::played::service;

namespace {

/// An objective that has seen so many ticks, each with so many events.
ObjectiveWatch watched(const std::string& name, std::size_t ticks, Duration spacing, double total, double bad, double objective = 0.95) {
    ObjectiveWatch watch({.name = name, .policy = {.objective = objective}}, 5);
    ObjectiveReading reading{.total_matches = true, .numerator_matches = true};
    for (std::size_t i = 1; i <= ticks; ++i) {
        reading.counts.total += total;
        reading.counts.bad += bad;
        watch.take(reading, spacing * static_cast<long>(i), 0.5);
    }
    return watch;
}

/// The lines of the chart, each checked against Mermaid's grammar of xychart.
std::vector<std::string> lines_of(const std::string& chart) {
    std::vector<std::string> lines;
    for (const auto line : split(chart, '\n')) lines.emplace_back(line);
    REQUIRE(lines.size() == 10);
    const std::string number = R"((\d+(\.\d+)?))";
    const std::string numbers = R"(\[)" + number + "(, " + number + R"()*\])";
    CHECK(lines[0].empty());
    CHECK(lines[1] == "```mermaid");
    CHECK(lines[2] == "xychart-beta");
    CHECK(std::regex_match(lines[3], std::regex(R"re(    title "[^"]*")re")));
    CHECK(std::regex_match(lines[4], std::regex(R"re(    x-axis "seconds" )re" + number + " --> " + number)));
    CHECK(std::regex_match(lines[5], std::regex(R"re(    y-axis "bad events, %" 0 --> )re" + number)));
    CHECK(std::regex_match(lines[6], std::regex("    bar " + numbers)));
    CHECK(std::regex_match(lines[7], std::regex("    line " + numbers)));
    CHECK(lines[8] == "```");
    CHECK(lines[9].empty());
    return lines;
}

auto commas(const std::string& line) { return std::count(line.begin(), line.end(), ','); }

} // namespace

TEST_CASE("the chart of an error rate") {
    const auto lines = lines_of(mermaid_chart(watched("orders", 3, Duration{5000}, 100, 8)));
    CHECK(lines[3] == "    title \"orders\"");
    CHECK(lines[4] == "    x-axis \"seconds\" 5 --> 15");
    CHECK(lines[5] == "    y-axis \"bad events, %\" 0 --> 8.8");
    CHECK(lines[6] == "    bar [8, 8, 8]");
    CHECK(lines[7] == "    line [5, 5, 5]");
}

TEST_CASE("no chart of fewer than two looks with events") {
    CHECK(mermaid_chart(watched("orders", 0, Duration{5000}, 100, 8)).empty());
    CHECK(mermaid_chart(watched("orders", 1, Duration{5000}, 100, 8)).empty());
}

TEST_CASE("a chart has sixty points at most") {
    for (const std::size_t ticks : {59U, 60U, 61U, 119U, 121U, 10'000U}) {
        const auto lines = lines_of(mermaid_chart(watched("orders", ticks, Duration{5000}, 100, 1)));
        INFO(ticks);
        CHECK(commas(lines[6]) < 60);
        CHECK(commas(lines[6]) >= 30 - 1);
        CHECK(commas(lines[7]) == commas(lines[6]));
    }
}

TEST_CASE("numbers of a chart have no exponents, however long the watch or small the rate") {
    CHECK(lines_of(mermaid_chart(watched("a day", 24, Duration{3'600'000}, 100, 1)))[4] == "    x-axis \"seconds\" 3600 --> 86400");
    const auto rare = lines_of(mermaid_chart(watched("rare", 2, Duration{5000}, 4e8, 1, 0.99999999)));
    CHECK(rare[6] == "    bar [0.00000025, 0.00000025]");
    CHECK(rare[7] == "    line [0.000001, 0.000001]");
    CHECK(rare[5] == "    y-axis \"bad events, %\" 0 --> 0.0000011");
    CHECK(lines_of(mermaid_chart(watched("none", 2, Duration{5000}, 10, 0)))[6] == "    bar [0, 0]");
    CHECK(lines_of(mermaid_chart(watched("all", 2, Duration{5000}, 10, 10)))[6] == "    bar [100, 100]");
}

TEST_CASE("names that would break a chart") {
    struct Row {
        std::string name;
        std::string title;
    };
    for (const auto& row : {Row{R"(95 % of requests_total{code="200"})", "95 % of requests_total{code='200'}"}, Row{"a\n```\n# heading", "a'''''' heading"}, Row{"%%{init: {}}%%", "%% {init: {}}%%"},
                            Row{"x; y #quot;", "x' y 'quot'"}, Row{"größe \t", "größe '"}, Row{"", ""}}) {
        const auto title = lines_of(mermaid_chart(watched(row.name, 2, Duration{5000}, 10, 1)))[3];
        CHECK(title == "    title \"" + row.title + '"');
        CHECK(title.find("%%{") == std::string::npos);
        CHECK(std::count(title.begin(), title.end(), '"') == 2);
        CHECK(title.find('`') == std::string::npos);
        CHECK(title.find('\n') == std::string::npos);
    }
}

TEST_CASE("names that would break the summary's table") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.set("--total", "requests_total{path!~\"a\\\\|b\"}").with({"--summary", "s.md"}).go();
    CHECK(run.code == 0);
    const auto& summary = run.world.files.contents.at("s.md");
    const auto row = summary.find("| 95 % of requests_total{path!~\"a");
    REQUIRE(row != std::string::npos);
    // Pipes that are not escaped: those around seven cells.
    const auto line = summary.substr(row, summary.find('\n', row) - row);
    std::size_t borders = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\') ++i;
        else borders += line[i] == '|';
    }
    CHECK(borders == 8);
}
