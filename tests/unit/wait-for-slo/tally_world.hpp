#pragma once

#include "wait-for-slo/counting/readings.hpp"
#include "wait-for-slo/counting/tally.hpp"

#include <cmath>
#include <string>
#include <vector>

// Targets whose every scrape is known, and what a server answers of them in one tick after the other.
namespace slipway::tallying {

using namespace wait_for_slo;

inline constexpr double none = -1;             ///< no sample at this scrape
inline constexpr double base = 1'000'000;      ///< time of the first scrape; the others follow every ten seconds
inline constexpr double step = 10;
inline constexpr double long_ago = base - 86'400; ///< when an old process began

inline Milliseconds scrape_time(int number) { return unix_milliseconds(base + step * number); }
/// When the watch begins: just after the scrape of this number.
inline Milliseconds after_scrape(int number) { return scrape_time(number) + 5'000; }

/// One value for each scrape.
inline prometheus::Series series(const std::string& name, const std::vector<double>& values, const Labels& more = {}) {
    prometheus::Series result;
    result.labels = {{"__name__", name}, {"job", "app"}, {"instance", "a:80"}};
    for (const auto& [label, value] : more) result.labels[label] = value;
    double time = base;
    for (const double value : values) {
        if (value != none) result.samples.push_back({time, value});
        time += step;
    }
    return result;
}

inline prometheus::Series up(const std::vector<double>& values, const Labels& more = {}) { return series("up", values, more); }
inline prometheus::Series starts(const std::vector<double>& values, const Labels& more = {}) { return series("process_start_time_seconds", values, more); }
inline FetchedSeries counter(const std::vector<double>& values, const Labels& more = {}, const std::vector<SelectorIndex>& selectors = {0}) {
    return {series("requests_total", values, more), selectors};
}

struct World {
    std::vector<prometheus::Series> up;
    std::vector<prometheus::Series> starts = {};
    std::vector<FetchedSeries> counters = {};
    std::vector<GroupTimeline> groups = {};

    /// All samples in (from, time].
    TickAnswers answers(Milliseconds from, Milliseconds time) const {
        TickAnswers result;
        result.from = from;
        result.time = time;
        const auto cut = [&](const prometheus::Series& whole) {
            prometheus::Series part;
            part.labels = whole.labels;
            for (const auto& sample : whole.samples) {
                const auto at = unix_milliseconds(sample.time);
                if (at > from && at <= time) part.samples.push_back(sample);
            }
            return part;
        };
        const auto cut_all = [&](const std::vector<prometheus::Series>& all, std::vector<prometheus::Series>& parts) {
            for (const auto& whole : all) {
                if (auto part = cut(whole); !part.samples.empty()) parts.push_back(std::move(part));
            }
        };
        cut_all(up, result.up);
        cut_all(starts, result.starts);
        for (const auto& whole : counters) {
            if (auto part = cut(whole.series); !part.samples.empty()) result.counters.push_back({std::move(part), whole.selectors, whole.group});
        }
        for (auto group : groups) {
            if (group.interval > 0 && group.last_evaluation > time) group.last_evaluation -= (group.last_evaluation - time + group.interval - 1) / group.interval * group.interval;
            result.groups.push_back(group);
        }
        return result;
    }
};

inline constexpr Milliseconds lookback = 300'000;

/// After one tick that sees everything.
inline Tally at_once(const World& world, Milliseconds since, Milliseconds time, std::size_t selectors = 1) {
    Tally tally(since, selectors);
    tally.take(world.answers(since - lookback, time));
    return tally;
}

/// After one tick for each scrape since `since`, whose answers reach back three scrapes.
inline Tally by_steps(const World& world, Milliseconds since, Milliseconds time, std::size_t selectors = 1) {
    Tally tally(since, selectors);
    auto at = since + 1;
    tally.take(world.answers(since - lookback, at));
    const auto interval = static_cast<Milliseconds>(step) * 1000;
    while (at < time) {
        at = std::min(at + interval, time);
        tally.take(world.answers(at - 3 * interval, at));
    }
    return tally;
}

} // namespace slipway::tallying
