#include "catch.hpp"

#include "scripted.hpp"
#include "wait-for-slo/checks/flagger/canary_analysis.hpp"

#include <map>
#include <random>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::scripted;

namespace {

constexpr Duration minute{60'000};

/// A Canary with two metrics; a script says what each interval brings: g(ood), s(uccess rate bad), d(uration bad), n(o values), a(way),
/// r(ollout command fails). The last one stays.
struct Scripted {
    fake::Clock clock;
    Values values{clock};
    std::string script;
    std::size_t interval = 0;
    std::vector<std::string> commands; ///< that ran
    std::string failing;               ///< a command that fails as long as this names it
    CanaryAnalysis analysis;

    Scripted(const CanaryCheck& check, std::string its_script)
        : script(std::move(its_script)),
          analysis(check, {&values, &values}, [this](const std::vector<CanaryCommand>& all, std::string_view type) { return run_commands(all, type); }, clock) {
        values.next = [this](const std::string& query) {
            const bool is_last = query == "q(request-duration)";
            const auto what = now();
            if (is_last || what != 'g') {
                if (is_last || what != 'd') next();
            }
            if (what == 'g' || (what == 'd' && !is_last)) return Values::Answer::good;
            if (what == 'n') return Values::Answer::none;
            return what == 'a' ? Values::Answer::away : Values::Answer::bad;
        };
    }
    std::optional<std::string> run_commands(const std::vector<CanaryCommand>& all, std::string_view type) {
        for (const auto& command : all) {
            if (command.type != type) continue;
            commands.push_back(command.name);
            if (type == "rollout" && now() == 'r') return next(), "webhook 'load-test' failed: exit code 1";
            if (command.name == failing) return "webhook 'smoke-test' failed: exit code 7";
        }
        return std::nullopt;
    }
    char now() const { return script[std::min(interval, script.size() - 1)]; }
    void next() { ++interval; }
    Finding run(Duration watch = 10 * minute) { return watched(analysis, clock, watch); }
};

CanaryCheck canary(long threshold, std::optional<long> iterations = {}, std::vector<CanaryCommand> commands = {}) {
    CanaryCheck check;
    check.name = "podinfo";
    check.metrics = {metric("request-success-rate"), metric("request-duration")};
    check.interval = minute;
    check.threshold = threshold;
    check.iterations = iterations;
    check.commands = std::move(commands);
    return check;
}

CanaryCommand command(const std::string& name, const std::string& type) {
    CanaryCommand made;
    made.name = name;
    made.type = type;
    return made;
}

const auto load_test = command("load-test", "rollout");
const auto smoke_test = command("smoke-test", "pre-rollout");

} // namespace

TEST_CASE("a Canary's checks, just enough of them and just not") {
    struct Row {
        CanaryCheck check;
        std::string script;
        Verdict verdict;
        std::string reason;
    };
    for (const auto& row : {
             Row{canary(5), "g", Verdict::holds, "10 checks passed, 0 failed, of which 5 would be too many"},
             Row{canary(5), "sgsgdgdg", Verdict::holds, "6 checks passed, 4 failed, of which 5 would be too many; the newest: request-duration: 0.75, wanted <= 0.5"},
             // In total, not in a row.
             Row{canary(4), "sgsgdgs", Verdict::violated, "4 checks failed, the threshold is 4; the newest: request-success-rate: 0.75, wanted <= 0.5"},
             Row{canary(1), "ggs", Verdict::violated, "1 check failed, the threshold is 1; the newest: request-success-rate: 0.75, wanted <= 0.5"},
             Row{canary(3, 4), "gsgsgg", Verdict::holds, "4 checks passed, 2 failed, of which 3 would be too many; the newest: request-success-rate: 0.75, wanted <= 0.5"},
             Row{canary(3, 12), "g", Verdict::inconclusive, "10 checks passed, 0 failed, of which 3 would be too many; 12 must pass, for which the watch was too short"},
             Row{canary(11), "s", Verdict::inconclusive, "0 checks passed, 10 failed, of which 11 would be too many; the newest: request-success-rate: 0.75, wanted <= 0.5"},
             // The controller takes a release back for these as well.
             Row{canary(2), "na", Verdict::violated,
                 "2 checks failed, the threshold is 2; the newest: request-success-rate: POST http://p:9090/api/v1/query: connection refused; none of them for a value: this says that metrics could not be read, not that the release is bad"},
             Row{canary(2), "an", Verdict::violated, "2 checks failed, the threshold is 2; the newest: request-success-rate: no series; none of them for a value: this says that metrics could not be read, not that the release is bad"},
             Row{canary(2), "sn", Verdict::violated, "2 checks failed, the threshold is 2; the newest: request-success-rate: no series"},
             Row{canary(2, {}, {load_test}), "gggrgr", Verdict::violated, "2 checks failed, the threshold is 2; the newest: webhook 'load-test' failed: exit code 1"},
         }) {
        Scripted run(row.check, row.script);
        const auto finding = run.run();
        INFO(row.script);
        CHECK(to_string(finding.verdict) == to_string(row.verdict));
        CHECK(finding.reason == row.reason);
        CHECK(run.analysis.ends_by_itself() == row.check.iterations.has_value());
    }
}

TEST_CASE("the first metric that does not pass ends a check") {
    Scripted run(canary(5), "gsdg");
    run.run(4 * minute);
    CHECK(run.values.queries == std::vector<std::string>{"q(request-success-rate)", "q(request-duration)", "q(request-success-rate)", "q(request-success-rate)", "q(request-duration)", "q(request-success-rate)", "q(request-duration)"});
    const auto& metrics = run.analysis.metrics();
    CHECK(metrics[0].measurements.size() == 4);
    CHECK(metrics[1].measurements.size() == 3);
    CHECK(metrics[0].measurements[0].watched == minute);
    CHECK(metrics[0].measurements[1].phase == Phase::failed);
}

TEST_CASE("pre-rollout commands are repeated until they pass, and come before everything else") {
    Scripted run(canary(5, {}, {load_test, smoke_test}), "g");
    run.failing = "smoke-test";
    CHECK(run.analysis.due() == Duration{0});
    run.analysis.measure(Duration{0});
    run.analysis.measure(minute);
    CHECK(run.analysis.at_end().reason == "0 checks passed, 2 failed, of which 5 would be too many; the newest: webhook 'smoke-test' failed: exit code 7");
    run.failing.clear();
    run.analysis.measure(2 * minute);
    CHECK(run.values.queries.empty());
    run.analysis.measure(3 * minute);
    CHECK(run.values.queries.size() == 2);
    CHECK(run.commands == std::vector<std::string>{"smoke-test", "smoke-test", "smoke-test", "load-test"});
    Scripted hopeless(canary(3, {}, {smoke_test}), "g");
    hopeless.failing = "smoke-test";
    CHECK(hopeless.run().verdict == Verdict::violated);
    CHECK(hopeless.commands.size() == 3);
    // Without such commands the first check comes after an interval, too: until then no metric knows the new version.
    CHECK(Scripted(canary(5), "g").analysis.due() == minute);
    CHECK(Scripted(canary(5), "g").analysis.at_end().reason == "never checked");
}

TEST_CASE("a check that takes long delays the next, and leaves out those between") {
    Scripted run(canary(5), "g");
    run.values.takes = Duration{40'000}; // each of two metrics
    run.run(6 * minute);
    std::vector<long> begun;
    for (const auto& measurement : run.analysis.metrics()[0].measurements) begun.push_back(measurement.watched.count() / 1000);
    CHECK(begun == std::vector<long>{60, 140, 220, 300, 380});
    CHECK(run.analysis.metrics()[1].measurements[0].watched == Duration{100'000});
}

TEST_CASE("metrics without values are no bad release, also where their conditions call that a failure") {
    struct Strict final : Condition {
        Judgement judge(const QueryValue& value) const override { return {value.values.empty() ? Phase::failed : Phase::successful, "no values found"}; }
        std::string text() const override { return "<= 0.5"; }
    };
    auto check = canary(2);
    check.metrics[0].condition = std::make_shared<const Strict>();
    CHECK(Scripted(check, "n").run().reason ==
          "2 checks failed, the threshold is 2; the newest: request-success-rate: no values found; none of them for a value: this says that metrics could not be read, not that the release is bad");
}

TEST_CASE("a Canary's refused query ends it") {
    Scripted run(canary(5), "g");
    run.values.next = [](const std::string&) { return Values::Answer::refused; };
    CHECK_THROWS_AS(run.run(), Error);
    run.values.next = [](const std::string&) -> Values::Answer { throw Cancelled(2); };
    CHECK_THROWS_AS(run.analysis.measure(minute), Cancelled);
}

TEST_CASE("random sequences are judged as Flagger judges them") {
    std::mt19937 random(20261130);
    const auto pick = [&](long least, long most) { return std::uniform_int_distribution<long>(least, most)(random); };
    std::map<Verdict, int> verdicts;
    for (int i = 0; i < 2000; ++i) {
        auto check = canary(pick(1, 6), pick(0, 1) == 0 ? std::optional(pick(1, 9)) : std::nullopt, {load_test});
        std::string script;
        for (int k = 0; k < 12; ++k) script += "ggggggsdnar"[pick(0, 10)];
        // The whole watch at once: the first interval at which so many failed, or so many passed.
        Verdict told = Verdict::inconclusive;
        long passed = 0, failed = 0;
        for (std::size_t k = 0; k < 10; ++k) {
            ++(script[k] == 'g' ? passed : failed);
            if (failed == check.threshold) { told = Verdict::violated; break; }
            if (check.iterations && passed == *check.iterations) { told = Verdict::holds; break; }
            if (k == 9 && !check.iterations && passed > 0) told = Verdict::holds;
        }
        Scripted run(check, script);
        const auto finding = run.run();
        INFO(script << " threshold " << check.threshold << ": " << finding.reason);
        CHECK(finding.verdict == told);
        ++verdicts[told];
    }
    for (const auto verdict : {Verdict::holds, Verdict::violated, Verdict::inconclusive}) CHECK(verdicts[verdict] > 50);
}
