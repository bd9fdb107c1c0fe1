#pragma once

#include "wait-for-slo/reports/markup.hpp"
#include "wait-for-slo/result.hpp"

#include <string>

namespace slipway::wait_for_slo {

/// The verdict, the answers and the charts of what decided as one picture, for a merge request or a wiki.
std::string svg_report(const Result& result, const Redact& redact);

} // namespace slipway::wait_for_slo
