#pragma once

#include "core/duration.hpp"
#include "core/timestamp.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// What was counted since the start of the watch.
struct Reading {
    double good = 0;
    double total = 0;
    bool good_matches = false;  ///< whether the good selector has any series
    bool total_matches = false; ///< whether the total selector has any
    Duration since_newest{0};   ///< time from the newest scrape that counted to now, by the server's clock
    Duration interval{0};       ///< between two scrapes, the longest of all targets; 0 when not known
    bool new_version = true;    ///< whether it serves now; true when nobody asked
    std::vector<std::string> down; ///< targets whose newest scrape failed
};

/// Where counts come from.
///
/// Every function throws Error: misuse when the questions themselves are refused, world failure when there is no answer that
/// could be trusted this time, and a later try may fare better.
class Source {
public:
    virtual ~Source() = default;

    /// The server's time when the new version serves; nothing while it does not.
    virtual std::optional<Timestamp> new_version_serves() = 0;

    /// Good and total from the same scrapes.
    /// @param start  what happened before does not count; the server's time
    virtual Reading read(Timestamp start) = 0;

    /// Whether the good selector matched anything during the last day, before the conditions of --where.
    virtual bool good_ever_matched() = 0;
};

} // namespace slipway::wait_for_slo
