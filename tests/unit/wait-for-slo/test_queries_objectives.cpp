#include "catch.hpp"

#include "selectors.hpp"
#include "core/error.hpp"
#include "wait-for-slo/queries/objectives.hpp"

#include <limits>
#include <string>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

std::vector<slo::SloFile> files(const std::string& text, const std::string& name = "slo.yaml") {
    slo::SloReader reader{promql::Dialect{}};
    reader.add(text, name);
    return reader.finish();
}

ReadObjectives read(const std::string& text) { return read_objectives(files(text)); }

std::string sloth(const std::string& sli) {
    return "version: prometheus/v1\n"
           "service: shop\n"
           "slos:\n"
           "  - name: availability\n"
           "    objective: 99.9\n"
           "    sli:\n" +
           sli;
}

std::string events(const std::string& error, const std::string& total) {
    return sloth("      events:\n        error_query: '" + error + "'\n        total_query: '" + total + "'\n");
}

std::string raw(const std::string& query) { return sloth("      raw:\n        error_ratio_query: '" + query + "'\n"); }

std::string openslo(const std::string& indicator, const std::string& budgeting = "Occurrences", const std::string& objective = "target: 0.99") {
    return "apiVersion: openslo/v1\n"
           "kind: SLO\n"
           "metadata: {name: latency}\n"
           "spec:\n"
           "  service: shop\n"
           "  budgetingMethod: " +
           budgeting +
           "\n"
           "  timeWindow: [{duration: 28d, isRolling: true}]\n"
           "  objectives: [{" +
           objective +
           "}]\n"
           "  indicator:\n"
           "    metadata: {name: i}\n"
           "    spec:\n" +
           indicator;
}

std::string metric(const std::string& query) { return "{metricSource: {type: Prometheus, spec: {query: '" + query + "'}}}"; }

std::string counts_of(const ObjectiveQueries& objective) {
    std::string text;
    if (objective.good) text += "good: " + to_string(*objective.good) + "; ";
    if (objective.bad) text += "bad: " + to_string(*objective.bad) + "; ";
    if (objective.total) text += "total: " + to_string(*objective.total) + "; ";
    return text;
}

std::string one(const std::string& file) {
    const auto all = read(file);
    if (!all.refused.empty()) return all.refused.front().problems.front().message;
    REQUIRE(all.objectives.size() == 1);
    return counts_of(all.objectives.front());
}

std::vector<Diagnostic> refusals(const CounterOptions& options) {
    try {
        objective_of(options);
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        return error.diagnostics();
    }
    return {};
}

} // namespace

TEST_CASE("objectives of every language become counts") {
    CHECK(one(events("sum(rate(x_total{code=~\"5..\"}[{{.window}}]))", "sum(rate(x_total[{{.window}}]))")) == "bad: x_total{code=~\"5..\"}; total: x_total; ");
    CHECK(one(events("sum(rate(x_total{code=~\"5..\"}[{{.window}}])) or vector(0)", "sum(rate(x_total[{{.window}}]))")) == "bad: x_total{code=~\"5..\"}; total: x_total; ");
    CHECK(one(openslo("      ratioMetric:\n        counter: true\n        good: " + metric("l_bucket{le=\"0.5\"}") + "\n        total: " + metric("l_count") + "\n")) ==
          "good: l_bucket{le=\"0.5\"}; total: l_count; ");
    CHECK(one(openslo("      ratioMetric:\n        counter: true\n        bad: " + metric("sum(rate(l_count[5m])) - sum(rate(l_bucket{le=\"0.5\"}[5m]))") + "\n        total: " + metric("l_count") + "\n")) ==
          "bad: l_count - l_bucket{le=\"0.5\"}; total: l_count; ");
    CHECK(one("apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: errors, namespace: shop}\nspec:\n  target: \"99\"\n  window: 2w\n  indicator:\n    ratio:\n"
              "      errors: {metric: 'x_total{code=~\"5..\"}'}\n      total: {metric: 'x_total'}\n      grouping: [job]\n") == "bad: x_total{code=~\"5..\"}; total: x_total; ");
    CHECK(one("apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: latency, namespace: shop}\nspec:\n  target: \"99\"\n  window: 2w\n  indicator:\n    latency:\n"
              "      success: {metric: 'l_bucket{le=\"1\"}'}\n      total: {metric: 'l_count'}\n") == "good: l_bucket{le=\"1\"}; total: l_count; ");
}

TEST_CASE("shares of events are taken apart") {
    struct Row {
        std::string query;
        std::string counts;
    };
    for (const auto& row : {
             Row{"sum(rate(e_total[{{.window}}])) / sum(rate(x_total[{{.window}}]))", "bad: e_total; total: x_total; "},
             Row{"(sum(rate(e_total[{{.window}}])) / sum(rate(x_total[{{.window}}]))) or vector(0)", "bad: e_total; total: x_total; "},
             Row{"1 - (sum(rate(g_total[{{.window}}])) / sum(rate(x_total[{{.window}}])))", "good: g_total; total: x_total; "},
             Row{"(1 - sum(rate(g_total[{{.window}}])) / sum(rate(x_total[{{.window}}])))", "good: g_total; total: x_total; "},
             Row{"(sum(rate(x_total[{{.window}}])) - sum(rate(g_total[{{.window}}]))) / sum(rate(x_total[{{.window}}]))", "bad: x_total - g_total; total: x_total; "},
         }) {
        INFO(row.query);
        CHECK(one(raw(row.query)) == row.counts);
    }
    CHECK(one(openslo("      ratioMetric:\n        rawType: success\n        raw: " + metric("sum(rate(g_total[5m])) / sum(rate(x_total[5m]))") + "\n")) == "good: g_total; total: x_total; ");
    CHECK(one(openslo("      ratioMetric:\n        rawType: success\n        raw: " + metric("1 - sum(rate(e_total[5m])) / sum(rate(x_total[5m]))") + "\n")) == "bad: e_total; total: x_total; ");
}

TEST_CASE("what cannot be counted is refused, with its place and the way to a threshold check") {
    struct Row {
        std::string file;
        std::string why;
    };
    const std::string ratio = "      ratioMetric:\n        counter: true\n        good: " + metric("g_total") + "\n        total: " + metric("x_total") + "\n";
    const auto threshold = openslo("      thresholdMetric: " + metric("histogram_quantile(0.9, sum by (le) (rate(l_bucket[5m])))") + "\n", "Occurrences", "target: 0.99, op: lte, value: 0.5");
    for (const auto& row : {
             Row{threshold, "cannot count objective 'shop-latency': the objective compares a value with a limit, and there are no events in it to count"},
             Row{openslo(ratio, "Timeslices", "target: 0.99, timeSliceWindow: 1m, timeSliceTarget: 0.95"), "cannot count objective 'shop-latency': the objective judges slices of time, which cannot be counted as events"},
             Row{openslo(ratio, "RatioTimeslices", "target: 0.99, timeSliceWindow: 1m"), "cannot count objective 'shop-latency': the objective judges slices of time, which cannot be counted as events"},
             Row{raw("avg(x_ratio{w=\"{{.window}}\"})"), "cannot count objective 'shop-availability': its share of events is not of the form 'count / count' or '1 - count / count'"},
             Row{raw("2 - sum(rate(e_total[{{.window}}])) / sum(rate(x_total[{{.window}}]))"), "cannot count objective 'shop-availability': its share of events is not of the form 'count / count' or '1 - count / count'"},
             Row{raw("sum by (a) (rate(e_total[{{.window}}])) / on(a) group_left sum by (a, b) (rate(x_total[{{.window}}]))"),
                 "cannot count objective 'shop-availability': its share of events is not of the form 'count / count' or '1 - count / count'"},
             Row{events("max(rate(e_total[{{.window}}]))", "sum(rate(x_total[{{.window}}]))"), "cannot count objective 'shop-availability': max(...) cannot be counted"},
             Row{events("sum(rate(x_total[{{.window}}]))", "sum(rate(x_total[{{.window}}]))"), "cannot count objective 'shop-availability': the objective's counts are the same, so there can be no good events"},
             Row{openslo("      ratioMetric:\n        counter: false\n        good: " + metric("g") + "\n        total: " + metric("x") + "\n"), "cannot count objective 'shop-latency': sum_over_time(...) cannot be counted"},
         }) {
        INFO(row.file);
        auto all = read(row.file);
        REQUIRE(all.refused.size() == 1);
        const auto& problem = all.refused.front().problems.front();
        CHECK(problem.message == row.why);
        CHECK(problem.place.file == "slo.yaml");
        CHECK(problem.place.line > 0);
        CHECK_FALSE(problem.hint.empty());
        CHECK_THROWS_AS(take_objectives(all), Error);
    }
    const auto all = read(events("max(rate(e_total[{{.window}}]))", "sum(rate(x_total[{{.window}}])) + 5"));
    REQUIRE(all.refused.front().problems.size() == 2);
    CHECK(to_string(all.refused.front().problems[1].place) == "slo.yaml:9:57");
}

TEST_CASE("an objective brings its target, its period and the query of its error rate") {
    const auto all = read(openslo("      ratioMetric:\n        counter: true\n        good: " + metric("g_total") + "\n        total: " + metric("x_total") + "\n"));
    REQUIRE(all.objectives.size() == 1);
    const auto& objective = all.objectives.front();
    CHECK(objective.name == "shop-latency");
    CHECK(objective.target == 0.99);
    REQUIRE(objective.period);
    CHECK(objective.period->length == Duration{28LL * 86'400'000});
    CHECK(objective.error_rate_query("28d") == "((sum(increase(x_total[28d])) or vector(0)) - (sum(increase(g_total[28d])) or vector(0))) / ((sum(increase(x_total[28d])) or vector(0)))");
    CHECK(objective.selectors() == std::vector<Selector>{parse_selector("g_total"), parse_selector("x_total")});
}

TEST_CASE("objectives have names of their own, and are chosen by them") {
    const auto document = [](const std::string& service, const std::string& name) {
        return "---\nversion: prometheus/v1\nservice: " + service + "\nslos:\n  - name: " + name +
               "\n    objective: 99.9\n    sli:\n      events:\n        error_query: 'rate(e_total[{{.window}}])'\n        total_query: 'rate(x_total[{{.window}}])'\n";
    };
    // Each file alone is right; the names of a service and of its objective are one name together.
    auto all_files = files(document("shop", "a-b") + document("shop", "a-b-2"));
    for (auto& file : files(document("shop-a", "b") + document("shop", "c") +
                            "---\nversion: prometheus/v1\nservice: shop\nslos:\n  - name: broken\n    objective: 99\n    sli:\n      raw:\n        error_ratio_query: 'max(x{a=\"{{.window}}\"})'\n",
                            "other.yaml")) {
        all_files.push_back(std::move(file));
    }
    auto all = read_objectives(all_files);
    std::vector<std::string> names;
    for (const auto& objective : all.objectives) names.push_back(objective.name);
    CHECK(names == std::vector<std::string>{"shop-a-b", "shop-a-b-2", "shop-a-b-3", "shop-c"});
    REQUIRE(all.refused.size() == 1);
    CHECK(all.refused.front().name == "shop-broken");

    SECTION("what is not chosen may be broken") {
        choose(all, {"shop-a*"});
        CHECK(take_objectives(all).size() == 3);
    }
    SECTION("several patterns") {
        choose(all, {"*-b", "shop-?", "**"});
        CHECK(all.objectives.size() == 4);
    }
    SECTION("no pattern is all") {
        choose(all, {});
        CHECK(all.objectives.size() == 4);
        CHECK_THROWS_AS(take_objectives(all), Error);
    }
    SECTION("a pattern that matches none") {
        try {
            choose(all, {"shop-d", "zzzzzzzzzzz", "shop-c"});
            FAIL("it was taken");
        } catch (const Error& error) {
            REQUIRE(error.diagnostics().size() == 2);
            CHECK(error.diagnostics()[0].message == "there is no objective 'shop-d'");
            CHECK(error.diagnostics()[0].hint == "did you mean 'shop-c'?");
            CHECK(error.diagnostics()[1].hint == "there are shop-a-b, shop-a-b-2, shop-a-b-3, shop-c, shop-broken");
        }
    }
}

TEST_CASE("mistakes of files and objectives are told of together") {
    auto all = read(events("max(e_total{w=\"{{.window}}\"})", "sum(rate(x_total[{{.window}}]))") + "---\nversion: prometheus/v1\nservice: shop\nslos:\n  - name: b\n    objective: 200\n    sli: {}\n");
    try {
        take_objectives(all);
        FAIL("they were taken");
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        CHECK(error.diagnostics().size() >= 2);
    }
    ReadObjectives none;
    CHECK_THROWS_AS(take_objectives(none), Error);
}

TEST_CASE("typed counters") {
    CHECK(counts_of(objective_of({.good = "g_total", .total = "x_total", .objective_percent = 99.9})) == "good: g_total; total: x_total; ");
    CHECK(counts_of(objective_of({.good = "g_total", .bad = "sum(rate(b_total[5m]))", .objective_percent = 99.9})) == "good: g_total; bad: b_total; ");
    CHECK(counts_of(objective_of({.bad = "b_total - c_total", .total = "x_total", .objective_percent = 99.9})) == "bad: b_total - c_total; total: x_total; ");
    const auto objective = objective_of({.good = "l_bucket{le=\"1\"}", .total = "l_count", .objective_percent = 99.9, .name = "latency"});
    CHECK(objective.target == 0.999);
    CHECK(objective.name == "latency");
    CHECK(to_string(objective.bad_events()) == "l_count - l_bucket{le=\"1\"}");
    CHECK(to_string(objective_of({.good = "g_total", .bad = "b_total", .objective_percent = 99.9}).total_events()) == "g_total + b_total");
}

TEST_CASE("typed mistakes are told of together") {
    const auto all = refusals({.good = "max(g_total)", .bad = " ", .total = "sum(x_total", .objective_percent = 100});
    REQUIRE(all.size() == 3);
    CHECK(all[0].message == "cannot use --good 'max(g_total)': at character 1: max(...) cannot be counted");
    CHECK(all[1].message.find("cannot use --total 'sum(x_total': at character ") == 0);
    CHECK(all[2].message.find("--objective must be") == 0);
    CHECK(refusals({.objective_percent = 99}).front().message == "two of --good, --bad and --total are needed");
    CHECK(refusals({.good = "a", .objective_percent = 99}).front().message == "two of --good, --bad and --total are needed");
    CHECK(refusals({.good = "a", .bad = "b", .total = "c", .objective_percent = 99}).front().message == "--good, --bad and --total are given, where two of them say it all");
    for (const double percent : {0.0, -1.0, 100.0, 1000.0, std::numeric_limits<double>::quiet_NaN()}) CHECK(refusals({.good = "a", .total = "b", .objective_percent = percent}).size() == 1);
    CHECK(refusals({.good = "a{b=\"c\"}", .total = "a{b='c'}", .objective_percent = 99}).front().message == "the objective's counts are the same, so there can be no bad events");
    CHECK(refusals({.good = "a\n\x1b[2J +", .total = "b", .objective_percent = 99}).front().message.find('\x1b') == std::string::npos);
}
