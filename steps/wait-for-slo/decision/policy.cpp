#include "wait-for-slo/decision/policy.hpp"

#include "slo/objective.hpp"
#include "wait-for-slo/decision/wording.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

double Policy::budget() const { return slo::Objective{.service = {}, .name = {}, .target = objective}.error_budget(); }

double Policy::allowed() const { return slo::rounded(max_burn_rate * budget()); }

double Policy::detectable() const {
    const double wanted = slo::rounded(std::max(detectable_burn_rate * budget(), 2 * allowed()));
    return wanted < 1 ? wanted : (1 + allowed()) / 2;
}

std::string why_impossible(const Policy& policy) {
    // Each is asked so that NaN is refused.
    if (!(policy.objective > 0 && policy.objective < 1)) return "the objective is not above 0 and below 100 %";
    if (!(policy.budget() > 0)) return "the objective leaves no error budget that could be told from 0";
    if (!(policy.max_burn_rate > 0 && std::isfinite(policy.max_burn_rate))) return "--max-burn-rate is not above 0";
    if (!(policy.detectable_burn_rate > 0 && std::isfinite(policy.detectable_burn_rate))) return "--detectable-burn-rate is not above 0";
    if (policy.allowed() >= 1) {
        return "--max-burn-rate " + number(policy.max_burn_rate) + " would allow that every event is bad, since the objective's budget is " +
               percent(policy.budget()) + ": it must be below " + number(1 / policy.budget());
    }
    // Below this, a bet on twice the rate is worth the same after a billion events.
    if (policy.allowed() < 1e-12) return "--max-burn-rate " + number(policy.max_burn_rate) + " allows no bad event among a million million";
    if (policy.detectable_burn_rate < policy.max_burn_rate) {
        return "--detectable-burn-rate " + number(policy.detectable_burn_rate) + " is below --max-burn-rate " + number(policy.max_burn_rate) +
               ": what is allowed cannot be ruled out as well";
    }
    if (!(policy.alpha >= 1e-12 && policy.alpha <= 0.5)) return "--alpha is not between 1e-12 and 0.5";
    if (!(policy.min_events >= 0 && std::isfinite(policy.min_events))) return "--min-events is not 0 or more";
    if (policy.objectives == 0) return "there is no objective";
    return "";
}

} // namespace slipway::wait_for_slo
