#pragma once

#include "options.hpp"
#include "wait-for-slo/decision/policy.hpp"

#include <cstddef>

namespace slipway::wait_for_slo {

/// What one objective is judged by.
/// @param objective   share of good events, above 0 and below 1
/// @param objectives  how many are watched at once
inline Policy policy_of(const Options& options, double objective, std::size_t objectives) {
    return {.objective = objective,
            .max_burn_rate = options.max_burn_rate,
            .detectable_burn_rate = options.detectable_burn_rate,
            .alpha = options.alpha,
            .objectives = objectives,
            .min_events = static_cast<double>(options.min_events),
            .method = options.method == "sprt" ? Method::sprt : Method::betting,
            .early_pass = options.early_pass};
}

} // namespace slipway::wait_for_slo
