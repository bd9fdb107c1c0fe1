#include "catch.hpp"

#include "scripted.hpp"
#include "wait-for-slo/checks/metric_analysis.hpp"

#include <random>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::scripted;

namespace {

/// A script of measurements: g(ood), b(ad), n(one), a(way), r(efused); the last one stays.
struct Scripted {
    fake::Clock clock;
    Values values{clock};
    std::string script;
    std::size_t asked = 0;
    MetricAnalysis analysis;

    Scripted(MetricCheck check, std::string its_script) : script(std::move(its_script)), analysis(std::move(check), values, clock) {
        values.next = [this](const std::string&) {
            switch (script[std::min(asked++, script.size() - 1)]) {
            case 'g': return Values::Answer::good;
            case 'b': return Values::Answer::bad;
            case 'n': return Values::Answer::none;
            case 'a': return Values::Answer::away;
            default: return Values::Answer::refused;
            }
        };
    }
    Finding run(Duration watch = Duration{600'000}) { return watched(analysis, clock, watch); }
    std::size_t measured() const { return analysis.metrics().front().measurements.size(); }
};

using Limit = std::optional<long>;

MetricCheck with(Limit count, Limit failures, Limit inconclusive = 0, long errors = 4, Limit bad_row = {}, Limit good_row = {}) {
    auto check = metric();
    check.count = count;
    check.failure_limit = failures;
    check.inconclusive_limit = inconclusive;
    check.consecutive_error_limit = errors;
    check.consecutive_failures = bad_row;
    check.consecutive_successes = good_row;
    return check;
}

} // namespace

TEST_CASE("each limit of a check, just reached and just not") {
    struct Row {
        MetricCheck check;
        std::string script;
        Verdict verdict;
        std::size_t measured;
        std::string reason;
    };
    const auto none = std::nullopt;
    for (const auto& row : {
             Row{with(5, 2), "bbgbg", Verdict::violated, 4, "3 of 4 measurements failed, the limit is 2; the newest: 0.75, wanted <= 0.5"},
             Row{with(5, 2), "bbggg", Verdict::holds, 5, "3 of 5 measurements passed; the newest: 0.25, wanted <= 0.5"},
             Row{with(5, 0), "b", Verdict::violated, 1, "1 of 1 measurement failed, the limit is 0; the newest: 0.75, wanted <= 0.5"},
             Row{with(5, 2, 1), "ngng", Verdict::inconclusive, 3, "2 of 3 measurements said nothing, the limit is 1; the newest: no series"},
             Row{with(5, 2, 1), "ngggg", Verdict::holds, 5, "4 of 5 measurements passed; the newest: 0.25, wanted <= 0.5"},
             Row{with(5, 2), "ga", Verdict::error, 6, "5 measurements in a row could not be made, the limit is 4; the newest: POST http://p:9090/api/v1/query: connection refused"},
             Row{with(2, 2), "aaaagaaaag", Verdict::holds, 10, "2 of 2 measurements passed; the newest: 0.25, wanted <= 0.5"},
             Row{with(2, 0, 0, 0), "a", Verdict::error, 1, "1 measurement in a row could not be made, the limit is 0; the newest: POST http://p:9090/api/v1/query: connection refused"},
             Row{with(9, none, 0, 4, 3), "bbgbbgbbb", Verdict::violated, 9, "3 measurements in a row failed; the newest: 0.75, wanted <= 0.5"},
             Row{with(9, none, 9, 4, 3), "bbgbnab", Verdict::violated, 8, "3 measurements in a row failed; the newest: 0.75, wanted <= 0.5"},
             Row{with(5, none, 0, 4, 3), "bbgbb", Verdict::holds, 5, "1 of 5 measurements passed; the newest: 0.75, wanted <= 0.5"},
             Row{with(5, none, 0, 4, none, 3), "ggbggg", Verdict::violated, 5, "never 3 in a row of 5 measurements passed; the newest: 0.25, wanted <= 0.5"},
             Row{with(6, none, 0, 4, none, 3), "ggbggg", Verdict::holds, 6, "3 measurements in a row passed; the newest: 0.25, wanted <= 0.5"},
             Row{with(6, none, 0, 4, none, 3), "ggaggg", Verdict::holds, 6, "3 measurements in a row passed; the newest: 0.25, wanted <= 0.5"},
             Row{with(5, 2, 0, 4, none, 3), "ggbgb", Verdict::inconclusive, 5, "never 3 in a row of 5 measurements passed, but only 2 failed; the newest: 0.75, wanted <= 0.5"},
             // Without a count until the watch is over, here after ten minutes.
             Row{with(none, 0), "g", Verdict::holds, 11, "11 of 11 measurements passed; the newest: 0.25, wanted <= 0.5"},
             Row{with(none, 20), "b", Verdict::inconclusive, 11, "none of 11 measurements passed, 11 failed; the newest: 0.75, wanted <= 0.5"},
             Row{with(none, 20, 20), "n", Verdict::inconclusive, 11, "none of 11 measurements passed, 0 failed; the newest: no series"},
             Row{with(none, 20, none), "nnnnnggggg", Verdict::holds, 11, "6 of 11 measurements passed; the newest: 0.25, wanted <= 0.5"},
             Row{with(none, 20, none), "ggggggnnnnnn", Verdict::holds, 11, "6 of 11 measurements passed; the newest: no series"},
             Row{with(none, 20, none), "gggggnnnnnnn", Verdict::inconclusive, 11, "6 of 11 measurements said nothing; the newest: no series"},
             Row{with(none, 0, 0, 100), "a", Verdict::error, 61, "no measurement could be made; the newest: POST http://p:9090/api/v1/query: connection refused"},
             Row{with(none, 5, 0, 4, none, 20), "g", Verdict::inconclusive, 11, "never 20 in a row of 11 measurements passed, but only 0 failed; the newest: 0.25, wanted <= 0.5"},
             Row{with(12, 0), "g", Verdict::inconclusive, 11, "only 11 of 12 measurements were made; the newest: 0.25, wanted <= 0.5"},
         }) {
        Scripted run(row.check, row.script);
        const auto finding = run.run();
        INFO(row.script << ": " << finding.reason);
        CHECK(finding.verdict == row.verdict);
        CHECK(finding.reason == row.reason);
        CHECK(run.measured() == row.measured);
        CHECK((run.analysis.decided().has_value() == !run.analysis.due()));
        CHECK(run.analysis.ends_by_itself() == row.check.count.has_value());
    }
}

TEST_CASE("when it is measured") {
    auto check = with({}, 0);
    check.interval = Duration{30'000};
    check.initial_delay = Duration{45'000};
    Scripted run(check, "gaagg");
    run.values.takes = Duration{4'000};
    CHECK(run.analysis.due() == Duration{45'000});
    CHECK(run.analysis.at_end().reason == "never measured");
    run.run(Duration{150'000});
    const auto& measurements = run.analysis.metrics().front().measurements;
    std::vector<long> begun;
    for (const auto& measurement : measurements) {
        begun.push_back(measurement.watched.count() / 1000);
        CHECK(measurement.finished - measurement.started == Duration{4'000});
    }
    // An interval after the end of the one before, and 10 s after an error.
    CHECK(begun == std::vector<long>{45, 79, 93, 107, 141});
    // Without an interval it is measured once, and again only after an error.
    auto once = with({}, 0);
    once.interval = Duration{0};
    Scripted single(once, "aag");
    CHECK(single.run().verdict == Verdict::holds);
    CHECK(single.measured() == 3);
    CHECK(single.analysis.ends_by_itself());
}

TEST_CASE("a dry run decides nothing") {
    auto check = with(3, 0);
    check.dry_run = true;
    Scripted run(check, "b");
    const auto finding = run.run();
    CHECK(finding.verdict == Verdict::holds);
    CHECK(finding.reason == "a dry run, which decides nothing, would be violated: 1 of 1 measurement failed, the limit is 0; the newest: 0.75, wanted <= 0.5");
    CHECK(run.analysis.metrics().front().dry_run);
}

TEST_CASE("a refused query ends it, and so does a cancellation") {
    Scripted refused(with(3, 0), "gr");
    try {
        refused.run();
        FAIL("it was measured");
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        CHECK(std::string(error.what()) == "the server refuses the query: unknown function");
    }
    Scripted cancelled(with(3, 0), "g");
    cancelled.values.next = [](const std::string&) -> Values::Answer { throw Cancelled(15); };
    CHECK_THROWS_AS(cancelled.run(), Cancelled);
}

TEST_CASE("values as Argo writes them") {
    fake::Clock clock;
    struct Fixed final : ValueSource {
        QueryValue value;
        QueryValue ask(const std::string&) override { return value; }
    } fixed;
    const auto text = [&](QueryValue value) {
        fixed.value = std::move(value);
        return measure_once(metric(), fixed, clock, Duration{0}).value;
    };
    CHECK(text({true, {0.95}}) == "0.95");
    CHECK(text({false, {0.95}}) == "[0.95]");
    CHECK(text({false, {1e6, no_value, std::numeric_limits<double>::infinity()}}) == "[1000000,NaN,+Inf]");
    CHECK(text({false, {}}) == "[]");
    CHECK(text({false, std::vector<double>(10'000, 1)}).size() < 100);
    fixed.value = {false, {0.2, 0.9, 0.6}};
    const auto several = measure_once(metric(), fixed, clock, Duration{0});
    CHECK(several.number == 0.9);
    CHECK(in_words({"p99", "q", "<= 0.5"}, several) == "0.9, wanted <= 0.5 (the worst of 3 series, of which 2 failed)");
}

// Argo's rules as its documentation states them, over the whole sequence at once.
namespace {

struct Told {
    Verdict verdict = Verdict::inconclusive;
    std::size_t measurements = 0;
};

Told argo(const MetricCheck& check, const std::string& script) {
    long successful = 0, failed = 0, inconclusive = 0;
    for (std::size_t i = 0; i < script.size(); ++i) {
        const auto seen = script.substr(0, i + 1);
        successful += script[i] == 'g';
        failed += script[i] == 'b';
        inconclusive += script[i] == 'n';
        const auto row = [&](char what) { const auto other = seen.find_last_not_of(what); return static_cast<long>(other == std::string::npos ? seen.size() : seen.size() - other - 1); };
        if (check.failure_limit && failed > *check.failure_limit) return {Verdict::violated, i + 1};
        if (inconclusive > *check.inconclusive_limit) return {Verdict::inconclusive, i + 1};
        if (row('a') > check.consecutive_error_limit) return {Verdict::error, i + 1};
        if (check.consecutive_successes && row('g') >= *check.consecutive_successes) return {Verdict::holds, i + 1};
        if (!check.count || successful + failed + inconclusive < *check.count) continue;
        if (!check.consecutive_successes) return {Verdict::holds, i + 1};
        return {check.failure_limit ? Verdict::inconclusive : Verdict::violated, i + 1};
    }
    return {Verdict::error, 0}; // the script is too short
}

} // namespace

TEST_CASE("random sequences are judged as Argo judges them") {
    std::mt19937 random(20261130);
    const auto pick = [&](long least, long most) { return std::uniform_int_distribution<long>(least, most)(random); };
    std::map<Verdict, int> verdicts;
    for (int i = 0; i < 3000; ++i) {
        auto check = with(pick(1, 8), pick(0, 3), pick(0, 2), pick(0, 4));
        check.interval = Duration{pick(1, 90) * 1000};
        if (pick(0, 2) == 0) check.consecutive_successes = pick(1, 4);
        if (check.consecutive_successes && pick(0, 1) == 0) check.failure_limit = std::nullopt;
        std::string script;
        const auto likely = "ggggbnab"[pick(0, 7)];
        for (int k = 0; k < 100; ++k) script += pick(0, 1) == 0 ? likely : "ggbna"[pick(0, 4)];
        const auto told = argo(check, script);
        REQUIRE(told.measurements > 0);
        Scripted run(check, script);
        const auto finding = run.run(std::chrono::hours{10});
        INFO(script << " count " << *check.count << ": " << finding.reason);
        CHECK(finding.verdict == told.verdict);
        CHECK(run.measured() == told.measurements);
        ++verdicts[told.verdict];
    }
    for (const auto verdict : {Verdict::holds, Verdict::violated, Verdict::inconclusive, Verdict::error}) CHECK(verdicts[verdict] > 100);
}
