#pragma once

#include "core/error.hpp"
#include "fakes.hpp"
#include "wait-for-slo/checks/bounds.hpp"
#include "wait-for-slo/checks/check.hpp"

#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Values that a test decides on.
namespace slipway::scripted {

using namespace slipway::wait_for_slo;

inline constexpr double no_value = std::numeric_limits<double>::quiet_NaN();

/// One answer after the other; the last one stays.
struct Values final : ValueSource {
    enum class Answer { good, bad, none, away, refused };

    explicit Values(fake::Clock& its_clock) : clock(its_clock) {}

    fake::Clock& clock;
    std::function<Answer(const std::string& query)> next = [](const std::string&) { return Answer::good; };
    Duration takes{0};
    std::vector<std::string> queries;

    QueryValue ask(const std::string& query) override {
        queries.push_back(query);
        clock.time += takes;
        switch (next(query)) {
        case Answer::good: return {false, {0.25}};
        case Answer::bad: return {false, {0.75}};
        case Answer::none: return {false, {}};
        case Answer::away: throw world_failure("POST http://p:9090/api/v1/query: connection refused");
        case Answer::refused: break;
        }
        throw misuse("the server refuses the query: unknown function");
    }
};

/// Values of at most 0.5.
inline MetricCheck metric(const std::string& name = "p99") {
    MetricCheck check;
    check.name = name;
    check.query = "q(" + name + ')';
    check.condition = std::make_shared<const Bounds>(std::vector<Bound>{{Relation::less_equal, 0.5}});
    check.max = 0.5;
    check.interval = Duration{60'000};
    return check;
}

/// Measures as a watch does that looks each second: when it is due, and at the end of the watch as well.
/// @return the verdict, in the end that at the end of the watch
inline Finding watched(Analysis& analysis, fake::Clock& clock, Duration watch) {
    const auto began = clock.steady();
    for (;;) {
        const auto passed = std::chrono::duration_cast<Duration>(clock.steady() - began);
        const auto due = analysis.due();
        const bool is_due = due && *due <= passed;
        if (is_due) analysis.measure(passed);
        if (const auto finding = analysis.decided()) return *finding;
        if (passed >= watch) return analysis.at_end();
        if (!is_due) clock.time += Duration{1000};
    }
}

} // namespace slipway::scripted
