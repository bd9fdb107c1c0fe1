#pragma once

#include "core/error.hpp"
#include "slo/documents.hpp"
#include "slo/objective.hpp"
#include "wait-for-slo/queries/event_count.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::wait_for_slo {

/// An objective as counts of events.
struct ObjectiveQueries {
    std::string name;  ///< no other objective has it
    double target = 0; ///< share of good events, above 0 and below 1
    /// Two of these.
    std::optional<EventCount> good = {};
    std::optional<EventCount> bad = {};
    std::optional<EventCount> total = {};
    Place place = {}; ///< of an objective from a file
    std::optional<slo::Period> period = {};

    EventCount bad_events() const;
    EventCount total_events() const;
    /// PromQL of the share of bad events in a window that ends now, such as "28d"; no number when there were no events.
    std::string error_rate_query(std::string_view window) const;
    /// All that is to be fetched.
    std::vector<Selector> selectors() const;
};

/// An objective that cannot be counted.
struct RefusedObjective {
    std::string name;
    std::vector<Diagnostic> problems;
};

struct ReadObjectives {
    std::vector<ObjectiveQueries> objectives = {};
    std::vector<RefusedObjective> refused = {};
    std::vector<Diagnostic> problems = {}; ///< of the files
};

/// Takes objectives of all languages apart. Objectives that judge values or slices of time are refused; so are shares that are no
/// `count / count` or `1 - count / count`.
ReadObjectives read_objectives(const std::vector<slo::SloFile>& files, Records records = Records::as_counters);

/// Leaves those whose name one of the patterns matches, in which `*` stands for any text and `?` for a character. Without patterns all stay.
///
/// @throws Error (misuse) for patterns that match none
void choose(ReadObjectives& read, const std::vector<std::string>& patterns);

/// All of them, when none was refused and the files are right. Warnings stay in `problems`.
///
/// @throws Error (misuse) with all problems; when there is no objective at all
std::vector<ObjectiveQueries> take_objectives(ReadObjectives& read);

/// What was typed instead of a file.
struct CounterOptions {
    std::string good = {}; ///< selectors or expressions; empty: not given
    std::string bad = {};
    std::string total = {};
    double objective_percent = 0;
    std::string name = "slo";
};

/// @throws Error (misuse) with all mistakes: not two of the three given, one that cannot be counted, a target that none can be
ObjectiveQueries objective_of(const CounterOptions& options, Records records = Records::as_counters);

} // namespace slipway::wait_for_slo
