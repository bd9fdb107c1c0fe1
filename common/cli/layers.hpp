#pragma once

#include "cli/command_line.hpp"
#include "cli/config_file.hpp"
#include "cli/option_set.hpp"
#include "io/environment.hpp"
#include "io/files.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace slipway::cli {

/// An option's value and where it came from, for --dry-run.
struct Provenance {
    std::string option;              ///< without dashes
    std::vector<std::string> values; ///< "***" for a secret
    Source source;
};

/// Everything that options are looked up in.
struct Layers {
    const CommandLine& command_line;
    const io::Environment& environment;
    const ConfigSection& file;
    const ci::Info& ci;
    io::Files& files; ///< for secrets that are given as files
};

/// Gives each option the value of its strongest layer; an empty value counts as none, and layers never mix.
///
/// @param step      the executable's name, for the names of variables
/// @param problems  gets every value of a wrong form and every missing required option; whether one is missing is not known
///                  when slipway.yaml cannot be read
/// @param first     the options before this one are left alone
/// @return the options that got a value, in the order of their declaration
std::vector<Provenance> resolve(const OptionSet& options, const std::string& step, const Layers& layers,
                                std::vector<Diagnostic>& problems, std::size_t first = 0);

/// The variable of a layer for an option, for example "SLIPWAY_PUSH_RULES_RULES_DIR"; empty when the layer has none.
std::string variable_name(Layer layer, const std::string& step, const std::string& option);

/// The variables that --help names for an option: the strongest of ours (a secret's _FILE form, too), then other tools'.
std::vector<std::string> variables_of(const Option& option, std::string_view step);

} // namespace slipway::cli
