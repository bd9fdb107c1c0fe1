#include "catch.hpp"

#include "push-rules/check/checks.hpp"
#include "push-rules/check/dashboard.hpp"
#include "push-rules/check/metric_source.hpp"
#include "push-rules/check/service.hpp"
#include "push-rules/check/suppression.hpp"

using namespace slipway;
using namespace slipway::push_rules;

TEST_CASE("comments turn checks off for a rule, a group or a file") {
    const std::string text = R"(# slipway: disable=file-wide
groups:
- name: a # slipway: disable=group-wide
  rules:
  # slipway: disable=one, two
  - record: a
    expr: up
  - record: b
    expr: up # slipway: disable=three
- name: b
  rules:
  - record: c
    expr: up
)";
    const Suppressions suppressions(text, prometheus::read_rule_file(text, "x.yml"));
    CHECK(suppressions.covers("file-wide", 13));
    CHECK(suppressions.covers("group-wide", 8));
    CHECK_FALSE(suppressions.covers("group-wide", 12));
    CHECK(suppressions.covers("one", 6));
    CHECK(suppressions.covers("two", 7));
    CHECK_FALSE(suppressions.covers("one", 8));
    CHECK(suppressions.covers("three", 8));
    CHECK_FALSE(suppressions.covers("three", 6));
    CHECK_FALSE(Suppressions().covers("one", 1));
}

TEST_CASE("severities are chosen by the user") {
    Severities severities;
    CHECK(severities.of("needless-regex") == Severity::warning);
    CHECK_FALSE(severities.set("needless-regex=off").has_value());
    CHECK_FALSE(severities.of("needless-regex").has_value());
    CHECK_FALSE(severities.set("missing-severity=error").has_value());
    CHECK(severities.of("missing-severity") == Severity::error);
    CHECK(severities.set("needles-regex=off").value().hint == "did you mean needless-regex?");
    CHECK(severities.set("needless-regex").has_value());
}

TEST_CASE("variables of dashboards stand for something") {
    CHECK(without_variables("up") == std::vector<std::string>{"up"});
    CHECK(without_variables("rate(x[$__rate_interval])").front() == "rate(x[5m])");
    CHECK(without_variables("rate(x{job=\"$job\"}[${interval}])").front() == "rate(x{job=\"slipway_any_value\"}[5m])");
    CHECK(without_variables("sum by ([[by]]) (x)").front() == "sum by (slipway_any_value) (x)");
    CHECK(without_variables("topk($k, x)").back() == "topk(1, x)");
    CHECK(without_variables("x[${__range_s}s]").front() == "x[3600s]");
    CHECK(without_variables("x[${n}m]").front() == "x[5m]");
    CHECK(without_variables("x{a=~\"^$\"}") == std::vector<std::string>{"x{a=~\"^$\"}"});
}

TEST_CASE("queries of all panels are found, with their places") {
    const std::string text = R"({"dashboard": {"panels": [
  {"title": "A", "targets": [{"expr": "up{a=\"b\"}"}, {"expr": ""}, {"rawSql": "x"}]},
  {"type": "row", "panels": [{"title": "B", "targets": [{"expr": "up"}]}]},
  {"title": "C", "datasource": {"type": "loki"}, "targets": [{"expr": "{a=\"b\"}"}]}]}})";
    const auto queries = panel_queries(text, "x.json");
    REQUIRE(queries.size() == 2);
    CHECK(queries[0].panel == "A");
    CHECK(queries[0].expr == "up{a=\"b\"}");
    CHECK(text.compare(queries[0].offset, 5, "up{a=") == 0);
    CHECK(queries[1].panel == "B");
    CHECK_THROWS_AS(panel_queries("{}", "x.json"), Error);
    CHECK_THROWS_AS(panel_queries("{", "x.json"), Error);
}

TEST_CASE("external metrics by name, pattern and regular expression") {
    const ExternalMetrics external({"up_time", "node_*", "kube_(pod|node)_info"});
    CHECK(external.covers("up_time"));
    CHECK(external.covers("node_load1"));
    CHECK(external.covers("kube_pod_info"));
    CHECK_FALSE(external.covers("kube_pod_info_x"));
    CHECK_FALSE(external.covers("xup_time"));
}

TEST_CASE("requests that warm a service up") {
    CHECK(why_no_warm_up("GET /api/v1/process_data").empty());
    CHECK(why_no_warm_up("POST /x?y=z").empty());
    for (const char* text : {"", "/x", "GET", "GET x", "get /x", "GET "}) CHECK_FALSE(why_no_warm_up(text).empty());
}
