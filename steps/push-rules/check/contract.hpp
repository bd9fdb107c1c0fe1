#pragma once

#include "push-rules/check/lint.hpp"
#include "push-rules/check/service.hpp"

#include <functional>
#include <string>

namespace slipway::push_rules {

/// Where an expression stands: the place of a byte of it.
using PlaceInExpression = std::function<Place(std::size_t offset)>;

/// Text that stands in an expression for the value of a dashboard's variable: nothing is known of what holds it.
constexpr std::string_view any_value = "slipway_any_value";

/// Checks that everything an expression selects is there: exposed by the service, made by a recording rule or by Prometheus itself,
/// or declared as external. See checks() for what is found.
///
/// @param what  "alert 'HighErrorRate'"
void check_contract(const promql::Expr& expr, const std::string& what, const PlaceInExpression& place, const Service& service, const prometheus::RecordedMetrics& recorded,
                    const promql::Dialect& dialect, const Finding& found);

/// The part of it that needs no metrics, only a server: targets and retention.
void check_against_server(const promql::Expr& expr, const std::string& what, const PlaceInExpression& place, const Service& service, const prometheus::RecordedMetrics& recorded,
                          const promql::Dialect& dialect, const Finding& found);

} // namespace slipway::push_rules
