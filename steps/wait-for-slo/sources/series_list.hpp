#pragma once

#include "wait-for-slo/counting/tally.hpp"
#include "wait-for-slo/source.hpp"
#include "wait-for-slo/sources/adding_up.hpp"

#include <cstddef>
#include <vector>

namespace slipway::wait_for_slo {

/// Rows that people are shown; what is left stands in one more, "and 12 more".
inline constexpr std::size_t most_series = 100;

/// The selectors that are counted, each once.
std::vector<SelectorIndex> selectors_of(const NumberedCounts& counts);

/// Which series the events of one version are of, those with the most bad events first.
///
/// A series of all events is paired with the good or bad ones of the same labels; else with those that have the same labels but for the
/// metric's name and `le`, as the counter of a histogram and its bucket do. A series of all events without good ones is bad in full. Where good
/// ones have no partner, their target is one row together with its other series without partner: it is not known which of them
/// were good. Bad ones without partner are rows of their own, so that their events are in two rows.
///
/// Otherwise the rows add up to the counts, but for a scrape that caught a service between two counters: no row has less than no bad event.
///
/// @param shares  of the selectors of `counts`
std::vector<SeriesCount> list_series(const NumberedCounts& counts, const std::vector<SeriesShare>& shares);

} // namespace slipway::wait_for_slo
