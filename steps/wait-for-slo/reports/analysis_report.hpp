#pragma once

#include "cli/report.hpp"
#include "wait-for-slo/result.hpp"

#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// Name, verdict, reason and metrics; these with their counts and measurements in the words of an AnalysisRun's status of Argo Rollouts.
cli::Json to_json(const AnalysisRecord& analysis);

/// Markdown: a table of the metrics of all analyses, and charts of the values, those of the first analyses in the list. Empty without any.
std::string summary_of(const std::vector<AnalysisRecord>& analyses);

/// The values with their limits, as Markdown with a Mermaid chart of at most 60 points: of several measurements the worst. Empty with fewer than two
/// values, of which there is nothing to draw.
std::string mermaid_chart(const MetricRecord& metric);

} // namespace slipway::wait_for_slo
