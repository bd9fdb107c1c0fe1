#pragma once

#include "core/duration.hpp"
#include "slo/fields.hpp"
#include "slo/objective.hpp"

#include <optional>
#include <string_view>

namespace slipway::slo {

/// A duration in OpenSLO's shorthand: a whole number and one of m, h, d, w, M (month), Q (quarter), Y (year).
struct OpenSloDuration {
    long count = 0;
    char unit = 'd';

    /// A month counts as 30 days, a quarter as 90, a year as 365.
    Duration length() const;
};

/// @return nothing for anything else
/// @source OpenSLO specification, "duration-shorthand"
std::optional<OpenSloDuration> read_openslo_duration(std::string_view text);

/// The period of a time window, rolling or on the calendar; complains about what no rule can compute.
///
/// @param window  with isRolling and perhaps calendar
std::optional<Period> read_openslo_period(const Fields& window, const OpenSloDuration& duration);

} // namespace slipway::slo
