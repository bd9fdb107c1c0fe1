#pragma once

#include "core/error.hpp"
#include "slo/windowed_query.hpp"
#include "wait-for-slo/queries/selector.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::wait_for_slo {

/// The increases of a selector's series, added or taken away.
struct Term {
    double sign = 1; ///< 1 or -1
    Selector selector;

    bool operator==(const Term&) const = default;
};

/// How many events there were: the sum of its terms. An expression that counts a selector twice has it twice.
using EventCount = std::vector<Term>;

/// What becomes of recorded metrics.
enum class Records {
    as_counters, ///< they are read themselves, so a rate or a ratio is refused by its name
    expanded     ///< their rules' sources are read, see recorded.hpp
};

/// Reads an expression whose value is a number of events, or that number per second: a counter's selector, or sums and differences of
/// sum(), rate(), irate() and increase() over such. `or vector(0)` counts as nothing. Rates and increases, or increases over different ranges,
/// are no terms of one sum.
///
/// @throws Error (misuse) with all parts that cannot be counted, "at character 5: histogram_quantile(...) cannot be counted"
EventCount parse_event_count(std::string_view text, Records records = Records::as_counters);

/// The same of an objective's query.
///
/// @param problems  gets all parts that cannot be counted, at their places in the file
/// @return nothing when there were any
std::optional<EventCount> read_event_count(const slo::WindowedQuery& query, std::vector<Diagnostic>& problems, Records records = Records::as_counters);

/// Terms that are added and taken away again are left out of both.
EventCount sum(const EventCount& a, const EventCount& b);
EventCount difference(const EventCount& a, const EventCount& b);

/// "requests_total - requests_total{code=\"500\"}", for people.
std::string to_string(const EventCount& count);

/// PromQL of one value: the events in a window that ends now, as Prometheus extrapolates them. A selector without series counts as 0.
///
/// @param window  such as "28d"
std::string increase_query(const EventCount& count, std::string_view window);

} // namespace slipway::wait_for_slo
