#pragma once

#include "prometheus/api.hpp"
#include "wait-for-slo/selector_index.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What the server answered in one tick, as the counting of events takes it.
namespace slipway::wait_for_slo {

/// Milliseconds of Unix time: the resolution in which Prometheus keeps times, and in which they can be compared.
using Milliseconds = std::int64_t;

/// Between scrapes of a target that was scraped once: Prometheus' own default.
inline constexpr Milliseconds assumed_interval = 60'000;

using prometheus::Labels;

/// Why a count must not be trusted.
struct Doubt {
    std::string message; ///< what failed: why
    std::string hint;
    bool lasting = false; ///< no later tick can make it good
    bool waits = false;   ///< the server says that it is not ready yet, which is no failure while the watch goes on

    bool operator==(const Doubt&) const = default;
};

/// A counter, as the answer to `metric[window]` has it.
struct FetchedSeries {
    prometheus::Series series;
    std::vector<SelectorIndex> selectors; ///< that it belongs to
    std::string group = {};               ///< the rule group that records it; empty: it is scraped
};

/// When a rule group was evaluated, from /api/v1/rules.
struct GroupTimeline {
    std::string name;
    Milliseconds interval = 0;
    Milliseconds last_evaluation = 0; ///< 0 or less: not yet
};

/// All answers of one tick, complete, pinned to one time. `up` and the groups were asked for before the rest.
struct TickAnswers {
    Milliseconds from = 0; ///< the answers hold all samples later than this: time minus the window
    Milliseconds time = 0; ///< the server's, that all queries were evaluated at
    std::vector<prometheus::Series> up;
    std::vector<prometheus::Series> starts; ///< process_start_time_seconds
    std::vector<FetchedSeries> counters;
    std::vector<GroupTimeline> groups = {};
};

/// Nearest millisecond. Times that no calendar has become the nearest that can be computed with.
Milliseconds unix_milliseconds(double seconds);

/// "requests_total{code=\"200\"}", for messages.
std::string series_name(const Labels& labels);

/// The labels as a key: two sets have the same one when they are equal.
/// @param key  is replaced
void write_key(const Labels& labels, std::string& key);
/// The labels that write_key wrote; of any other text none.
Labels read_key(std::string_view key);

} // namespace slipway::wait_for_slo
