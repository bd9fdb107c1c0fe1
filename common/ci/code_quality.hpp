#pragma once

#include "core/error.hpp"

#include <string>
#include <vector>

namespace slipway::ci {

/// Diagnostics as GitLab's code-quality report: a JSON array with one entry for each that has a file.
///
/// @param checker    who says it, for example "push-rules"; becomes part of check_name
/// @param workspace  folder of the checkout, which paths are made relative to; empty: they stay
/// @source GitLab documentation, "Code Quality", section "Code Quality report format"
std::string code_quality_report(const std::vector<Diagnostic>& diagnostics, const std::string& checker,
                                const std::string& workspace = {});

} // namespace slipway::ci
