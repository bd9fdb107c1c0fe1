// What is refused before anything is measured: by the limits themselves, and as options.
#include "catch.hpp"

#include "cli/option_set.hpp"
#include "scripted.hpp"
#include "wait-for-slo/checks/limits.hpp"
#include "wait-for-slo/checks/options.hpp"
#include "wait-for-slo/checks/plan.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::scripted;

namespace {

constexpr Duration minute{60'000};

std::string refusal(const CheckPlan& plan, Duration watch) {
    const auto problems = impossible_limits(plan, watch);
    std::string text;
    for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + to_line(problem) + (problem.hint.empty() ? "" : " | " + problem.hint);
    return text;
}

MetricCheck of_file() {
    auto check = metric();
    check.place = {"analysis.yaml", 7, 5};
    return check;
}

template <class Change> std::string metric_refusal(Change change, Duration watch = 10 * minute) {
    auto check = of_file();
    change(check);
    return refusal({.metrics = {check}}, watch);
}

template <class Change> std::string canary_refusal(Change change, Duration watch = 10 * minute) {
    CanaryCheck check;
    check.name = "podinfo";
    check.metrics = {metric()};
    check.interval = minute;
    check.threshold = 5;
    check.place = {"canary.yaml", 3, 1};
    change(check);
    return refusal({.canaries = {check}}, watch);
}

std::vector<std::string> refused(const CheckOptions& options, Duration watch = 10 * minute) {
    std::vector<Diagnostic> problems;
    check(options, watch, problems);
    std::vector<std::string> texts;
    for (const auto& problem : problems) texts.push_back(to_line(problem));
    return texts;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("a metric's limits that can just be reached, and just not") {
    const std::string at = "analysis.yaml:7:5: p99: ";
    // Ten measurements have room in ten minutes: the first at once, the last after nine.
    CHECK(metric_refusal([](auto& check) { check.failure_limit = 9; }).empty());
    CHECK(metric_refusal([](auto& check) { check.failure_limit = 10; }) == at + "failureLimit 10 can never be exceeded: there are only 10 measurements in the watch of 10m | watch for longer (--watch), or measure more often");
    CHECK(metric_refusal([](auto& check) { check.failure_limit = 10; }, 10 * minute + Duration{1}).empty());
    CHECK(metric_refusal([](auto& check) { check.inconclusive_limit = 9; }).empty());
    CHECK(metric_refusal([](auto& check) { check.inconclusive_limit = 10; }) == at + "inconclusiveLimit 10 can never be exceeded: there are only 10 measurements in the watch of 10m | watch for longer (--watch), or measure more often");
    CHECK(metric_refusal([](auto& check) { check.consecutive_successes = 10; }).empty());
    CHECK(metric_refusal([](auto& check) { check.consecutive_successes = 11; }) == at + "consecutiveSuccessLimit 11 can never be reached: there are only 10 measurements in the watch of 10m | watch for longer (--watch), or measure more often");
    CHECK(metric_refusal([](auto& check) { check.consecutive_failures = 10; }).empty());
    CHECK_FALSE(metric_refusal([](auto& check) { check.consecutive_failures = 11; }).empty());
    CHECK(metric_refusal([](auto& check) { check.count = 3; check.failure_limit = 2; }).empty());
    CHECK(metric_refusal([](auto& check) { check.count = 3; check.failure_limit = 3; }) == at + "failureLimit 3 can never be exceeded: there are only 3 measurements");
    // A count is waited for.
    CHECK(metric_refusal([](auto& check) { check.count = 1000; check.failure_limit = 999; check.initial_delay = 60 * minute; }).empty());
    CHECK(metric_refusal([](auto& check) { check.count = 4; check.failure_limit = 2; check.consecutive_successes = 2; }).empty());
    CHECK(metric_refusal([](auto& check) { check.count = 4; check.failure_limit = 2; check.consecutive_successes = 3; }) == at + "count 4 must be at least failureLimit and consecutiveSuccessLimit together (2 + 3)");
    CHECK(metric_refusal([](auto& check) { check.initial_delay = 10 * minute - Duration{1}; }).empty());
    CHECK(metric_refusal([](auto& check) { check.initial_delay = 10 * minute; }) == at + "initialDelay 10m leaves no time to measure in the watch of 10m | watch for longer: --watch");
    CHECK(metric_refusal([](auto& check) { check.initial_delay = 5 * minute; check.failure_limit = 5; }) == at + "failureLimit 5 can never be exceeded: there are only 5 measurements in the watch of 10m | watch for longer (--watch), or measure more often");
    // An interval longer than the watch leaves one measurement.
    CHECK(metric_refusal([](auto& check) { check.interval = 20 * minute; }).empty());
    CHECK(metric_refusal([](auto& check) { check.interval = 20 * minute; check.failure_limit = 1; }) == at + "failureLimit 1 can never be exceeded: there is only 1 measurement in the watch of 10m | watch for longer (--watch), or measure more often");
    CHECK(metric_refusal([](auto& check) { check.interval = 20 * minute; check.count = 2; check.failure_limit = 1; }).empty());
    CHECK(metric_refusal([](auto& check) { check.interval = Duration{0}; }).empty());
    CHECK(metric_refusal([](auto& check) { check.interval = Duration{0}; check.failure_limit = 1; }) == at + "failureLimit 1 can never be exceeded: there is only 1 measurement");
    CHECK(metric_refusal([](auto& check) { check.interval = Duration{0}; check.count = 2; }) == at + "count 2 needs an interval: the time between two measurements");
    // A dry run decides nothing.
    CHECK(metric_refusal([](auto& check) { check.dry_run = true; check.failure_limit = 100; check.inconclusive_limit = 100; }).empty());
}

TEST_CASE("numbers of a metric that make no sense, all at once") {
    const auto text = metric_refusal([](auto& check) {
        check.interval = Duration{-1};
        check.initial_delay = Duration{-1};
        check.count = 0;
        check.failure_limit = -1;
        check.inconclusive_limit = -1;
        check.consecutive_error_limit = -1;
        check.consecutive_failures = 0;
        check.consecutive_successes = 0;
        check.min = 2;
        check.max = 1;
    });
    for (const auto* part : {"interval must not be negative", "initialDelay must not be negative", "count must be from 1 to 1000000", "failureLimit must be at least 0", "inconclusiveLimit must be at least 0", "consecutiveErrorLimit must be at least 0",
                             "consecutiveFailureLimit must be at least 1", "consecutiveSuccessLimit must be at least 1", "no value is both at least 2 and at most 1"}) {
        INFO(text);
        CHECK(text.find(std::string("analysis.yaml:7:5: p99: ") + part) != std::string::npos);
    }
    CHECK(metric_refusal([](auto& check) { check.failure_limit = std::nullopt; }) == "analysis.yaml:7:5: p99: it can never fail: neither failureLimit nor consecutiveSuccessLimit is set");
    CHECK(metric_refusal([](auto& check) { check.count = 9'000'000'000'000'000'000; }) == "analysis.yaml:7:5: p99: count must be from 1 to 1000000");
    CHECK_FALSE(metric_refusal([](auto& check) { check.failure_limit = std::numeric_limits<long>::max(); }).empty());
}

TEST_CASE("a Canary's limits that can just be reached, and just not") {
    const std::string at = "canary.yaml:3:1: podinfo: ";
    CHECK(canary_refusal([](auto& check) { check.threshold = 10; }).empty());
    CHECK(canary_refusal([](auto& check) { check.threshold = 11; }) == at + "threshold 11 can never be reached: with interval 1m there is time for 10 checks in the watch of 10m | watch for longer: --watch");
    CHECK(canary_refusal([](auto& check) { check.threshold = 11; check.commands.emplace_back().type = "pre-rollout"; }).empty());
    CHECK(canary_refusal([](auto& check) { check.iterations = 11; check.threshold = 20; }).empty());
    CHECK(canary_refusal([](auto& check) { check.threshold = 1; }, minute).empty());
    CHECK(canary_refusal([](auto& check) { check.threshold = 1; }, minute - Duration{1}) == at + "nothing would be checked: with interval 1m there is time for 0 checks in the watch of 59s999ms | watch for longer: --watch");
    CHECK(canary_refusal([](auto& check) { check.threshold = 0; check.iterations = 0; check.interval = Duration{0}; }) == at + "threshold must be at least 1\n" + at + "iterations must be at least 1\n" + at + "interval must be longer than nothing");
    CHECK(canary_refusal([](auto& check) { check.metrics[0].min = 2; check.metrics[0].max = 1; }) == "canary.yaml:3:1: podinfo: p99: no value is both at least 2 and at most 1");
}

TEST_CASE("checks of the command line and their limits") {
    CheckOptions options;
    options.queries = {"p99: x <= 0.5", "y == 1"};
    CHECK(refused(options).empty());
    const auto plan = plan_of(options);
    REQUIRE(plan.metrics.size() == 2);
    CHECK(plan.metrics[0].interval == minute);
    CHECK(plan.metrics[0].failure_limit == 0);
    CHECK_FALSE(plan.metrics[0].inconclusive_limit);
    CHECK_FALSE(plan.metrics[0].count);
    options.consecutive_failures = 3;
    CHECK_FALSE(plan_of(options).metrics[1].failure_limit);
    CHECK(plan_of(options).metrics[1].consecutive_failures == 3);
    CHECK(refused(options).empty());
    options.consecutive_failures = 11;
    CHECK(refused(options) == Texts{"--consecutive-failures 11 can never be reached: there are only 10 measurements in the watch of 10m"});
    options.consecutive_failures = 0;
    options.failure_limit = 10;
    CHECK(refused(options) == Texts{"--failure-limit 10 can never be exceeded: there are only 10 measurements in the watch of 10m"});
    options.count = 5;
    options.initial_delay = 6 * minute;
    CHECK(refused(options) == Texts{"--failure-limit 10 can never be exceeded: there are only 5 measurements"});
    options.count = 0;
    CHECK(refused(options) == Texts{"--failure-limit 10 can never be exceeded: there are only 4 measurements in the watch of 10m"});

    fake::Clock clock;
    Values one(clock), other(clock);
    const auto analyses = make_analyses(plan, [&](const MetricCheck& check) -> ValueSource& { return check.name == "p99" ? one : other; }, {}, clock);
    for (const auto& analysis : analyses) analysis->measure(Duration{0});
    CHECK(one.queries == Texts{"x"});
    CHECK(other.queries == Texts{"y"});
    CHECK(analyses[1]->name() == "y == 1");
}

TEST_CASE("options of checks that contradict each other, or have no effect") {
    const auto with = [](auto change) {
        CheckOptions options;
        options.queries = {"x"};
        options.max = 1;
        change(options);
        return refused(options);
    };
    CHECK(with([](auto&) {}).empty());
    CHECK(with([](auto& options) { options.min = 2; }) == Texts{"--check-min is above --check-max: no value passes", "cannot use --check 'x': it can never pass: no value is both at least 2 and at most 1"});
    CHECK(with([](auto& options) { options.queries = {"x", "x"}; }) == Texts{"cannot use --check 'x': another one has the same name"});
    CHECK(with([](auto& options) { options.queries = {"x", "y <= 2", "z("}; }).size() == 2);
    CHECK(with([](auto& options) { options.interval = Duration{999}; }) == Texts{"--check-interval must be at least 1s"});
    CHECK(with([](auto& options) { options.interval = Duration{1000}; }).empty());
    CHECK(with([](auto& options) { options.count = options.failure_limit = options.consecutive_failures = options.consecutive_successes = -1; options.initial_delay = -minute; }).size() == 6);
    CHECK(with([](auto& options) { options.failure_limit = options.consecutive_failures = 1; }) == Texts{"cannot use --failure-limit with --consecutive-failures: either some measurements may fail in all, or some in a row"});
    CHECK(with([](auto& options) { options.args = {"a=b", "c=", "=d", "e"}; options.files = {"f.yaml"}; }) == Texts{"cannot use --analysis-arg '=d': it is no NAME=VALUE", "cannot use --analysis-arg 'e': it is no NAME=VALUE"});
    CHECK(with([](auto& options) { options.args = {"a=b"}; options.run_webhooks = true; }).size() == 2);
    const auto without_check = with([](auto& options) { options = {}; options.files = {"f.yaml"}; options.max = options.min = 1; options.interval = minute * 2; options.initial_delay = minute; options.count = options.failure_limit = options.consecutive_successes = 2; });
    CHECK(without_check.size() == 7);
    CHECK(without_check.front() == "cannot use --check-min without --check: files say it for their own checks");
    CheckOptions options;
    options.queries = {"burn: select_slo_burn_rate(\"a\",\"300s\") <= 1"};
    CHECK_FALSE(options.asks_prometheus());
    options.queries.emplace_back("up: sum(up) >= 3");
    CHECK(options.asks_prometheus());
}
