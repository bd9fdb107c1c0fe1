#include "wait-for-slo/sources/budget.hpp"

#include "slo/burn_rate.hpp"
#include "wait-for-slo/decision/wording.hpp"

#include <cmath>

namespace slipway::wait_for_slo {

std::vector<std::string> spent_budgets(const std::vector<BudgetQuestion>& questions, ServerView& server) {
    std::vector<std::string> spent;
    for (const auto& question : questions) {
        for (const auto& series : server.query(question.error_rate)) {
            // Without events in the period nothing is spent: 0/0 is no number.
            const double rate = series.samples.empty() ? 0 : series.samples.back().value;
            if (!std::isfinite(rate) || rate < question.allowed) continue;
            spent.push_back(question.name + ": " + percent(rate / question.allowed) + " of the error budget of " + slo::window_name(question.period) + " is spent");
        }
    }
    return spent;
}

} // namespace slipway::wait_for_slo
