#pragma once

#include "push-rules/check/service.hpp"
#include "prometheus/api.hpp"
#include "promql/dialect.hpp"

#include <optional>

namespace slipway::push_rules {

/// The version of the server; nothing when it does not say (Thanos, Mimir, before 2.14).
///
/// @throws Error (world failure) as Api does
std::optional<promql::Version> version_of(prometheus::Api& api);

/// Adds the labels of the server's active targets, and how long it keeps its data.
///
/// @throws Error (world failure) as Api does
void ask_server(prometheus::Api& api, Service& service);

} // namespace slipway::push_rules
