#pragma once

#include "prometheus/api.hpp"

#include <string>

namespace slipway::prometheus {

/// Reads the answer to an instant query while it is parsed: no document is made of it, which for a range of thousands of series would
/// take several times the memory of the series themselves.
///
/// @param result  gets series and warnings
/// @return false for everything but a successful answer of numbers over time; `result` is not to be used then
/// @source Prometheus documentation, "HTTP API", "Expression query result formats"
bool read_query_answer(const std::string& body, QueryResult& result);

/// A sample's value as the API writes it; NaN also for a text that is no number.
double read_value(const std::string& text);

} // namespace slipway::prometheus
