#pragma once

#include "core/duration.hpp"
#include "wait-for-slo/queries/event_count.hpp"
#include "wait-for-slo/sources/server_view.hpp"

#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// The error budget of one objective, to be asked for.
struct BudgetQuestion {
    std::string name;      ///< of the objective
    std::string error_rate; ///< PromQL of the share of bad events in the period
    double allowed = 0;    ///< share of bad events that the objective allows
    Duration period{0};
};

/// Which budgets are spent, in words: "shop-requests: 130 % of the error budget of 28d is spent".
///
/// @throws Error as Source does
std::vector<std::string> spent_budgets(const std::vector<BudgetQuestion>& questions, ServerView& server);

} // namespace slipway::wait_for_slo
