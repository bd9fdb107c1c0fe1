#pragma once

#include "wait-for-slo/queries/objectives.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::wait_for_slo {

/// What `--where` and `--baseline` say.
struct Conditions {
    std::vector<promql::Matcher> where = {};
    std::vector<promql::Matcher> baseline = {}; ///< of the old version, besides those conditions whose label is none of these
};

/// Adds matchers to every selector.
///
/// @param option  that they come from, such as "--where", for messages
/// @throws Error (misuse) for matchers that no series of a selector, or of the matchers themselves, can satisfy; all of them
EventCount restricted(const EventCount& count, const std::vector<promql::Matcher>& matchers, std::string_view option);

/// The same for all counts of an objective.
ObjectiveQueries restricted(const ObjectiveQueries& objective, const std::vector<promql::Matcher>& matchers, std::string_view option);

/// The objective of the version that is watched, and that of the baseline.
ObjectiveQueries canary_of(const ObjectiveQueries& objective, const Conditions& conditions);
ObjectiveQueries baseline_of(const ObjectiveQueries& objective, const Conditions& conditions);

/// `10.0.0.1:8080,[::1]:8080`, also with blanks or in lines, as a matcher of `instance`.
///
/// @throws Error (misuse) for what is no host with a port, and when there is none
promql::Matcher address_matcher(std::string_view addresses);

} // namespace slipway::wait_for_slo
