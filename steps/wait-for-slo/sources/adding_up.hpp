#pragma once

#include "core/timestamp.hpp"
#include "wait-for-slo/counting/readings.hpp"
#include "wait-for-slo/source.hpp"

#include <optional>
#include <vector>

namespace slipway::wait_for_slo {

/// Sums of selectors, by their numbers.
struct NumberedTerm {
    double sign = 1;
    SelectorIndex selector = 0;
};
using NumberedCount = std::vector<NumberedTerm>;

/// Good, bad and all events of one version; two of the three.
struct NumberedCounts {
    std::optional<NumberedCount> good = {};
    std::optional<NumberedCount> bad = {};
    std::optional<NumberedCount> total = {};
};

struct NumberedObjective {
    NumberedCounts watched;
    std::optional<NumberedCounts> baseline = {};
};

/// What the selectors of an objective say together. Counts that cannot be true are a doubt: more good than all events, good and all
/// events of different targets.
///
/// @param now  of the look
ObjectiveReading add_up(const NumberedObjective& objective, const std::vector<SelectorReading>& selectors, Timestamp now);

} // namespace slipway::wait_for_slo
