// Objectives of several sources, threshold checks, and a command, watched together.
#include "catch.hpp"

#include "fakes.hpp"
#include "wait-for-slo/sources/several_sources.hpp"
#include "wait-for-slo/watch/watch.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

/// Counts what a function of the seconds since `count_from` says.
class Counting final : public Source {
public:
    std::function<std::vector<ObjectiveReading>(double)> reading = [](double) { return std::vector<ObjectiveReading>(); };
    std::optional<Timestamp> since;
    std::function<Beginning()> beginning;
    std::optional<QueryMistake> mistake;

    explicit Counting(io::Clock& clock) : clock_(clock) {}
    Beginning begin() override { return beginning ? beginning() : Beginning{.since = clock_.now()}; }
    void count_from(Timestamp at) override { since = at; }
    Reading read() override { return {.objectives = reading(static_cast<double>((clock_.now() - *since).count()) / 1000)}; }
    std::optional<QueryMistake> mistake_in(std::size_t) override { return mistake; }
    std::vector<SeriesCount> series_of(std::size_t objective) const override { return {{"series " + std::to_string(objective), 1, 0}}; }

private:
    io::Clock& clock_;
};

ObjectiveReading counted(double bad, double total) {
    ObjectiveReading reading{.counts = {bad, total}, .total_matches = true, .numerator_matches = true, .since_newest = Duration{0}, .interval = Duration{1000}, .alive = true};
    return reading;
}

/// A check whose verdicts a function of its measurements says.
class Measuring final : public Analysis {
public:
    std::function<std::optional<Finding>(std::size_t)> verdict = [](std::size_t) { return std::nullopt; };
    Duration interval{10'000};
    bool ends = false;
    std::shared_ptr<std::vector<Duration>> measured = std::make_shared<std::vector<Duration>>();
    std::shared_ptr<int> tried = std::make_shared<int>(0);
    std::string refusal;
    std::string called = "latency";
    /// What a measurement with this number says; nothing is kept of it by default.
    std::function<Measurement(std::size_t)> says = {};

    const std::string& name() const override { return called; }
    std::optional<Duration> due() const override { return measured->empty() ? Duration{0} : measured->back() + interval; }
    void measure(Duration watched) override {
        ++*tried;
        if (!refusal.empty()) throw misuse(refusal);
        measured->push_back(watched);
        if (!says) return;
        auto measurement = says(measured->size());
        measurement.watched = watched;
        metrics_.front().measurements.push_back(std::move(measurement));
    }
    std::optional<Finding> decided() const override { return verdict(measured->size()); }
    Finding at_end() const override { return {Verdict::holds, std::to_string(measured->size()) + " measurements passed"}; }
    bool ends_by_itself() const override { return ends; }
    const std::vector<MetricRecord>& metrics() const override { return metrics_; }

private:
    std::vector<MetricRecord> metrics_ = {{.name = "latency", .query = "q", .condition = "<= 1"}};
};

struct Mixed {
    fake::World world;
    SeveralSources sources{world.clock};
    std::vector<std::unique_ptr<Analysis>> analyses;
    WatchSettings settings = [] {
        WatchSettings usual;
        usual.watch = std::chrono::seconds{60};
        usual.max_errors = 3;
        return usual;
    }();
    Findings found;

    Counting& source(const std::vector<std::string>& objectives) {
        auto one = std::make_unique<Counting>(world.clock);
        auto& added = *one;
        for (const auto& name : objectives) settings.objectives.push_back({.name = name, .policy = {.objective = 0.99, .min_events = 20}, .total = "all", .numerator = "bad ones", .numerator_kind = "bad"});
        sources.add(std::move(one), objectives.size());
        return added;
    }
    Measuring& check() {
        analyses.push_back(std::make_unique<Measuring>());
        return static_cast<Measuring&>(*analyses.back());
    }
    Outcome go() {
        auto context = world.context();
        Watch watch(sources, std::move(analyses), std::move(settings), context);
        const auto outcome = watch.run();
        found = watch.take_findings(outcome);
        return outcome;
    }
};

} // namespace

TEST_CASE("objectives of several sources are watched together") {
    Mixed mixed;
    auto& first = mixed.source({"a", "b"});
    auto& second = mixed.source({"c"});
    first.reading = [](double t) { return std::vector{counted(0, t * 100), counted(0, t * 100)}; };
    second.reading = [](double t) { return std::vector{counted(0, t * 100)}; };
    SECTION("all hold") {
        const auto outcome = mixed.go();
        CHECK(outcome.verdict == Verdict::holds);
        CHECK(outcome.objectives.size() == 3);
        CHECK(outcome.reason.rfind("all 3 objectives; a: ", 0) == 0);
        REQUIRE(mixed.found.series.size() == 3);
        CHECK(mixed.found.series[1].front().name == "series 1");
        CHECK(mixed.found.series[2].front().name == "series 0");
    }
    SECTION("one of the second source is violated") {
        second.reading = [](double t) { return std::vector{counted(t * 50, t * 100)}; };
        const auto outcome = mixed.go();
        CHECK(outcome.verdict == Verdict::violated);
        CHECK(outcome.reason.rfind("c: ", 0) == 0);
        CHECK(outcome.objectives[0].verdict == Verdict::inconclusive);
    }
    SECTION("a source that does not answer spoils the looks of its own objectives only") {
        second.reading = [](double) -> std::vector<ObjectiveReading> { throw world_failure("no answer"); };
        SECTION("and ends the watch when it goes on") {
            const auto outcome = mixed.go();
            CHECK(outcome.verdict == Verdict::error);
            CHECK(outcome.reason.find("c: could not tell, 3 looks in a row failed: no answer") == 0);
        }
        SECTION("and is looked at again after a while: a server that starts anew needs some seconds") {
            second.reading = [](double t) -> std::vector<ObjectiveReading> {
                if (t > 20 && t < 30) throw world_failure("no answer");
                return {counted(0, t * 100)};
            };
            CHECK(mixed.go().verdict == Verdict::holds);
        }
        SECTION("and is waited for when it says that it is not ready, until the watch is over") {
            const double ready = GENERATE(50, 600);
            second.reading = [ready](double t) -> std::vector<ObjectiveReading> {
                if (t > 20 && t < ready) throw NotReady({.message = "starting"});
                return {counted(0, t * 100)};
            };
            SECTION("alone") {
                const auto outcome = mixed.go();
                CHECK(outcome.verdict == (ready < 60 ? Verdict::holds : Verdict::error));
                CHECK(outcome.watched < std::chrono::seconds{90});
            }
            SECTION("and the others are looked at meanwhile") {
                first.reading = [](double t) { return std::vector{counted(t > 22 ? t * 90 : 0, t * 100), counted(0, t * 100)}; };
                const auto outcome = mixed.go();
                CHECK(outcome.verdict == Verdict::violated);
                CHECK(outcome.watched < std::chrono::seconds{30});
            }
        }
        SECTION("a violation of another is found all the same") {
            first.reading = [](double t) { return std::vector{counted(t * 90, t * 100), counted(0, t * 100)}; };
            mixed.settings.max_errors = 50;
            CHECK(mixed.go().verdict == Verdict::violated);
        }
    }
    SECTION("a server that is not ready yet is waited for") {
        bool is_ready = false;
        first.reading = [&](double t) -> std::vector<ObjectiveReading> {
            if (!is_ready && t > 5) throw NotReady({.message = "status 503"});
            return {counted(0, t * 100), counted(0, t * 100)};
        };
        SECTION("and a violation of another found meanwhile") {
            second.reading = [](double t) { return std::vector{counted(t * 50, t * 100)}; };
            const auto outcome = mixed.go();
            CHECK(outcome.verdict == Verdict::violated);
            CHECK(outcome.reason.rfind("c: ", 0) == 0);
        }
        SECTION("longer than looks may fail") {
            second.reading = [&](double t) {
                is_ready = t > 55;
                return std::vector{counted(0, t * 100)};
            };
            CHECK(mixed.go().verdict == Verdict::holds);
        }
        SECTION("but not beyond the watch") {
            const auto outcome = mixed.go();
            CHECK(outcome.verdict == Verdict::error);
            CHECK(outcome.reason.rfind("a: could not tell, 3 looks in a row failed: status 503", 0) == 0);
            CHECK(outcome.watched >= std::chrono::seconds{60});
        }
    }
    SECTION("the second begins when the first has, each by its own clock") {
        const auto begin = mixed.world.clock.time;
        int asked = 0;
        first.beginning = [&] { return ++asked < 3 ? Beginning{.missing = "the version"} : Beginning{.since = *parse_timestamp("2026-11-24T11:00:00Z"), .ago = Duration{60'000}}; };
        second.beginning = [&] {
            mixed.world.clock.time += Duration{7'000}; // it takes a while
            return Beginning{.since = mixed.world.clock.now()};
        };
        mixed.settings.waits_for_start = true;
        mixed.settings.start_timeout = std::chrono::minutes{5};
        second.reading = [](double) { return std::vector{counted(0, 1000)}; };
        first.reading = [](double) { return std::vector{counted(0, 1000), counted(0, 1000)}; };
        const auto outcome = mixed.go();
        CHECK(*first.since == *parse_timestamp("2026-11-24T11:00:00Z"));
        CHECK(*second.since > begin);
        CHECK(outcome.since == first.since);
        CHECK(outcome.lead == Duration{67'000});
    }
}

TEST_CASE("counts that come late are waited for") {
    Mixed mixed;
    auto& source = mixed.source({"a"});
    SECTION("until the end of the watch is counted") {
        source.reading = [](double t) {
            auto reading = counted(0, std::max(t - 100, 0.0) * 10);
            reading.delay = std::chrono::seconds{100};
            reading.longest_delay = std::chrono::seconds{300};
            return std::vector{reading};
        };
        const auto outcome = mixed.go();
        CHECK(outcome.watched >= std::chrono::seconds{160});
        CHECK(outcome.watched < std::chrono::seconds{170});
        CHECK(outcome.verdict == Verdict::holds);
    }
    SECTION("but no longer than they may take") {
        source.reading = [](double) {
            auto reading = counted(0, 5);
            reading.delay = std::chrono::seconds{4000};
            reading.longest_delay = std::chrono::seconds{300};
            return std::vector{reading};
        };
        const auto outcome = mixed.go();
        CHECK(outcome.watched >= std::chrono::seconds{360});
        CHECK(outcome.watched < std::chrono::seconds{370});
        CHECK(outcome.verdict == Verdict::inconclusive);
    }
}

TEST_CASE("an objective that allows no bad event") {
    Mixed mixed;
    auto& source = mixed.source({"probe"});
    mixed.settings.objectives[0].no_bad_event = true;
    SECTION("is violated by the first") {
        source.reading = [](double t) { return std::vector{counted(t >= 30 ? 1 : 0, t * 10)}; };
        const auto outcome = mixed.go();
        CHECK(outcome.verdict == Verdict::violated);
        CHECK(outcome.watched >= std::chrono::seconds{30});
        CHECK(outcome.watched < std::chrono::seconds{36});
        CHECK(outcome.reason.find(" 1 failed, and none may") != std::string::npos);
    }
    SECTION("holds without any") {
        source.reading = [](double t) { return std::vector{counted(0, t * 10)}; };
        const auto outcome = mixed.go();
        CHECK(outcome.verdict == Verdict::holds);
        CHECK(outcome.reason == "none of 600 requests failed");
    }
    SECTION("is watched to the end: nothing is tested that could suffice before") {
        mixed.settings.early_pass = mixed.settings.objectives[0].policy.early_pass = true;
        source.reading = [](double t) { return std::vector{counted(0, t * 1000)}; };
        CHECK(mixed.go().watched == std::chrono::seconds{60});
    }
    SECTION("of requests to a mistyped address is a mistake, in the words of its source") {
        mixed.settings.objectives[0].has_selectors = false;
        source.mistake = QueryMistake{"no request was ever answered well: status 404", "is the path right?"};
        source.reading = [](double t) {
            auto reading = counted(t, t);
            reading.numerator_matches = false;
            return std::vector{reading};
        };
        const auto outcome = mixed.go();
        CHECK(outcome.verdict == Verdict::error);
        CHECK(outcome.code == ExitCode::misuse);
        CHECK(outcome.reason == "no request was ever answered well: status 404");
        CHECK(outcome.hint == "is the path right?");
    }
    SECTION("is not decided by a few") {
        source.reading = [](double) { return std::vector{counted(0, 19)}; };
        const auto outcome = mixed.go();
        CHECK(outcome.verdict == Verdict::inconclusive);
        CHECK(outcome.reason == "only 19 requests were sent, 20 are needed");
    }
}

TEST_CASE("threshold checks") {
    Mixed mixed;
    auto& check = mixed.check();
    const auto measured = check.measured;
    SECTION("alone are measured until the watch is over") {
        const auto outcome = mixed.go();
        CHECK(outcome.verdict == Verdict::holds);
        CHECK(outcome.watched == std::chrono::seconds{60});
        CHECK(outcome.reason == "7 measurements passed");
        CHECK(*measured == std::vector<Duration>{Duration{0}, Duration{10'000}, Duration{20'000}, Duration{30'000}, Duration{40'000}, Duration{50'000}, Duration{60'000}});
        REQUIRE(mixed.found.analyses.size() == 1);
        CHECK(mixed.found.analyses[0].finding.reason == outcome.reason);
    }
    SECTION("end a watch of their own as soon as they are decided") {
        check.verdict = [](std::size_t count) { return count < 3 ? std::nullopt : std::optional(Finding{Verdict::holds, "enough"}); };
        const auto outcome = mixed.go();
        CHECK(outcome.verdict == Verdict::holds);
        CHECK(outcome.watched == std::chrono::seconds{20});
    }
    SECTION("that count their measurements are waited for") {
        check.ends = true;
        check.verdict = [](std::size_t count) { return count < 11 ? std::nullopt : std::optional(Finding{Verdict::holds, "enough"}); };
        CHECK(mixed.go().watched == std::chrono::seconds{100});
    }
    SECTION("beside an objective") {
        auto& source = mixed.source({"a"});
        source.reading = [](double t) { return std::vector{counted(0, t * 100)}; };
        SECTION("hold with it, at the end") {
            check.verdict = [](std::size_t count) { return count < 3 ? std::nullopt : std::optional(Finding{Verdict::holds, "enough"}); };
            const auto outcome = mixed.go();
            CHECK(outcome.verdict == Verdict::holds);
            CHECK(outcome.watched == std::chrono::seconds{60});
            CHECK(outcome.reason.rfind("all 2 objectives and checks; a: ", 0) == 0);
            CHECK(measured->size() == 3);
        }
        SECTION("are measured when it is time, however long the looks take") {
            mixed.settings.interval = Duration{30'000};
            source.reading = [&](double t) {
                mixed.world.clock.time += Duration{7'000};
                return std::vector{counted(0, t * 100)};
            };
            mixed.go();
            REQUIRE(measured->size() > 3);
            CHECK(std::vector<Duration>(measured->begin(), measured->begin() + 3) == std::vector<Duration>{Duration{0}, Duration{10'000}, Duration{20'000}});
        }
        SECTION("end the watch by another verdict") {
            const auto verdict = GENERATE(Verdict::violated, Verdict::inconclusive, Verdict::error);
            check.verdict = [verdict](std::size_t count) { return count < 3 ? std::nullopt : std::optional(Finding{verdict, "so"}); };
            const auto outcome = mixed.go();
            CHECK(outcome.verdict == verdict);
            CHECK(outcome.watched == std::chrono::seconds{20});
            if (verdict != Verdict::inconclusive) CHECK(outcome.reason.rfind("latency: so", 0) == 0);
        }
    }
}

TEST_CASE("a command that is watched") {
    Mixed mixed;
    auto& source = mixed.source({"probe"});
    auto& objective = mixed.settings.objectives[0];
    objective.no_bad_event = true;
    mixed.settings.command = {"deploy", "it"};
    source.reading = [](double t) { return std::vector{counted(0, t * 10)}; };
    int code = 0;
    mixed.world.processes.on_run = [&](const io::Command& command) {
        for (int i = 0; i < 100; ++i) {
            mixed.world.clock.time += Duration{500};
            command.on_wait();
        }
        io::ProcessResult result;
        result.exit_code = code;
        return result;
    };
    SECTION("is followed by the watch") {
        const auto outcome = mixed.go();
        CHECK(outcome.verdict == Verdict::holds);
        REQUIRE(mixed.found.command);
        CHECK(mixed.found.command->took == std::chrono::seconds{50});
        CHECK(outcome.watched == std::chrono::seconds{110});
    }
    SECTION("runs to its end when requests fail meanwhile") {
        source.reading = [](double t) { return std::vector{counted(t > 20 ? 3 : 0, t * 10)}; };
        const auto outcome = mixed.go();
        CHECK(outcome.verdict == Verdict::violated);
        REQUIRE(mixed.found.command);
        CHECK(mixed.found.command->took == std::chrono::seconds{50});
        CHECK(outcome.watched == std::chrono::seconds{50});
    }
    SECTION("runs to its end when looks fail meanwhile") {
        source.reading = [](double t) -> std::vector<ObjectiveReading> {
            if (t > 10 && t < 40) throw world_failure("no answer");
            return {counted(0, t * 10)};
        };
        CHECK(mixed.go().verdict == Verdict::holds);
    }
    SECTION("may restart one of several servers, which has time to come back") {
        auto& other = mixed.source({"counted elsewhere"});
        other.reading = [](double t) -> std::vector<ObjectiveReading> {
            if (t > 5 && t < 58) throw world_failure("no answer");
            return {counted(0, t * 100)};
        };
        CHECK(mixed.go().verdict == Verdict::holds);
    }
    SECTION("runs to its end when a check is refused meanwhile, which is not said all the time") {
        auto& check = mixed.check();
        check.refusal = "the server refuses the query";
        const auto tried = check.tried;
        const auto outcome = mixed.go();
        CHECK(outcome.verdict == Verdict::error);
        CHECK(outcome.code == ExitCode::misuse);
        REQUIRE(mixed.found.command);
        CHECK(*tried < 30);
    }
    SECTION("that fails is watched on, and said") {
        code = 3;
        const auto outcome = mixed.go();
        CHECK(outcome.verdict == Verdict::holds);
        CHECK(mixed.found.command->ended == "exit code 3");
    }
}

TEST_CASE("a measurement that did not pass is said as it happens") {
    Mixed mixed;
    auto& check = mixed.check();
    check.interval = Duration{1'000};
    check.says = [](std::size_t number) {
        if (number == 1) return Measurement{.phase = Phase::successful, .number = 0.5};
        if (number == 2) return Measurement{.phase = Phase::failed, .number = 2};
        return Measurement{.phase = Phase::error, .message = "no answer"};
    };
    mixed.go();
    const auto& log = mixed.world.terminal.err;
    const auto first = log.find("warning: latency: failed: 2, wanted <= 1");
    CHECK(first != std::string::npos);
    CHECK(log.find("latency: ") == first + std::string("warning: ").size());
    std::size_t said = 0;
    for (auto at = log.find("latency: error: no answer"); at != std::string::npos; at = log.find("latency: error: no answer", at + 1)) ++said;
    CHECK(said == 19); // a log is no table of 60 lines
    CHECK(log.find("warning: more measurements did not pass: --json has them all") != std::string::npos);
}

TEST_CASE("a measurement that decides is said with the verdict") {
    Mixed mixed;
    auto& check = mixed.check();
    check.says = [](std::size_t) { return Measurement{.phase = Phase::failed, .number = 2}; };
    check.verdict = [](std::size_t number) { return number > 0 ? std::optional(Finding{Verdict::violated, "1 of 1 failed"}) : std::nullopt; };
    CHECK(mixed.go().reason == "1 of 1 failed");
    CHECK(mixed.world.terminal.err.find("latency: failed") == std::string::npos);
}
