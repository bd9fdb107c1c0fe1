#pragma once

#include "core/error.hpp"

#include <string>
#include <vector>

namespace slipway::ci {

/// Diagnostics as GitLab's code-quality report: a JSON array with one entry for each that has a file.
///
/// @param checker  who says it, for example "push-rules"; becomes part of check_name
/// @source GitLab documentation, "Code Quality", section "Code Quality report format"
std::string code_quality_report(const std::vector<Diagnostic>& diagnostics, const std::string& checker);

} // namespace slipway::ci
