#pragma once

#include "cli/report.hpp"
#include "wait-for-slo/probes/record.hpp"

#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// {url, requests, failed, not_sent, median_seconds, slowest_seconds, failures [{time, seconds, status, reason}], versions [{version, answers, failed, first, last}]}
cli::Json to_json(const ProbeRecord& record);

/// Tables for the step's summary: addresses, the first failed requests, versions. Empty without probes.
std::string markdown_of(const std::vector<ProbeRecord>& records);

} // namespace slipway::wait_for_slo
