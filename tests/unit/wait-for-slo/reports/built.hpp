#pragma once

#include "wait-for-slo/result.hpp"

#include <functional>
#include <string>

// Results as a watch leaves them, from counts that a test makes up.
namespace slipway::wait_for_slo::built {

inline constexpr Duration spacing{5'000};

/// @param tick  the counts of the look with this number, from 0; until it is violated
inline ObjectiveWatch watch_of(const Policy& policy, std::size_t ticks, const std::function<TickCounts(std::size_t)>& tick, const std::string& name = "orders", bool has_baseline = false) {
    ObjectiveWatch watch({.name = name, .policy = policy, .has_baseline = has_baseline, .total = "requests", .numerator = "errors", .numerator_kind = "bad"}, 5);
    ObjectiveReading reading{.total_matches = true, .numerator_matches = true};
    for (std::size_t i = 0; i < ticks && !watch.violated(); ++i) {
        const auto counts = tick(i);
        reading.counts.bad += counts.bad;
        reading.counts.total += counts.total;
        reading.baseline.bad += counts.baseline_bad;
        reading.baseline.total += counts.baseline_total;
        watch.take(reading, spacing * static_cast<long>(i + 1), static_cast<double>(i + 1) / static_cast<double>(ticks));
    }
    return watch;
}

/// Of one objective; more may be put into `found`.
inline Result result_of(ObjectiveWatch watch, Findings found = {}) {
    const auto finding = watch.decision().at_end();
    Result result{.outcome = {.verdict = finding.verdict, .code = exit_code_of(finding.verdict), .reason = finding.reason, .since = parse_timestamp("2026-11-24T14:02:11Z"),
                              .watched = watch.ticks().empty() ? Duration{0} : Duration{watch.ticks().back().milliseconds}, .objectives = {finding}},
                  .found = {}};
    found.watch = Duration{600'000};
    found.objectives.push_back(std::move(watch));
    result.found = std::make_shared<const Findings>(std::move(found));
    return result;
}

inline std::string as_it_is(std::string_view text) { return std::string(text); }

} // namespace slipway::wait_for_slo::built
