#pragma once

#include "wait-for-slo/queries/selector.hpp"

#include <optional>
#include <span>
#include <string>

namespace slipway::wait_for_slo {

/// What is most likely wrong with a selector.
struct Suggestion {
    std::string message; ///< no series of requests_total has code="20O"
    std::string hint;    ///< did you mean code="200"?
};

/// Why a selector of good events has never matched while there are events. Of bad events that is what everybody hopes for.
///
/// @param selector      that matches nothing
/// @param metrics       names of all metrics of the server; empty when they are not known
/// @param total_series  labels of the series that count all events, with __name__
/// @return nothing when no mistake can be seen: the selector may be right, and there was no such event yet
std::optional<Suggestion> did_you_mean(const Selector& selector, std::span<const std::string> metrics, std::span<const Labels> total_series);

} // namespace slipway::wait_for_slo
