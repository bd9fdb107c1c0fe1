#include "wait-for-slo/reports/objective_json.hpp"

#include "slo/objective.hpp"

#include <cmath>

namespace slipway::wait_for_slo {

cli::Json number_or_null(bool known, double value) { return known && std::isfinite(value) ? cli::Json(slo::rounded(value)) : cli::Json(nullptr); }

cli::Json to_json(const ObjectiveWatch& objective, const Finding& finding) {
    const auto& decision = objective.decision();
    const auto& counts = decision.counts();
    const bool any = counts.total() > 0;
    return {{"name", objective.objective().name},
            {"good", std::llround(counts.total() - counts.bad())},
            {"total", std::llround(counts.total())},
            {"error_rate", number_or_null(any, decision.error_rate())},
            {"burn_rate", number_or_null(any && !objective.objective().no_bad_event, decision.burn_rate())},
            {"verdict", to_string(finding.verdict)}};
}

} // namespace slipway::wait_for_slo
