#pragma once

#include "io/environment.hpp"
#include "io/files.hpp"

#include <string>
#include <vector>

namespace slipway::ci {

/// A named result for later steps: snake_case name, any text.
struct Output {
    std::string name;
    std::string value;
};

/// Where later steps look for outputs; each place is used when it is named.
struct OutputPlaces {
    std::string dotenv_file; ///< GitLab's artifacts:reports:dotenv
    std::string folder;      ///< one file an output, for Tekton and Argo
    std::string dotenv_prefix = {}; ///< of the names in the dotenv report, where outputs of several jobs meet
};

/// Whether GitLab takes the name of a variable, or the beginning of one, in a dotenv report.
bool is_dotenv_name(std::string_view name);

/// Writes outputs to $GITHUB_OUTPUT when that is set, and to the other places as asked.
///
/// GitLab rejects a whole dotenv report for one value with a line break, 20 variables or 5 KB, so that is refused
/// here with the name of the output. A dotenv file that exists keeps its other variables: several steps of one job
/// may share it. The folder gets a file for every output, an empty one included; Tekton takes 4096 bytes in all.
///
/// @throws Error (world failure) when a place cannot be written, Error (refused) for a value that does not fit
void write_outputs(const std::vector<Output>& outputs, const OutputPlaces& places,
                   const io::Environment& environment, io::Files& files);

/// Appends Markdown to $GITHUB_STEP_SUMMARY when that is set, and to `file` when that is not empty.
///
/// GitHub drops everything a step wrote there once it is more than 1 MiB, so a text that would pass that is cut at
/// a line, and says so.
void write_summary(const std::string& markdown, const std::string& file, const io::Environment& environment,
                   io::Files& files);

} // namespace slipway::ci
