#pragma once

#include "cli/option_set.hpp"
#include "core/error.hpp"

#include <map>
#include <string>
#include <vector>

namespace slipway::cli {

/// What stands on the command line, as texts; nothing is converted yet.
struct CommandLine {
    /// By option name (without dashes, a secret without "-file"). Values given as "" are there, as "".
    std::map<std::string, std::vector<std::string>> values;
    bool help = false;
    bool version = false;
    bool describe = false;
    /// Unknown options, missing values, arguments too many: all of them.
    std::vector<Diagnostic> problems;
};

/// Reads `--name value`, `--name=value`, flags, and arguments without a name; "--" ends the options, and what follows are arguments, or the
/// words of the option that takes them.
///
/// @param arguments  without the program's name
CommandLine parse_command_line(const std::vector<std::string>& arguments, const OptionSet& options);

} // namespace slipway::cli
