#pragma once

#include "core/duration.hpp"
#include "core/error.hpp"
#include "prometheus/rule_file.hpp"
#include "slo/windowed_query.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::slo {

using prometheus::Labels;

enum class IndicatorKind {
    bad_events,    ///< numerator: bad events per second; total: all of them
    good_events,   ///< numerator: good events per second; total: all of them
    failure_ratio, ///< numerator: the share of bad events itself, 0 to 1
    success_ratio, ///< numerator: the share of good events itself
    threshold,     ///< numerator: a value that is good while it compares so with a limit
};

/// "lte" and the like of OpenSLO.
enum class Comparison { less, less_equal, greater, greater_equal };

/// What is measured: how many of all events are good.
struct Indicator {
    IndicatorKind kind = IndicatorKind::bad_events;
    WindowedQuery numerator = {};
    WindowedQuery total = {}; ///< of events only
    Comparison comparison = Comparison::less_equal; ///< of a threshold
    double limit = 0;                               ///< of a threshold

    bool counts_events() const { return kind == IndicatorKind::bad_events || kind == IndicatorKind::good_events; }
};

/// How the errors of a period are added up.
enum class Budgeting {
    occurrences,     ///< each event counts
    time_slices,     ///< each slice of time is good or bad
    ratio_timeslices ///< each slice counts with its share of bad events, however many there were
};

enum class CalendarUnit { day, week, month, quarter, year };

/// A period that begins anew with each calendar unit instead of rolling.
struct Calendar {
    CalendarUnit unit = CalendarUnit::month;
    Duration utc_offset{0}; ///< of the clock that the calendar hangs by
    int first_weekday = 1;  ///< of weeks: 0 is Sunday
};

/// The time over which an objective holds.
struct Period {
    Duration length{0}; ///< of a calendar unit: its usual length, 30 days for a month
    std::optional<Calendar> calendar = {};
};

/// One alert of an objective.
struct AlertSettings {
    bool enabled = true;
    Labels labels = {};
    Labels annotations = {};
};

/// A service level objective, whatever language it was written in.
struct Objective {
    std::string service;
    std::string name;
    std::string description = {};
    double target = 0; ///< share of good events, above 0 and below 1
    std::optional<Period> period = {}; ///< nothing: the document does not say
    Indicator indicator = {};
    Budgeting budgeting = Budgeting::occurrences;
    Duration slice{60'000};   ///< of time slices
    double slice_target = 0;  ///< the share of good events that makes a slice good
    Labels labels = {};       ///< for all rules
    std::string alert_name = {};
    Labels alert_labels = {};
    Labels alert_annotations = {};
    AlertSettings page = {};
    AlertSettings ticket = {};
    std::string language = {}; ///< "openslo/v1" and the like
    Place place = {};

    /// The share of bad events that is allowed; 1 - 0.999 is exactly 0.001 here.
    double error_budget() const;
    std::string id() const { return service + '-' + name; }
};

/// A number rounded to what a person writes: 12 significant digits, so that 1 - 0.999 is 0.001.
double rounded(double value);
/// The same as Prometheus reads it.
std::string in_decimal(double value);

} // namespace slipway::slo
