#include "catch.hpp"

#include "slo_files.hpp"

#include "promql/parser.hpp"
#include "promql/visit.hpp"
#include "slo/dashboard.hpp"
#include "slo/dashboard_layout.hpp"
#include "slo/indicator_series.hpp"

#include <nlohmann/json.hpp>

#include <set>

using namespace slipway;
using namespace slipway::slo;

namespace {

using Json = nlohmann::ordered_json;
using Lines = std::vector<std::string>;

constexpr Duration day{86'400'000};

Objective of_events(const std::string& name, const std::string& error, const std::string& total, const char* key = "error_query") {
    return read_slo("version: prometheus/v1\nservice: myapp\nslos:\n  - name: " + name + "\n    objective: 99.9\n    sli:\n      events:\n        " + key + ": '" + error + "'\n        total_query: '" + total + "'\n").objectives.at(0);
}

const Objective& availability() {
    static const auto objective = of_events("availability", R"(sum(rate(requests_total{job="api", namespace="shop", code=~"5.."}[{{.window}}])))", R"(sum(rate(requests_total{job="api", namespace="shop"}[{{.window}}])))");
    return objective;
}

Objective latency() {
    const auto slow = R"(sum(rate(request_duration_seconds_count{job="api"}[{{.window}}])) - sum(rate(request_duration_seconds_bucket{job="api", le=~"0.3|0.30"}[{{.window}}])))";
    auto objective = of_events("latency", slow, R"(sum(rate(request_duration_seconds_count{job="api"}[{{.window}}])))");
    objective.target = 0.95;
    return objective;
}

Objective openslo(const std::string& budgeting, const std::string& indicator, const std::string& window = "{duration: 28d, isRolling: true}", const std::string& more = {}) {
    const auto file = read_slo("apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: made}\nspec:\n  service: myapp\n  budgetingMethod: " + budgeting + "\n  timeWindow: [" + window + "]\n  objectives: [{target: 0.99" + more + "}]\n  indicator:\n    metadata: {name: i}\n    spec:\n      " + indicator + "\n");
    for (const auto& problem : file.problems) WARN(to_line(problem));
    return file.objectives.at(0);
}

std::string metric_source(const std::string& query) { return "{metricSource: {type: Prometheus, spec: {query: '" + query + "'}}}"; }

Objective threshold() {
    return openslo("Timeslices", "thresholdMetric: " + metric_source("histogram_quantile(0.9, sum by (le) (rate(wait_seconds_bucket{service=\"queue\"}[5m])))"), "{duration: 28d, isRolling: true}", ", timeSliceTarget: 0.9, timeSliceWindow: 1m, op: lte, value: 0.5");
}

std::vector<Objective> of_every_kind() {
    auto month = availability();
    month.name = "monthly";
    month.period = Period{30 * day, Calendar{}};
    auto good = of_events("good", R"(sum(rate(ok_total[{{.window}}])))", R"(sum(rate(all_total[{{.window}}])))");
    good.indicator.kind = IndicatorKind::good_events;
    auto slices = good;
    slices.name = "slices";
    slices.budgeting = Budgeting::time_slices;
    slices.slice_target = 0.9;
    const auto ratio = read_slo("version: prometheus/v1\nservice: myapp\nslos:\n  - name: ratio\n    objective: 99\n    sli: {raw: {error_ratio_query: 'job:errors:ratio_rate{{.window}}'}}\n").objectives.at(0);
    return {availability(), latency(), threshold(), month, good, slices, ratio};
}

Json made(const std::vector<Objective>& objectives, const RuleSettings& settings = {}) { return make_dashboard("myapp", objectives, settings, {}); }

/// All panels that have queries.
std::vector<Json> panels_of(const Json& dashboard) {
    std::vector<Json> panels;
    for (const auto& panel : dashboard.at("panels")) {
        if (panel.contains("targets")) panels.push_back(panel);
    }
    return panels;
}

const Json& panel(const Json& dashboard, const std::string& title) {
    for (const auto& panel : dashboard.at("panels")) {
        if (panel.at("title") == title) return panel;
    }
    FAIL("no panel " << title);
    throw std::logic_error("unreachable");
}

Lines titles(const Json& dashboard, bool rows) {
    Lines found;
    for (const auto& one : dashboard.at("panels")) {
        if ((one.at("type") == "row") == rows) found.push_back(one.at("title"));
    }
    return found;
}

Lines expressions(const Json& panel) {
    Lines found;
    for (const auto& target : panel.at("targets")) found.push_back(target.at("expr"));
    return found;
}

std::vector<double> steps(const Json& panel) {
    std::vector<double> found;
    for (const auto& step : panel.at("fieldConfig").at("defaults").at("thresholds").at("steps")) {
        if (!step.at("value").is_null()) found.push_back(step.at("value"));
    }
    return found;
}

std::set<std::string> recorded_by(const std::vector<Objective>& objectives, const RuleSettings& settings) {
    std::set<std::string> names;
    for (const auto& objective : objectives) {
        for (const auto& [name, expr] : expressions_of(make_rules(objective, settings))) names.insert(name);
    }
    return names;
}

void check_shape(const Json& dashboard, const std::set<std::string>& recorded) {
    std::set<int> ids;
    std::set<std::pair<int, int>> cells;
    for (const auto& one : dashboard.at("panels")) {
        INFO(one.at("title").get<std::string>());
        CHECK(ids.insert(one.at("id").get<int>()).second);
        const auto& place = one.at("gridPos");
        const int x = place.at("x");
        const int y = place.at("y");
        const int w = place.at("w");
        const int h = place.at("h");
        CHECK((x >= 0 && w > 0 && h > 0 && x + w <= 24));
        for (int row = y; row < y + h; ++row) {
            for (int column = x; column < x + w; ++column) {
                if (!cells.insert({row, column}).second) FAIL("two panels at " << column << ',' << row);
            }
        }
    }
    for (const auto& one : panels_of(dashboard)) {
        std::set<std::string> refs;
        double before = -1e300;
        for (const double step : steps(one)) {
            CHECK(step > before);
            before = step;
        }
        CHECK_FALSE(one.at("targets").empty());
        for (const auto& target : one.at("targets")) {
            CHECK(refs.insert(target.at("refId")).second);
            CHECK(target.at("datasource").at("uid") == "${datasource}");
            const auto parsed = promql::parse(target.at("expr").get<std::string>());
            INFO(target.at("expr").get<std::string>());
            REQUIRE(parsed.expr != nullptr);
            promql::for_each_selector(*parsed.expr, [&](const promql::VectorSelector& selector, promql::Path) {
                if (selector.metric().starts_with("slo:")) CHECK(recorded.count(selector.metric()) == 1);
            });
        }
    }
}

} // namespace

TEST_CASE("a dashboard reads what the rules record, whatever their settings") {
    const auto objectives = of_every_kind();
    AlertWindows own{.page = {{0.02, Duration{3'600'000}, Duration{60'000}}}, .ticket = {{1, 30 * day, day}}};
    for (const auto names : {Names::slipway, Names::sloth}) {
        for (const auto long_windows : {LongWindows::weighted, LongWindows::average, LongWindows::raw}) {
            for (const auto& windows : {workbook_windows(), own, AlertWindows{}}) {
                if (names == Names::sloth && windows.all().empty()) continue; // no file of windows is that empty
                for (const bool alerts : {true, false}) {
                    const RuleSettings settings{.names = names, .windows = windows, .long_windows = long_windows, .alerts = alerts};
                    const auto recorded = recorded_by(objectives, settings);
                    check_shape(made(objectives, settings), recorded);
                    if (long_windows != LongWindows::weighted) continue;
                    for (const auto& objective : objectives) check_shape(made({objective}, settings), recorded);
                }
            }
        }
    }
}

TEST_CASE("what a dashboard shows") {
    const auto dashboard = made({availability(), latency()}, {.period = 28 * day});
    CHECK(dashboard.at("uid") == "slo-myapp");
    CHECK(dashboard.at("schemaVersion") == 39);
    CHECK(dashboard.at("tags") == Json::array({"slo", "myapp"}));
    CHECK(dashboard.at("templating").at("list").at(0).at("name") == "datasource");
    CHECK(dashboard.at("templating").at("list").at(0).at("current").at("value") == "default");
    CHECK(dashboard.at("annotations").at("list").at(0).at("builtIn") == 1);
    CHECK(titles(dashboard, true) == Lines{"Error budget", "Traffic", "Errors", "Latency", "Saturation"});
    CHECK(titles(dashboard, false) == Lines{"Error budget remaining", "Current burn rate", "Burn rate of the period", "Error budget burn down over 28d", "Burn rates: availability", "Burn rates: latency", "Events per second", "Error ratio: availability",
                                           "Error ratio: latency", "Error events per second", "Quantiles of request_duration_seconds", "CPU", "Memory", "File descriptors"});
    const std::string series = R"({service="myapp",slo="availability"})";
    CHECK(expressions(panel(dashboard, "Error budget remaining")).front() == "slo:error_budget_remaining:ratio" + series);
    CHECK(panel(dashboard, "Error budget remaining").at("options").at("reduceOptions").at("calcs") == Json::array({"lastNotNull"}));
    CHECK(panel(dashboard, "Error budget burn down over 28d").at("timeFrom") == "28d");
    const auto& burn = panel(dashboard, "Burn rates: availability");
    CHECK(expressions(burn).front() == "slo:error_ratio:rate5m" + series + " / 0.001");
    CHECK(expressions(burn).size() == 7);
    CHECK(steps(burn) == std::vector<double>{0.93333333333299999, 1, 2.8, 5.6, 13.44});
    CHECK(burn.at("fieldConfig").at("defaults").at("custom").at("thresholdsStyle").at("mode") == "line");
    CHECK(burn.at("description").get<std::string>().find("Above 13.44 in 1h and 5m: page.") != std::string::npos);
    // 13.44 times an error budget of 5 % is reached, so the line stays.
    CHECK(steps(panel(dashboard, "Burn rates: latency")).back() == 13.44);
    CHECK(expressions(panel(dashboard, "Events per second")).front() == "slo:events:rate5m" + series);
    CHECK(expressions(panel(dashboard, "Error events per second")).front() == "(slo:error_events:rate5m" + series + " or slo:events:rate5m" + series + " * 0)");
    CHECK(expressions(panel(dashboard, "Error ratio: availability")).back() == "slo:error_ratio:rate28d" + series);
    CHECK(steps(panel(dashboard, "Error ratio: latency")) == std::vector<double>{0.05});
    const auto& quantiles = panel(dashboard, "Quantiles of request_duration_seconds");
    CHECK(expressions(quantiles) == Lines{R"(histogram_quantile(0.5, sum by (le) (rate(request_duration_seconds_bucket{job="api"}[5m]))))", R"(histogram_quantile(0.95, sum by (le) (rate(request_duration_seconds_bucket{job="api"}[5m]))))",
                                         R"(histogram_quantile(0.99, sum by (le) (rate(request_duration_seconds_bucket{job="api"}[5m]))))"});
    CHECK(steps(quantiles) == std::vector<double>{0.3});
    CHECK(quantiles.at("fieldConfig").at("defaults").at("unit") == "s");
    CHECK(expressions(panel(dashboard, "File descriptors")) == Lines{R"(process_open_fds{job="api",namespace="shop"} / process_max_fds{job="api",namespace="shop"})", R"(process_open_fds{job="api"} / process_max_fds{job="api"})"});
}

TEST_CASE("a dashboard under Sloth's names") {
    const auto dashboard = made({availability()}, {.names = Names::sloth, .long_windows = LongWindows::average});
    const std::string series = R"({sloth_id="myapp-availability",sloth_service="myapp",sloth_slo="availability"})";
    CHECK(expressions(panel(dashboard, "Error budget remaining")) == Lines{"slo:period_error_budget_remaining:ratio" + series});
    CHECK(expressions(panel(dashboard, "Current burn rate")) == Lines{"slo:current_burn_rate:ratio" + series});
    CHECK(expressions(panel(dashboard, "Error ratio: availability")).front() == "slo:sli_error:ratio_rate5m" + series);
    CHECK(expressions(panel(dashboard, "Events per second")) == Lines{R"(sum(rate(requests_total{job="api",namespace="shop"}[5m])))"});
    CHECK(expressions(panel(dashboard, "Error events per second")) == Lines{R"(sum(rate(requests_total{code=~"5..",job="api",namespace="shop"}[5m])))"});
    CHECK(made({threshold()}, {.names = Names::sloth}).at("panels").empty());
    CHECK(titles(made({threshold(), availability()}, {.names = Names::sloth}), false) == titles(made({availability()}, {.names = Names::sloth}), false));
}

TEST_CASE("rows without anything to show are left out") {
    auto plain = of_events("plain", "sum(rate(errors_total[{{.window}}]))", "sum(rate(events_total[{{.window}}]))");
    CHECK(titles(made({plain}), true) == Lines{"Error budget", "Traffic", "Errors"});
    const auto dashboard = made({threshold()});
    CHECK(titles(dashboard, true) == Lines{"Error budget", "Errors", "Latency", "Saturation"});
    const auto& measured = panel(dashboard, "Measured value: made");
    CHECK(steps(measured) == std::vector<double>{0.5});
    CHECK(measured.at("fieldConfig").at("defaults").at("unit") == "s");
    CHECK(steps(panel(dashboard, "Quantiles of wait_seconds")) == std::vector<double>{0.5});
    CHECK(expressions(panel(dashboard, "Memory")) == Lines{R"(process_resident_memory_bytes{service="queue"})"});
}

TEST_CASE("periods of the calendar") {
    auto objective = availability();
    const std::map<CalendarUnit, std::string> ranges = {{CalendarUnit::day, "now/d"}, {CalendarUnit::week, "now/w"}, {CalendarUnit::month, "now/M"}, {CalendarUnit::quarter, "now/fQ"}, {CalendarUnit::year, "now/y"}};
    for (const auto& [unit, range] : ranges) {
        objective.period = Period{30 * day, Calendar{.unit = unit}};
        const auto dashboard = made({objective, availability()});
        CHECK(panel(dashboard, "Error budget burn down over the " + period_name(*objective.period)).at("timeFrom") == range);
        CHECK(panel(dashboard, "Error budget burn down over 30d").at("timeFrom") == "30d");
    }
}

TEST_CASE("lines of alerts that there are") {
    auto objective = availability();
    CHECK(steps(panel(made({objective}, {.alerts = false}), "Burn rates: availability")) == std::vector<double>{1});
    objective.page.enabled = false;
    CHECK(steps(panel(made({objective}), "Burn rates: availability")) == std::vector<double>{1, 3});
    objective = availability();
    objective.target = 0.9; // 14.4 times 10 % is never reached
    CHECK(steps(panel(made({objective}), "Burn rates: availability")).back() == 6);
}

TEST_CASE("the same objectives give the same bytes") {
    CHECK(made(of_every_kind()).dump() == made(of_every_kind()).dump());
}

TEST_CASE("names and queries that Grafana would take for variables") {
    auto objective = of_events("odd", R"(sum(rate(x{path=~"/a$datasource|[[datasource]]|b$", q=~"\\$x"}[{{.window}}])))", "sum(rate(x[{{.window}}]))");
    objective.service = "a \"b\" ${datasource}";
    objective.name = "{{job}} $x [[y]] \x01";
    const auto dashboard = make_dashboard(objective.service, {objective}, {.names = Names::sloth}, {.datasource = "Main \"one\""});
    CHECK(dashboard.at("title") == "a \"b\" $ {datasource}: service level objectives");
    CHECK(dashboard.at("templating").at("list").at(0).at("current").at("text") == "Main \"one\"");
    check_shape(dashboard, recorded_by({objective}, {.names = Names::sloth}));
    CHECK(panel(dashboard, "Error events per second").at("targets").at(0).at("legendFormat") == "{ {job}} $ x [ [y]] \x01");
    CHECK(expressions(panel(dashboard, "Error events per second")).front() == R"(sum(rate(x{path=~"/a\x24datasource|\x5b[datasource]]|b$",q=~"\\\x24x"}[5m])))");
    const auto parsed = promql::parse(expressions(panel(dashboard, "Error events per second")).front());
    promql::for_each_selector(*parsed.expr, [&](const promql::VectorSelector& selector, promql::Path) { CHECK(selector.matchers.at(0).value == "/a$datasource|[[datasource]]|b$"); });
    for (const auto& one : panels_of(dashboard)) {
        for (const auto& expr : expressions(one)) CHECK(expr.find("${datasource}") == std::string::npos);
    }
}

TEST_CASE("what a dashboard is known by") {
    CHECK(dashboard_uid("my-app_2") == "slo-my-app_2");
    const std::string longest(36, 'a');
    CHECK(dashboard_uid(longest) == "slo-" + longest);
    for (const auto& service : {longest + 'a', std::string("shop.api"), std::string("shop/api"), std::string("läden"), std::string(), std::string(300, '/')}) {
        const auto uid = dashboard_uid(service);
        INFO(uid);
        CHECK(uid.size() <= 40);
        CHECK(uid.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == std::string::npos);
    }
    CHECK(dashboard_uid("shop.api") != dashboard_uid("shop/api"));
    CHECK(dashboard_uid("shop.api").starts_with("slo-shop-api-"));
}

TEST_CASE("what an indicator's queries tell") {
    const auto of = [](const std::string& query) { return of_events("x", query, "sum(rate(all[{{.window}}]))").indicator; };
    const auto one = [&](const std::string& query) {
        const auto found = histograms_of(of(query));
        return found.size() == 1 ? found.front() : HistogramSeries{};
    };
    CHECK(one(R"(sum(rate(x_bucket{le="+Inf"}[{{.window}}])) - sum(rate(x_bucket{a="b", le="0.25"}[{{.window}}])))").selector == R"(x_bucket{a="b"})");
    CHECK(one(R"(sum(rate({__name__="x_bucket", le="2"}[{{.window}}])))").selector == R"({__name__="x_bucket"})");
    CHECK(one(R"(sum(rate(x_bucket{le!="2"}[{{.window}}] offset 5m)))").limits.empty());
    CHECK(one(R"(sum(rate(x_bucket{le=~"0\\.5|1"}[{{.window}}])))").limits == std::set<double>{0.5, 1});
    CHECK(one(R"(sum(rate(x_bucket[{{.window}}])))").selector == "x_bucket");
    CHECK(histograms_of(of("sum(rate(_bucket[{{.window}}]))")).empty());
    CHECK(process_matchers(of(R"(sum(rate(x{job!="a"}[{{.window}}])))")).empty());
    CHECK(process_matchers(of(R"(sum(rate(x{job=~".*", namespace=~".+"}[{{.window}}])))")).empty());
    CHECK(process_matchers(of(R"(sum(rate(x{service!~"b", job=~"a|b", pod="p"}[{{.window}}])))")) == R"(job=~"a|b", service!~"b")");
    CHECK(unit_of("a_milliseconds_bucket") == "ms");
    CHECK(unit_of("a_bytes_total") == "bytes");
    CHECK(unit_of("a_total") == "short");
}
