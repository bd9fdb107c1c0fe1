#include "catch.hpp"

#include "prometheus/recorded_metrics.hpp"
#include "promql/parser.hpp"

#include <string>

using namespace slipway;
using namespace slipway::promql;

namespace {

/// "a b" for a closed set, "any but a" for an open one.
std::string labels_of(const std::string& text, const MetricKnowledge& knowledge = prometheus::RecordedMetrics()) {
    const auto parsed = parse(text);
    REQUIRE(parsed.expr);
    const auto shape = shape_of(*parsed.expr, knowledge).labels;
    std::string result = shape.closed ? "" : "any but";
    for (const auto& label : shape.labels) result += (result.empty() ? "" : " ") + label;
    return result;
}

Nature nature_of(const std::string& text, const MetricKnowledge& knowledge = prometheus::RecordedMetrics()) {
    const auto parsed = parse(text);
    REQUIRE(parsed.expr);
    return shape_of(*parsed.expr, knowledge).nature;
}

std::string never(const std::string& text) {
    const auto parsed = parse(text);
    REQUIRE(parsed.expr);
    return why_never_matching(as<Binary>(*parsed.expr), prometheus::RecordedMetrics());
}

} // namespace

TEST_CASE("the labels that an expression's result can have") {
    CHECK(labels_of("up") == "any but");
    CHECK(labels_of("up{a=\"\"}") == "any but a");
    CHECK(labels_of("sum(up)").empty());
    CHECK(labels_of("sum by (a, b) (up)") == "a b");
    CHECK(labels_of("sum by (a) (sum by (a, b) (up))") == "a");
    CHECK(labels_of("sum by (c) (sum by (a, b) (up))").empty());
    CHECK(labels_of("sum without (a) (up)") == "any but a");
    CHECK(labels_of("topk(3, sum by (a) (up))") == "a");
    CHECK(labels_of("count_values(\"v\", up)") == "v");
    CHECK(labels_of("histogram_quantile(0.9, sum by (le, a) (x_bucket))") == "a");
    CHECK(labels_of("label_replace(sum(up), \"b\", \"$1\", \"a\", \"(.*)\")") == "b");
    CHECK(labels_of("absent(up{a=\"x\",b=~\"y\"})") == "a");
    CHECK(labels_of("vector(1)").empty());
    CHECK(labels_of("sum by (a, b) (x) / on (a) sum by (a) (y)") == "a");
    CHECK(labels_of("sum by (a, b) (x) / ignoring (b) group_left (c) y") == "a b c");
    CHECK(labels_of("sum by (a) (x) or sum by (b) (y)") == "a b");
    CHECK(labels_of("sum by (a) (x) and y") == "a");
    CHECK(labels_of("sum by (a) (x) > 5") == "a");
}

TEST_CASE("what values are") {
    CHECK(nature_of("x_total") == Nature::counter);
    CHECK(nature_of("sum(x_total)") == Nature::summed_counter);
    CHECK(nature_of("rate(x_total[5m])") == Nature::gauge);
    CHECK(nature_of("sum(rate(x_total[5m]))") == Nature::gauge);
    CHECK(nature_of("x") == Nature::unknown);
    CHECK(nature_of("x_total > 5") == Nature::counter);
    CHECK(nature_of("x_total - 5") == Nature::gauge);
}

TEST_CASE("sides that never match") {
    CHECK(never("sum by (a) (x) / sum by (b) (y)") == "only the left side has the label 'a'");
    CHECK(never("x{k=\"a\"} / x{k=\"b\"}") == "'k' is \"a\" on the left side and \"b\" on the right side");
    CHECK(never("x{k=\"a\"} / ignoring (k) x{k=\"b\"}").empty());
    CHECK(never("x{k=\"a\"} / on (j) x{k=\"b\"}").empty());
    CHECK(never("x / y").empty());
    CHECK(never("sum by (a) (x) or sum by (b) (y)").empty());
    CHECK(never("sum by (a) (x) / on () sum by (b) (y)").empty());
    CHECK(never("sum by (a) (x) * on (a) sum by (b) (y)") == "only the left side has the label 'a'");
}

TEST_CASE("recorded metrics bring their labels and their nature") {
    const auto file = prometheus::read_rule_file(R"yaml(groups:
- name: g
  rules:
  - {record: "job:x:sum", expr: sum by (job) (x_total), labels: {team: a}}
  - {record: "again", expr: "job:x:sum"}
  - {record: "round", expr: round}
  - {record: "twice", expr: sum(x)}
  - {record: "twice", expr: "sum by (b) (y)", labels: {c: d}}
)yaml",
                                                 "x.yml");
    REQUIRE(file.problems.empty());
    prometheus::RecordedMetrics recorded;
    for (const auto& group : file.groups) recorded.add(group);
    CHECK(labels_of("again", recorded) == "job team");
    CHECK(nature_of("again", recorded) == Nature::summed_counter);
    CHECK(labels_of("round", recorded) == "any but"); // it leads to itself
    CHECK(labels_of("twice", recorded) == "any but");
    CHECK(recorded.records("again"));
    CHECK_FALSE(recorded.records("x_total"));
}
