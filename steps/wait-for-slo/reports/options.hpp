#pragma once

#include "cli/option_set.hpp"
#include "core/secret.hpp"

#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// What the user may say about who is told.
struct ReportOptions {
    std::vector<std::string> files; ///< the form is that of the ending: .html, .svg, .json, .xml (JUnit), .prom or .txt (OpenMetrics)
    std::vector<std::string> on_pass; ///< URLs
    std::vector<std::string> on_fail;
    Secret webhook_secret;            ///< signs what is sent to them
};

void declare(cli::OptionSet& set, ReportOptions& options);
void check(const ReportOptions& options, std::vector<Diagnostic>& problems);

} // namespace slipway::wait_for_slo
