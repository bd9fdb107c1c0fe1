#pragma once

#include "cli/option_set.hpp"
#include "core/error.hpp"
#include "io/environment.hpp"
#include "io/files.hpp"

#include <map>
#include <string>
#include <vector>

namespace slipway::cli {

/// One step's section of slipway.yaml.
struct ConfigSection {
    struct Entry {
        std::vector<std::string> values;
        Place place;
    };
    std::string path;                     ///< empty when there is no file
    bool readable = true;                 ///< false: something may stand there that is not in `entries`
    std::map<std::string, Entry> entries; ///< by option name; a secret as "name-file"
};

/// The configuration file to use: the one given, else slipway.yaml at the root of the Git checkout that the current
/// folder is in, else in the CI's workspace, else in the current folder.
///
/// @return empty when there is none; the given one need not exist
std::string find_config_file(const std::string& given, const ci::Info& info, io::Files& files);

/// Reads the section of `step`. A file that cannot be read or is no YAML, a section of something that is no step, an unknown
/// key and a value of the wrong form are mistakes; what is right beside them is read all the same.
///
/// @param problems  gets the mistakes, with their places
ConfigSection read_config_file(const std::string& path, const std::string& step, const OptionSet& options, io::Files& files,
                               std::vector<Diagnostic>& problems);

} // namespace slipway::cli
