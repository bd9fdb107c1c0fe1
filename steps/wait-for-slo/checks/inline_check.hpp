#pragma once

#include "wait-for-slo/checks/check.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::wait_for_slo {

/// Reads a --check: `EXPR <= 0.5`, also `0.5 >= EXPR` and `0.1 < EXPR < 0.5`, with `NAME: ` before it when it is to be called something else
/// than its text. The comparison at the top of the expression is the limit, and what is compared is asked for: a series that Prometheus itself had
/// left out would look as if there was none.
///
/// `select_slo_burn_rate("...","300s") <= 1` is a question to Google Cloud Monitoring.
///
/// @param min, max  inclusive, for an expression without a comparison
/// @return name, query, condition and limits; the rest as in a check that says nothing else
/// @throws Error (misuse)
MetricCheck parse_inline_check(std::string_view text, std::optional<double> min, std::optional<double> max);

/// Whether a check's text, or its query, is for Google Cloud Monitoring, not for Prometheus.
bool is_google_query(std::string_view text);

} // namespace slipway::wait_for_slo
