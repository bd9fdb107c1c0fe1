#pragma once

#include "cli/context.hpp"
#include "nomad/model.hpp"
#include "prometheus/api.hpp"

#include <string>
#include <vector>

namespace slipway::run_job {

/// Waits until Prometheus scrapes every allocation: a target of it is up, at any of its addresses.
///
/// @return allocations that are not scraped after that time, in words with what Prometheus says of their targets ("up is 0: connection refused");
///         empty when all are
/// @throws Error (world failure) when Prometheus never answered
std::vector<std::string> wait_until_scraped(const std::vector<nomad::ServiceAddress>& addresses, prometheus::Api& prometheus, Duration timeout, cli::Context& context);

} // namespace slipway::run_job
