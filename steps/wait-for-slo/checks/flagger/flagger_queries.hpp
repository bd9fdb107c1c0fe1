#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway::wait_for_slo {

/// What the queries of a Canary may name.
struct CanaryNames {
    std::string name;
    std::string space; ///< the namespace
    std::string target;
    std::string service;
    std::string ingress;
    std::string route;
};

/// The query with which Flagger measures "request-success-rate" (in percent) or "request-duration" (the 99th percentile in milliseconds) by itself.
///
/// @param provider  of the service mesh or ingress, as in spec.provider; of a Service's Canary with ":service" behind it
/// @return nothing for a provider whose series are not known here
/// @source Flagger 1.36, pkg/metrics/observers
std::optional<std::string> builtin_query(std::string_view metric, std::string_view provider, const CanaryNames& names, const std::string& interval);

} // namespace slipway::wait_for_slo
