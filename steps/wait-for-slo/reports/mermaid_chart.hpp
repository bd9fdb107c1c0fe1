#pragma once

#include "wait-for-slo/watch/objective_watch.hpp"

#include <string>

namespace slipway::wait_for_slo {

/// The error rate of each look and what the objective allows, as Markdown with a Mermaid chart of at most 60 points. Empty with fewer than
/// two looks, of which there is nothing to draw.
std::string mermaid_chart(const ObjectiveWatch& objective);

} // namespace slipway::wait_for_slo
