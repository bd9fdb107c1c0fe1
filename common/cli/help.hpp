#pragma once

#include "cli/option_set.hpp"
#include "cli/step.hpp"

#include <string>

namespace slipway::cli {

/// The text of --help: usage, options with their variables and defaults, exit codes.
std::string help_text(const StepInfo& info, const OptionSet& options);

/// The text of --version: "build-image 1.4.0 (commit abc1234, 2026-11-21)".
std::string version_text(const StepInfo& info);

} // namespace slipway::cli
