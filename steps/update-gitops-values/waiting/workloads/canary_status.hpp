#pragma once

#include "core/duration.hpp"
#include "update-gitops-values/waiting/judgement.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace slipway::update_gitops_values {

/// What tells one end of an analysis from the next: the phase, and when the condition `Promoted` came to it.
///
/// Not lastTransitionTime and lastAppliedSpec: as long as a Canary has failed, Flagger writes both anew in each interval, before it looks
/// whether the target has changed.
/// @source github.com/fluxcd/flagger 1.36, pkg/controller/scheduler.go, shouldAdvance; pkg/canary/status.go, MakeStatusConditions
struct CanaryMark {
    std::string phase;
    std::string since; ///< as the server writes it; of versions without that condition lastTransitionTime, where it stands still

    bool operator==(const CanaryMark&) const = default;
};

CanaryMark mark_of(const nlohmann::json& canary);

/// Whether a phase is one that an analysis ends in.
bool is_end(const std::string& phase);
/// Whether a phase is one in which Flagger begins anew as soon as the target changes.
bool is_analysis(const std::string& phase);

/// What is known beside the Canary itself, whose target has the version.
struct CanarySurroundings {
    std::optional<bool> primary_has_it; ///< nothing: it cannot be read
    bool saw_target_change = false;     ///< the target had another version at an earlier look
    bool is_news = false;               ///< Flagger has looked at the version: what the status says is about it
    bool has_settled = false;           ///< Flagger would have noticed by now if the target were new to it
};

/// How far a Canary is with what its target has.
///
/// Between the change of the target and Flagger's next look at it, an interval at most, the status is that of the version before: a
/// `Succeeded` or `Failed` then says nothing of ours. What Flagger promoted is in the primary, so where that can be read, it decides; else
/// an end counts when it came after the target's change, or has stood for two intervals with it. A `Failed` with the version in the primary
/// is that of another version, which was taken out again: Flagger starts no analysis for what it promoted last.
///
/// @source https://docs.flagger.app/usage/how-it-works, "Canary status"
Judgement judge_canary(const nlohmann::json& canary, const CanarySurroundings& surroundings);

/// How often Flagger looks at it: spec.analysis.interval, at least 10 s; a minute when it says none.
Duration interval_of(const nlohmann::json& canary);

} // namespace slipway::update_gitops_values
