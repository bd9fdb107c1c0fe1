#pragma once

#include "cli/option_set.hpp"
#include "cli/step.hpp"

#include <cstddef>
#include <string>

namespace slipway::cli {

/// The text of --describe: all that a manual page, a completion or a CI system's wrapper is generated from, as one JSON object
/// `{name, summary, usage, example, options [...], outputs [{name, meaning}]}`. An option has
///
///     name, flag         "token", "--token-file"
///     short              "f", or null
///     kind               value, list, flag or secret
///     type               text, integer, number, duration or word; what else a text is says value_name: FILE, DIR, URL
///     words              of which the value is one; empty when it is free
///     value_name, help   as --help shows them
///     section            the heading that --help has above it; empty for those at the beginning
///     default            as --help says it; null without one
///     from_ci            whether a CI system may know it
///     variables          ours first, then other tools'
///     required, shared, positional, after_dashes, own
///
/// `own` is false for the options that every step has.
///
/// @param own  how many of the options, from the front, are the step's
std::string description(const StepInfo& info, const OptionSet& options, std::size_t own);

} // namespace slipway::cli
