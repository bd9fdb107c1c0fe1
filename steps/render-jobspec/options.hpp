#pragma once

#include "cli/option_set.hpp"
#include "nomad/connection.hpp"
#include "rendering/values.hpp"

#include <string>
#include <vector>

namespace slipway::render_jobspec {

/// What the user may say.
struct Options {
    std::vector<std::string> templates; ///< files or folders; "-" is standard input
    std::string format;                 ///< "auto", "hcl", "yaml" or "text"
    rendering::ValueSources values;
    std::vector<std::string> secrets;   ///< names whose values are hidden
    std::vector<std::string> allow;
    std::vector<std::string> keep;
    std::string name_pattern;
    std::vector<std::string> raw;
    bool multiline = false;
    std::string output; ///< empty or "-": standard output; a folder for several files
    std::string diff;   ///< file or folder to compare with
    bool check = false;
    bool require_immutable = false;
    std::string validate; ///< "offline" or "server"
    bool plan = false;
    bool fail_on_change = false;
    nomad::ConnectionOptions nomad;

    bool asks_server() const { return validate == "server" || plan; }
    bool to_standard_output() const { return output.empty() || output == "-"; }
};

void declare(cli::OptionSet& set, Options& options);
void check(const Options& options, std::vector<Diagnostic>& problems);

} // namespace slipway::render_jobspec
