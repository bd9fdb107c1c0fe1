#pragma once

#include "wait-for-slo/reports/history.hpp"
#include "wait-for-slo/reports/plot.hpp"
#include "wait-for-slo/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What somebody asks who opens a report, in words. All is plain text without anything foreign in it.
namespace slipway::wait_for_slo {

/// What a result says of one objective.
const Finding& finding_of(const Result& result, std::size_t objective);

/// The objectives with the verdict of all first, then by how bad they are; `found->objectives` by their numbers.
std::vector<std::size_t> by_importance(const Result& result);

/// "1m12s after the deploy (14:02:11 UTC)".
std::string moment(const Result& result, Duration watched);

/// When it began, and how many events were bad before and since.
/// @param change  nothing: no moment stands out
std::string when_it_began(const Result& result, const ObjectiveWatch& objective, const std::optional<Change>& change);

/// What the evidence means.
/// @param verdict  on this objective
std::string how_sure(const ObjectiveWatch& objective, Verdict verdict);

/// "after 1m12s", or that it was not.
std::string outcome_of(const OtherAlpha& other, Duration watched);

/// @param began  for a violated objective
TimeAxis time_axis(const Result& result, const std::optional<Change>& began);

/// ✓ ✕ ? !
std::string_view sign_of(Verdict verdict);

} // namespace slipway::wait_for_slo
