#include "catch.hpp"

#include "slo_files.hpp"

using namespace slipway;
using namespace slipway::slo;

namespace {

using Lines = std::vector<std::string>;

constexpr Duration day{86'400'000};

std::string openslo(const std::string& indicator, const std::string& rest = "  timeWindow: [{duration: 28d, isRolling: true}]\n  objectives: [{target: 0.99}]\n") {
    return "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: availability}\nspec:\n  service: myapp\n  indicator: {metadata: {name: i}, spec: " + indicator + "}\n" + rest;
}

std::string source(const std::string& query) { return "{metricSource: {type: Prometheus, spec: {query: '" + query + "'}}}"; }

/// What the queries of the only objective are for a window of one hour.
std::pair<std::string, std::string> queries(const SloFile& file) {
    REQUIRE(file.objectives.size() == 1);
    const auto& indicator = file.objectives[0].indicator;
    return {indicator.numerator.at("1h"), indicator.total.at("1h")};
}

} // namespace

TEST_CASE("Sloth's form") {
    const auto file = read_slo(R"(version: prometheus/v1
service: myapp
labels: {team: web, tier: "2"}
slos:
  - name: availability
    objective: 99.95
    description: Requests are answered
    labels: {tier: "1"}
    sli:
      events:
        error_query: sum(rate(requests_total{code=~"5.."}[{{ .window }}]))
        total_query: sum(rate(requests_total[{{.window}}]))
    alerting:
      name: MyappDown
      labels: {routing: web}
      annotations: {runbook: "https://x"}
      page_alert: {labels: {severity: pager}}
      ticket_alert: {disable: true}
)");
    CHECK(file.problems.empty());
    REQUIRE(file.objectives.size() == 1);
    const auto& objective = file.objectives[0];
    CHECK(objective.id() == "myapp-availability");
    CHECK(objective.target == 0.9995);
    CHECK(objective.error_budget() == 0.0005);
    CHECK(objective.labels == Labels{{"team", "web"}, {"tier", "1"}});
    CHECK(objective.alert_name == "MyappDown");
    CHECK(objective.page.labels == Labels{{"severity", "pager"}});
    CHECK(objective.page.enabled);
    CHECK_FALSE(objective.ticket.enabled);
    CHECK_FALSE(objective.period);
    CHECK(objective.place == Place{"slo.yaml", 5, 5});
    CHECK(queries(file) == std::pair<std::string, std::string>("sum(rate(requests_total{code=~\"5..\"}[1h]))", "sum(rate(requests_total[1h]))"));
}

TEST_CASE("Sloth's manifest spells the same in its own way") {
    const auto file = read_slo(R"x(apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: {name: x, namespace: monitoring}
spec:
  service: myapp
  slos:
    - name: a
      objective: 99
      sli: {raw: {errorRatioQuery: '1 - avg(avg_over_time(up[{{.window}}]))'}}
      alerting: {name: Down, pageAlert: {disable: true}}
)x");
    CHECK(file.problems.empty());
    REQUIRE(file.objectives.size() == 1);
    CHECK(file.objectives[0].indicator.kind == IndicatorKind::failure_ratio);
    CHECK_FALSE(file.objectives[0].page.enabled);
}

TEST_CASE("mistakes in Sloth's form stand at their place") {
    CHECK(problems_of(sloth_with("    objective: 100\n    sli: {raw: {error_ratio_query: 'up[{{.window}}]'}}\n")) ==
          Lines{"slo.yaml:6:37: the query gives a range vector, and an indicator needs a number or an instant vector", "slo.yaml:5:16: the objective leaves no error budget"});
    CHECK(problems_of(sloth_with("    objective: 99.9\n    sli: {events: {error_query: 'sum(rate(x[5m]))', total_query: 'sum(rate(x[{{.windw}}])'}}\n")) ==
          Lines{"slo.yaml:6:33: the query does not use {{.window}}", "slo.yaml:6:78: wrong template: '{{.windw}}' is not known here"});
    CHECK(problems_of(sloth_with("    objectiv: 99.9\n    sli: {plugin: {id: x}}\n")) ==
          Lines{"slo.yaml:5:5: 'objectiv' is no key of an entry of 'slos'", "slo.yaml:4:5: an entry of 'slos' has no 'objective'",
                "slo.yaml:6:19: indicators from Sloth's plugins cannot be read: they are programs of their own"});
    CHECK(problems_of(sloth_with("    objective: 99.9\n    sli:\n      raw:\n        error_ratio_query: |\n          sum(rate(x[{{.window}}]))\n          / sum(\n")) ==
          Lines{"slo.yaml:10:17: wrong expression: the expression ends too early, where an operand is expected"});
    CHECK(problems_of("version: prometheus/v2\nservice: x\nslos: []\n").front() == "slo.yaml:1:10: version 'prometheus/v2' of Sloth is not known");
}

TEST_CASE("OpenSLO's ratios take queries in three forms") {
    const auto with_window = read_slo(openslo("{ratioMetric: {counter: true, good: " + source("sum(rate(x{a=\"b\"}[{{.window}}]))") + ", total: " + source("sum(rate(x[{{.window}}]))") + "}}"));
    CHECK(with_window.problems.empty());
    CHECK(queries(with_window).first == "sum(rate(x{a=\"b\"}[1h]))");
    const auto with_range = read_slo(openslo("{ratioMetric: {counter: true, bad: " + source("sum by (job) (increase(x{a=\"b\"}[5m]))") + ", total: " + source("sum by (job) (increase(x[5m]))") + "}}"));
    CHECK(queries(with_range) == std::pair<std::string, std::string>("sum by (job) (increase(x{a=\"b\"}[1h]))", "sum by (job) (increase(x[1h]))"));
    CHECK(with_range.objectives[0].indicator.kind == IndicatorKind::bad_events);
    const auto bare = read_slo(openslo("{ratioMetric: {counter: true, good: " + source("x{a=\"b\"}") + ", total: " + source("x") + "}}"));
    CHECK(queries(bare) == std::pair<std::string, std::string>("sum(rate(x{a=\"b\"}[1h]))", "sum(rate(x[1h]))"));
    const auto gauge = read_slo(openslo("{ratioMetric: {counter: false, good: " + source("x{a=\"b\"}") + ", total: " + source("sum(x)") + "}}"));
    CHECK(queries(gauge) == std::pair<std::string, std::string>("sum(sum_over_time(x{a=\"b\"}[1h]))", "sum(sum_over_time(x[1h]))"));
    const auto raw = read_slo(openslo("{ratioMetric: {counter: true, rawType: success, raw: " + source("x") + "}}"));
    CHECK(queries(raw).first == "avg(avg_over_time(x[1h]))");
    CHECK(raw.objectives[0].indicator.kind == IndicatorKind::success_ratio);
    CHECK(raw.objectives[0].period->length == 28 * day);
}

TEST_CASE("a query whose window cannot be told is a mistake") {
    const auto good = "{ratioMetric: {counter: true, good: " + source("rate(x[5m]) / rate(y[10m])") + ", total: " + source("x") + "}}";
    CHECK(problems_of(openslo(good)) == Lines{"slo.yaml:6:148: the query has ranges of several lengths: which of them the window replaces cannot be told"});
    const auto shifted = "{ratioMetric: {counter: true, good: " + source("x offset 5m") + ", total: " + source("x") + "}}";
    CHECK(problems_of(openslo(shifted)) == Lines{"slo.yaml:6:127: the query looks at another time, so no window can be put in"});
    const auto constant = "{ratioMetric: {counter: true, good: " + source("1") + ", total: " + source("x") + "}}";
    CHECK(problems_of(openslo(constant)) == Lines{"slo.yaml:6:127: the query reads no series"});
}

TEST_CASE("OpenSLO's thresholds, slices and calendars") {
    const auto file = read_slo(openslo("{thresholdMetric: " + source("latency_seconds") + "}", R"(  budgetingMethod: Timeslices
  timeWindow: [{duration: 1M, isRolling: false, calendar: {startTime: "2026-01-01 06:00:00", timeZone: "+02:00"}}]
  objectives:
    - {displayName: Fast enough, op: lte, value: 0.5, target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 1m}
    - {op: lt, value: 2, targetPercent: 99.9, timeSliceTarget: 0.95, timeSliceWindow: 5m}
)"));
    CHECK(file.problems.empty());
    REQUIRE(file.objectives.size() == 2);
    const auto& first = file.objectives[0];
    CHECK(first.name == "availability-fast-enough");
    CHECK(first.indicator.kind == IndicatorKind::threshold);
    CHECK(first.indicator.limit == 0.5);
    CHECK(first.budgeting == Budgeting::time_slices);
    CHECK(first.slice_target == 0.95);
    REQUIRE(first.period->calendar);
    CHECK(first.period->calendar->unit == CalendarUnit::month);
    CHECK(first.period->calendar->utc_offset == Duration{-4 * 3'600'000}); // two hours ahead, six hours into the day
    CHECK(first.period->length == 30 * day);
    const auto& second = file.objectives[1];
    CHECK(second.name == "availability-2");
    CHECK(second.target == 0.999);
    CHECK(second.slice == Duration{300'000});
    CHECK(second.indicator.comparison == Comparison::less);
}

TEST_CASE("what OpenSLO says wrongly") {
    const auto indicator = "{ratioMetric: {counter: true, good: " + source("x") + ", total: " + source("y") + "}}";
    CHECK(problems_of(openslo(indicator, "  timeWindow: [{duration: 28x}]\n  budgetingMethod: Sometimes\n  objectives: [{target: 1.2}, {target: 0.9, targetPercent: 90}]\n")) ==
          Lines{"slo.yaml:8:20: 'budgetingMethod': 'Sometimes' is not known", "slo.yaml:7:27: 'duration': '28x' is none of OpenSLO's durations",
                "slo.yaml:9:25: the objective leaves no error budget", "slo.yaml:9:31: an objective takes either 'target' or 'targetPercent'"});
    CHECK(problems_of(openslo("{ratioMetric: {counter: true, good: {metricSource: {type: Datadog, spec: {query: x}}}, total: " + source("y") + "}}")) ==
          Lines{"slo.yaml:6:100: the metric source 'Datadog' does not speak PromQL, so no rules can be made for it"});
    CHECK(problems_of(openslo(indicator, "  timeWindow: [{duration: 1M, isRolling: false, calendar: {startTime: '2026-01-15 00:00:00', timeZone: Europe/Berlin}}]\n  objectives: [{target: 0.9}]\n")) ==
          Lines{"slo.yaml:7:104: time zone 'Europe/Berlin': the periods begin by UTC, since no rule knows when this zone changes its clocks",
                "slo.yaml:7:71: the calendar begins in the middle of a month, quarter or year, which no rule can count"});
    CHECK(problems_of(openslo(indicator, "  timeWindow: [{duration: 2w, isRolling: false}]\n  objectives: [{target: 0.9}]\n")) == Lines{"slo.yaml:7:16: a calendar window takes one whole unit: 1d, 1w, 1M, 1Q or 1Y"});
}

TEST_CASE("an SLI may stand in another file") {
    SloReader reader({});
    reader.add("apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n  service: s\n  indicatorRef: requests\n  objectives: [{target: 0.9}]\n", "slo.yaml");
    reader.add("apiVersion: openslo/v1\nkind: SLI\nmetadata: {name: requests}\nspec: {ratioMetric: {counter: true, good: " + source("x") + ", total: " + source("y") + "}}\n---\napiVersion: openslo/v1\nkind: Service\nmetadata: {name: s}\nspec: {}\n", "sli.yaml");
    const auto files = reader.finish();
    CHECK(files[0].problems.empty());
    REQUIRE(files[0].objectives.size() == 1);
    CHECK(files[0].objectives[0].indicator.total.at("5m") == "sum(rate(y[5m]))");
    CHECK(problems_of("apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n  service: s\n  indicatorRef: requests\n  objectives: [{target: 0.9}]\n") == Lines{"slo.yaml:6:17: there is no SLI 'requests' in the files that are given"});
}

TEST_CASE("OpenSLO v1alpha, as Sloth reads it") {
    const auto file = read_slo(R"x(apiVersion: openslo/v1alpha
kind: SLO
metadata: {name: slo1}
spec:
  service: my-service
  budgetingMethod: Occurrences
  timeWindows: [{count: 28, unit: Day}]
  objectives:
    - ratioMetrics:
        good: {source: prometheus, queryType: promql, query: 'sum(rate(x{code!~"5.."}[{{.window}}]))'}
        total: {source: prometheus, queryType: promql, query: 'sum(rate(x[{{.window}}]))'}
      target: 0.999
)x");
    CHECK(file.problems.empty());
    REQUIRE(file.objectives.size() == 1);
    CHECK(file.objectives[0].name == "slo1-0");
    CHECK(file.objectives[0].indicator.kind == IndicatorKind::good_events);
    CHECK(file.objectives[0].period->length == 28 * day);
}

TEST_CASE("Backyards' templates are filled in") {
    const std::string sli = R"(apiVersion: sre.banzaicloud.io/v1alpha1
kind: ServiceLevelIndicatorTemplate
metadata: {name: rate, namespace: backyards-system}
spec:
  goodEvents: |
    sum(rate(
      requests_total{reporter="{{ .Params.reporter }}", namespace="{{ .Service.Namespace }}", name="{{- .Service.Name -}}", code!~"5.."}[{{ .SLO.Period }}]
    ))
  totalEvents: sum(rate(requests_total{namespace="{{ .Service.Namespace }}"}[{{ .SLO.Period }}]))
  kind: availability
  parameters:
    - {default: source, name: reporter}
)";
    const std::string objective = R"(---
apiVersion: sre.banzaicloud.io/v1alpha1
kind: ServiceLevelObjective
metadata: {name: frontpage, namespace: demo}
spec:
  selector: {name: front, namespace: backyards-demo}
  sli:
    templateRef: {name: rate, namespace: backyards-system}
)";
    const auto file = read_slo(sli + objective + "    parameters: {reporter: destination}\n  slo: {goal: \"99.9\", rolling: {length: 720h}}\n");
    CHECK(file.problems.empty());
    CHECK(queries(file) == std::pair<std::string, std::string>("sum(rate(\n  requests_total{reporter=\"destination\", namespace=\"backyards-demo\", name=\"front\", code!~\"5..\"}[1h]\n))",
                                                               "sum(rate(requests_total{namespace=\"backyards-demo\"}[1h]))"));
    CHECK(file.objectives[0].target == 0.999);
    CHECK(file.objectives[0].period->length == 30 * day);
    CHECK(file.objectives[0].service == "front");
    CHECK(queries(read_slo(sli + objective + "  slo: {goal: \"99.9\", rolling: {length: 1h30m}}\n")).first.find("reporter=\"source\"") != std::string::npos);
    CHECK(problems_of(sli + objective + "    parameters: {reportr: x}\n  slo: {goal: \"99.9\", rolling: {length: 30d}}\n") ==
          Lines{"slo.yaml:22:41: 'length': '30d' is no duration", "slo.yaml:21:17: the template 'rate' has no parameter 'reportr'"});
}

TEST_CASE("mistakes of Backyards' templates are said where they stand") {
    const std::string sli = R"(apiVersion: sre.banzaicloud.io/v1alpha1
kind: ServiceLevelIndicatorTemplate
metadata: {name: worker, namespace: payments}
spec:
  goodEvents: |
    sum(worker_successful_jobs{service="{{ Service.Name }}"})
  totalEvents: |
    sum(worker_total_jobs{service="{{ .Service.Name }}"})
  kind: availability
  parameters: []
)";
    CHECK(problems_of(sli) == Lines{"slo.yaml:6:41: wrong template: '{{ Service.Name }}' is not known here", "slo.yaml:7:16: 'totalEvents' does not use .SLO.Period: it is taken for counters, and their rate over each window"});
    CHECK(read_slo(sli).problems.front().hint == "a dot goes in front: {{ .Service.Name }}");
}

TEST_CASE("Pyrra's indicators") {
    const auto pyrra = [](const std::string& indicator) {
        return read_slo("apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata:\n  name: errors\n  namespace: monitoring\n  labels: {pyrra.dev/team: ops, app: x}\nspec:\n  target: \"99\"\n  window: 2w\n  indicator:\n    " + indicator + "\n");
    };
    const auto ratio = pyrra("ratio: {errors: {metric: 'x{code=~\"5..\"}'}, total: {metric: x}, grouping: [handler, job]}");
    CHECK(ratio.problems.empty());
    CHECK(queries(ratio) == std::pair<std::string, std::string>("sum by (handler, job) (rate(x{code=~\"5..\"}[1h]))", "sum by (handler, job) (rate(x[1h]))"));
    CHECK(ratio.objectives[0].service == "monitoring");
    CHECK(ratio.objectives[0].labels == Labels{{"team", "ops"}});
    CHECK(ratio.objectives[0].period->length == 14 * day);
    CHECK(pyrra("ratio: {errors: {metric: x}, total: {metric: y}, grouping: [handler, service]}").problems.size() == 1);
    CHECK(pyrra("bool_gauge: {metric: up, grouping: [team]}").problems.size() == 1);
    const auto latency = pyrra("latency: {success: {metric: 'x_bucket{le=\"1\"}'}, total: {metric: x_count}}");
    CHECK(queries(latency).first == "sum(rate(x_bucket{le=\"1\"}[1h]))");
    CHECK(latency.objectives[0].indicator.kind == IndicatorKind::good_events);
    const auto gauge = pyrra("bool_gauge: {metric: up}");
    CHECK(queries(gauge) == std::pair<std::string, std::string>("sum(sum_over_time(up[1h]))", "sum(count_over_time(up[1h]))"));
    const auto native = pyrra("latencyNative: {latency: 500ms, total: {metric: x}}");
    CHECK(queries(native) == std::pair<std::string, std::string>("(histogram_fraction(0, 0.5, sum(rate(x[1h]))) >= 0) * histogram_count(sum(rate(x[1h])))", "histogram_count(sum(rate(x[1h])))"));
    CHECK(pyrra("ratio: {errors: {metric: 'sum(x)'}, total: {metric: x}}").problems.front().message == "'metric' takes a metric with its labels, no other expression");
    CHECK(pyrra("ratio: {errors: {metric: x}, total: {metric: x}, grouping: [a~b]}").problems.front().message == "'grouping': 'a~b' is no label name");
    CHECK(pyrra("{}").problems.front().message == "'indicator' takes one of ratio, latency, latencyNative and bool_gauge");
}

TEST_CASE("objectives are named once") {
    SloReader reader({});
    reader.add(usual_sloth, "a.yaml");
    reader.add(usual_sloth, "b.yaml");
    const auto files = reader.finish();
    REQUIRE(files[1].problems.size() == 1);
    CHECK(to_line(files[1].problems[0]) == "b.yaml:4:5: the objective 'availability' of the service 'myapp' stands in a.yaml:4:5 already");
}

TEST_CASE("other documents among objectives") {
    CHECK(read_slo(usual_sloth + "---\napiVersion: v1\nkind: ConfigMap\n").unreadable);
    CHECK(read_slo("a: [").unreadable);
    CHECK(read_slo("text").unreadable);
    CHECK(read_slo("- a\n---\n7\n").unreadable);
    CHECK(read_slo("").objectives.empty());
}
