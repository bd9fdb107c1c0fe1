#pragma once

#include "cli/option_set.hpp"

#include <string>
#include <vector>

namespace slipway::render_jobspec {

/// What the user may say.
struct Options {
    std::vector<std::string> templates; ///< exactly one; "-" is standard input
    std::vector<std::string> set;       ///< "NAME=value", the value may be empty
    std::string output;                 ///< empty: standard output
};

void declare(cli::OptionSet& set, Options& options);
void check(const Options& options, std::vector<Diagnostic>& problems);

} // namespace slipway::render_jobspec
