#pragma once

#include "cli/context.hpp"
#include "nomad/job_api.hpp"

#include <string>
#include <vector>

namespace slipway::run_job {

/// Where allocations of a job can be reached.
///
/// As registered with Nomad where Nomad is the provider, else from the allocation's own ports. Allocations without services have none.
std::vector<nomad::ServiceAddress> addresses_of(const std::vector<nomad::Allocation>& allocations, nomad::JobApi& api);

/// "10.0.0.7:8000,10.0.0.8:8000", each once, in order.
std::string address_list(const std::vector<nomad::ServiceAddress>& addresses);

} // namespace slipway::run_job
