#pragma once

#include "cli/context.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// All that decides what is in an image, apart from what every commit changes: its labels revision, created and version, and
/// the times of its files.
struct KeyInputs {
    std::string context_folder;
    std::string ignore_file;   ///< path; empty: none
    std::string containerfile; ///< its text
    std::optional<std::vector<std::string>> sources; ///< paths in the context that can come into the image; nothing: any
    std::vector<std::string> platforms;
    std::map<std::string, std::string> bases;     ///< digests by the name in the Containerfile
    std::map<std::string, std::string> arguments; ///< values of ARGs
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
    std::vector<std::string> settings; ///< what else is on Buildah's command line: target, network, ids of secrets
    std::string buildah_version;
};

/// @return 64 hexadecimal digits
/// @throws Error (misuse) when the context cannot be read to the last byte
/// @throws Cancelled
std::string content_key(const KeyInputs& inputs, cli::Context& context);

} // namespace slipway::build_image
