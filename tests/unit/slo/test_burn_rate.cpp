#include "catch.hpp"
#include "failure.hpp"

#include "slo/burn_rate.hpp"
#include "slo/objective.hpp"

using namespace slipway;
using namespace slipway::slo;

namespace {

constexpr Duration minute{60'000};
constexpr Duration hour = 60 * minute;
constexpr Duration day = 24 * hour;

std::string factors(Duration period) {
    std::string text;
    const auto windows = workbook_windows();
    for (const auto* list : {&windows.page, &windows.ticket}) {
        for (const auto& window : *list) text += in_decimal(burn_rate_factor(window.budget_fraction, window.long_window, period)).substr(0, 5) + ' ';
    }
    return text;
}

} // namespace

TEST_CASE("the factors are the Workbook's") {
    CHECK(factors(30 * day) == "14.4 6 3 1 ");
    CHECK(factors(28 * day) == "13.44 5.6 2.8 0.933 ");
    CHECK(factors(7 * day) == "3.36 1.4 0.7 0.233 ");
}

TEST_CASE("the windows are named once each, shortest first") {
    std::string names;
    for (const auto window : workbook_windows().all()) names += window_name(window) + ' ';
    CHECK(names == "5m 30m 1h 2h 6h 1d 3d ");
}

TEST_CASE("window names stay in one unit") {
    CHECK(window_name(28 * day) == "28d");
    CHECK(window_name(90 * minute) == "90m");
    CHECK(window_name(Duration{1500}) == "1500ms");
    CHECK(window_name(Duration{45'000}) == "45s");
}

TEST_CASE("numbers are rounded to what people write") {
    CHECK(in_decimal(1 - 0.999) == "0.001");
    CHECK(in_decimal(99.95 / 100) == "0.9995");
    CHECK(Objective{.service = "a", .name = "b", .target = 0.9999}.error_budget() == 0.0001);
    CHECK(in_decimal(Objective{.service = "a", .name = "b", .target = 0.999999}.error_budget()) == "0.000001");
}

TEST_CASE("windows of one's own come from Sloth's form") {
    const auto windows = read_alert_windows(R"(apiVersion: sloth.slok.dev/v1
kind: AlertWindows
spec:
  sloPeriod: 7d
  page:
    quick: {errorBudgetPercent: 8, shortWindow: 5m, longWindow: 1h}
    slow: {errorBudgetPercent: 12.5, shortWindow: 30m, longWindow: 6h}
  ticket:
    quick: {errorBudgetPercent: 20, shortWindow: 2h, longWindow: 1d}
    slow: {errorBudgetPercent: 42, shortWindow: 6h, longWindow: 3d}
)", "w.yaml");
    CHECK(windows.period == 7 * day);
    REQUIRE(windows.page.size() == 2);
    CHECK(windows.page[1].budget_fraction == 0.125);
    CHECK(windows.page[1].long_window == 6 * hour);
    CHECK(windows.ticket[0].short_window == 2 * hour);
}

TEST_CASE("mistakes in a file of windows are told together") {
    const auto error = failure_of([] {
        read_alert_windows(R"(kind: AlertWindow
spec:
  page:
    quick: {errorBudgetPercent: 0, shortWindow: 1h, longWindow: 1h}
    slow: {errorBudgetPercent: 5, shortWindow: x, longWindow: 6h}
)", "w.yaml");
    });
    std::vector<std::string> lines;
    for (const auto& diagnostic : error.diagnostics()) lines.push_back(to_line(diagnostic));
    CHECK(lines == std::vector<std::string>{"w.yaml:1:7: 'kind' is not AlertWindows", "w.yaml:4:33: 'errorBudgetPercent' takes more than 0 and at most 100",
                                            "w.yaml:4:49: 'shortWindow' is not shorter than 'longWindow'", "w.yaml:5:48: 'shortWindow' of 'slow': 'x' is no duration",
                                            "w.yaml:3:3: 'spec' has no 'ticket'"});
    CHECK(failure_of([] { read_alert_windows("", "w.yaml"); }).code() == ExitCode::misuse);
}
