#include "catch.hpp"

#include "slo_files.hpp"

#include "prometheus/rule_file.hpp"
#include "prometheus/rule_writer.hpp"
#include "promql/parser.hpp"
#include "slo/openslo_writer.hpp"
#include "yaml/writer.hpp"

#include <nlohmann/json.hpp>

using namespace slipway;
using namespace slipway::slo;

namespace {

constexpr Duration day{86'400'000};

Objective usual() { return read_slo(usual_sloth).objectives.front(); }

std::size_t count(const ObjectiveRules& rules) {
    std::size_t number = 0;
    for (const auto& group : rules.groups) number += group.rules.size();
    return number;
}

} // namespace

TEST_CASE("rules of a ratio of events") {
    const auto rules = make_rules(usual(), {.period = 28 * day});
    CHECK(rules.problems.empty());
    const auto expr = expressions_of(rules);
    const std::string series = R"({service="myapp", slo="availability"})";
    CHECK(expr.at("slo:events:rate5m") == "sum(rate(requests_total[5m]))");
    CHECK(expr.at("slo:error_events:rate3d") == "sum(rate(requests_total{code=~\"5..\"}[3d]))");
    CHECK(expr.at("slo:error_ratio:rate1h") == "(slo:error_events:rate1h" + series + "\n  or slo:events:rate1h" + series + " * 0)\n/\n(slo:events:rate1h" + series + " > 0)");
    CHECK(expr.at("slo:objective:ratio") == "vector(0.999)");
    CHECK(expr.at("slo:error_budget:ratio") == "vector(0.001)");
    CHECK(expr.at("slo:period:days") == "vector(28)");
    CHECK(expr.at("slo:error_ratio:rate28d") == "(sum_over_time(slo:error_events:rate5m" + series + "[28d])\n  or sum_over_time(slo:events:rate5m" + series + "[28d]) * 0)\n/\n(sum_over_time(slo:events:rate5m" + series + "[28d]) > 0)");
    CHECK(expr.at("slo:burn_rate:period") == "slo:error_ratio:rate28d" + series + " / 0.001");
    CHECK(expr.at("ErrorBudgetBurn page") == "(\n    slo:error_ratio:rate1h" + series + " > 13.44 * 0.001\n  and\n    slo:error_ratio:rate5m" + series + " > 13.44 * 0.001\n)\nor\n(\n    slo:error_ratio:rate6h" + series + " > 5.6 * 0.001\n  and\n    slo:error_ratio:rate30m" +
                                                 series + " > 5.6 * 0.001\n)");
    CHECK(expr.at("ErrorBudgetBurn ticket").find("> 2.8 * 0.001") != std::string::npos);
}

TEST_CASE("rules under Sloth's names") {
    const auto rules = make_rules(usual(), {.names = Names::sloth, .long_windows = LongWindows::average});
    CHECK(count(rules) == 17);
    CHECK(count(make_rules(usual(), {.names = Names::sloth, .long_windows = LongWindows::average, .alerts = false})) == 15);
    const auto expr = expressions_of(rules);
    const std::string series = R"({sloth_id="myapp-availability", sloth_service="myapp", sloth_slo="availability"})";
    CHECK(expr.at("slo:sli_error:ratio_rate5m") == "(sum(rate(requests_total{code=~\"5..\"}[5m])))\n/\n(sum(rate(requests_total[5m])))");
    CHECK(expr.at("slo:sli_error:ratio_rate30d") == "sum_over_time(slo:sli_error:ratio_rate5m" + series + "[30d])\n/ ignoring (sloth_window)\ncount_over_time(slo:sli_error:ratio_rate5m" + series + "[30d])");
    CHECK(expr.at("ErrorBudgetBurn page").find("max(slo:sli_error:ratio_rate5m" + series + " > (14.4 * 0.001)) without (sloth_window)") != std::string::npos);
    REQUIRE(rules.groups.size() == 3);
    CHECK(rules.groups[0].name == "sloth-slo-sli-recordings-myapp-availability");
}

TEST_CASE("Sloth writes windows as Prometheus does, and takes the first alert's short one as the base") {
    constexpr Duration hour = day / 24;
    const AlertWindows windows{.page = {{0.02, 36 * hour, hour}, {0.05, 3 * hour, hour / 2}}, .ticket = {{0.1, 2 * day, 2 * hour}}};
    const auto rules = make_rules(usual(), {.names = Names::sloth, .period = 28 * day, .windows = windows, .long_windows = LongWindows::average, .labels = {{"cluster", "north"}}});
    const auto expr = expressions_of(rules);
    CHECK(expr.count("slo:sli_error:ratio_rate1d12h") == 1);
    CHECK(expr.at("slo:sli_error:ratio_rate4w").rfind("sum_over_time(slo:sli_error:ratio_rate1h{", 0) == 0);
    CHECK(expr.at("slo:current_burn_rate:ratio").rfind("slo:sli_error:ratio_rate1h{", 0) == 0);
    CHECK(rules.groups.front().rules.front().labels.at("cluster") == "north");
    CHECK(rules.groups.back().rules.front().labels == Labels{{"sloth_severity", "page"}}); // series bring the others
}

TEST_CASE("every made expression is right, and stands where its query does") {
    for (const auto names : {Names::slipway, Names::sloth}) {
        for (const auto long_windows : {LongWindows::weighted, LongWindows::average, LongWindows::raw}) {
            for (const auto no_traffic : {NoTraffic::absent, NoTraffic::good, NoTraffic::bad}) {
                const auto rules = make_rules(usual(), {.names = names, .long_windows = long_windows, .no_traffic = no_traffic, .min_events = 10});
                for (const auto& group : rules.groups) {
                    for (const auto& rule : group.rules) {
                        CHECK(promql::parse(rule.expr).expr != nullptr);
                        const auto at = rule.expr.find("requests_total");
                        if (at == std::string::npos) continue;
                        const bool total = rule.expr.find("code") == std::string::npos;
                        CHECK(rule.place_in_expr(at) == Place{"slo.yaml", total ? 9 : 8, 31});
                    }
                }
            }
        }
    }
}

TEST_CASE("slices of time are looked at before a sample is too old") {
    auto objective = usual();
    objective.budgeting = Budgeting::ratio_timeslices;
    for (const auto& [slice, interval] : {std::pair(60'000, 60'000), std::pair(120'000, 120'000), std::pair(600'000, 120'000), std::pair(3'600'000, 120'000)}) {
        objective.slice = Duration{slice};
        CHECK(make_rules(objective, {}).groups.front().interval == Duration{interval});
    }
}

TEST_CASE("an alert over the whole period makes no second series of it") {
    const AlertWindows windows{.page = {{0.5, 7 * day, day}}, .ticket = {}};
    for (const auto names : {Names::slipway, Names::sloth}) {
        std::map<std::string, int> records;
        for (const auto& group : make_rules(usual(), {.names = names, .period = 7 * day, .windows = windows, .long_windows = LongWindows::average}).groups) {
            for (const auto& rule : group.rules) CHECK(++records[rule.name] == 1);
        }
    }
}

TEST_CASE("a comment at the end of a query hides nothing") {
    const auto file = read_slo(sloth_with("    objective: 99.9\n    sli:\n      raw:\n        error_ratio_query: |\n          avg_over_time(x[{{.window}}]) # a \"share\n"));
    REQUIRE(file.objectives.size() == 1);
    for (const auto names : {Names::slipway, Names::sloth}) {
        for (const auto& [name, expr] : expressions_of(make_rules(file.objectives.front(), {.names = names}))) CHECK(promql::parse(expr).expr != nullptr);
    }
}

TEST_CASE("places in a query of several lines") {
    for (const char* style : {">", "|"}) {
        const auto file = read_slo(sloth_with(std::string("    objective: 99.9\n    sli:\n      events:\n        error_query: ") + style + "\n          sum(rate(requests_count[{{.window}}]))\n          -\n          sum(rate(fast[{{.window}}]))\n        total_query: sum(rate(requests_count[{{.window}}]))\n"));
        REQUIRE(file.objectives.size() == 1);
        const auto made = make_rules(file.objectives.front(), {});
        const auto& rules = made.groups.front().rules;
        const auto errors = std::find_if(rules.begin(), rules.end(), [](const auto& rule) { return rule.name == "slo:error_events:rate30m"; });
        REQUIRE(errors != rules.end());
        CHECK(errors->place_in_expr(errors->expr.find("fast")) == Place{"slo.yaml", 11, 20});
        CHECK(errors->place_in_expr(errors->expr.find("requests_count")) == Place{"slo.yaml", 9, 20});
    }
}

TEST_CASE("what a window without events counts as") {
    const auto ratio = [](NoTraffic no_traffic) { return expressions_of(make_rules(usual(), {.no_traffic = no_traffic})).at("slo:error_ratio:rate5m"); };
    const std::string total = R"(slo:events:rate5m{service="myapp", slo="availability"})";
    CHECK(ratio(NoTraffic::good) == ratio(NoTraffic::absent) + "\nor\n" + total + " * 0");
    CHECK(ratio(NoTraffic::bad) == ratio(NoTraffic::absent) + "\nor\n" + total + " * 0 + 1");
}

TEST_CASE("few events wake nobody") {
    const auto page = expressions_of(make_rules(usual(), {.min_events = 50})).at("ErrorBudgetBurn page");
    CHECK(page.find("  and\n    slo:events:rate1h{service=\"myapp\", slo=\"availability\"} * 3600 >= 50\n)") != std::string::npos);
}

TEST_CASE("an alert that can never fire is left out, and said") {
    auto objective = usual();
    objective.target = 0.9;
    const auto rules = make_rules(objective, {});
    REQUIRE(rules.problems.size() == 1);
    CHECK(to_line(rules.problems[0]) == "slo.yaml:4:5: objective 'availability': the page alert over 1h can never fire, since it asks for an error ratio of 144 %");
    CHECK(expressions_of(rules).at("ErrorBudgetBurn page").find("rate1h") == std::string::npos);
    objective.target = 0.5;
    CHECK(expressions_of(make_rules(objective, {})).count("ErrorBudgetBurn page") == 0);
    objective = usual();
    CHECK(make_rules(objective, {.period = 7 * day}).problems.size() == 1);
}

TEST_CASE("labels, annotations and the runbook") {
    auto objective = usual();
    objective.labels = {{"team", "web"}};
    objective.alert_annotations = {{"summary", "mine"}};
    objective.page.labels = {{"severity", "pager"}};
    const auto rules = make_rules(objective, {.runbook = "https://r/{service}/{slo}", .labels = {{"env", "prod"}}});
    const auto& windows = rules.groups.front().rules;
    CHECK(windows.front().labels == Labels{{"env", "prod"}, {"service", "myapp"}, {"slo", "availability"}, {"team", "web"}});
    const auto page = std::find_if(windows.begin(), windows.end(), [](const auto& rule) { return rule.kind == prometheus::RuleKind::alerting; });
    REQUIRE(page != windows.end());
    CHECK(page->labels.at("severity") == "pager");
    CHECK(page->annotations.at("summary") == "mine");
    CHECK(page->annotations.at("runbook_url") == "https://r/myapp/availability");
}

TEST_CASE("a calendar month counts from its first day") {
    auto objective = usual();
    objective.period = Period{30 * day, Calendar{.unit = CalendarUnit::month}};
    const auto expr = expressions_of(make_rules(objective, {})).at("slo:error_ratio:month");
    CHECK(promql::parse(expr).expr != nullptr);
    CHECK(expr.find("* (scalar(month(vector(time()))) == bool scalar(month(timestamp(slo:objective:ratio{service=\"myapp\", slo=\"availability\"} @ end()))))\n)[31d:5m])") != std::string::npos);
    for (const auto unit : {CalendarUnit::day, CalendarUnit::week, CalendarUnit::quarter, CalendarUnit::year}) {
        objective.period = Period{30 * day, Calendar{.unit = unit, .utc_offset = Duration{-7'200'000}, .first_weekday = 0}};
        for (const auto& [name, text] : expressions_of(make_rules(objective, {}))) CHECK(promql::parse(text).expr != nullptr);
    }
}

TEST_CASE("rules that were made read back the same") {
    auto objective = usual();
    objective.alert_annotations = {{"odd", "a: \"b\" #c\n{{ $value }} \\ 'd' \t ü\u2028"}, {"yes", "no"}, {"number", "1e5"}, {"lines", "one\ntwo\n"}, {"blank", " x"}};
    const auto rules = make_rules(objective, {});
    const auto file = prometheus::read_rule_file(prometheus::write_rule_file(rules.groups, {"heading\nof two lines"}), "made.yml");
    for (const auto& problem : file.problems) FAIL(to_line(problem));
    REQUIRE(file.groups.size() == rules.groups.size());
    for (std::size_t i = 0; i < file.groups.size(); ++i) CHECK(same_content(file.groups[i], rules.groups[i]));
}

TEST_CASE("objectives written as OpenSLO read back the same") {
    auto objective = usual();
    objective.labels = {{"team", "web"}};
    for (int variant = 0; variant < 3; ++variant) {
        if (variant == 1) objective.period = Period{7 * day, Calendar{.unit = CalendarUnit::week, .utc_offset = Duration{5'400'000}, .first_weekday = 3}};
        if (variant == 2) {
            objective.budgeting = Budgeting::time_slices;
            objective.slice_target = 0.95;
        }
        const auto file = read_slo(yaml::write_document(as_openslo(objective, {})));
        for (const auto& problem : file.problems) FAIL(to_line(problem));
        REQUIRE(file.objectives.size() == 1);
        const auto& copy = file.objectives.front();
        CHECK(expressions_of(make_rules(copy, {})) == expressions_of(make_rules(objective, {})));
        CHECK(copy.labels == objective.labels);
    }
}
