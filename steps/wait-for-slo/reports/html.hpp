#pragma once

#include "wait-for-slo/reports/markup.hpp"
#include "wait-for-slo/result.hpp"

#include <string>

namespace slipway::wait_for_slo {

/// One page with all that a watch found, for people: it needs no script, no network and no other file. Its size is bounded whatever was watched: charts
/// of the objectives that matter most, tables of at most some hundred rows.
std::string html_report(const Result& result, const Redact& redact);

} // namespace slipway::wait_for_slo
