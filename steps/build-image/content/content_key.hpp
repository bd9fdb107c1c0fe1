#pragma once

#include "cli/context.hpp"

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// All that decides what is in an image, apart from what every commit changes: its labels revision, created and version, and
/// the times of its files.
struct KeyInputs {
    std::string context;       ///< what context_digest says
    std::string containerfile; ///< its text
    std::vector<std::string> platforms;
    std::map<std::string, std::string> bases;     ///< digests by the name in the Containerfile
    std::map<std::string, std::string> arguments; ///< values of ARGs
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
    std::vector<std::string> settings; ///< what else is on Buildah's command line: target, network, ids of secrets
    std::string buildah_version;
};

/// @return 64 hexadecimal digits
std::string content_key(const KeyInputs& inputs);

/// A digest of all that can come out of a context.
///
/// @param ignore_file  path; empty: none
/// @param sources      paths in the context that can come into the image; nothing: any
/// @param stop         becomes true when nobody needs the answer any more
/// @throws Error (misuse) when it cannot be read to the last byte
/// @throws Cancelled
std::string context_digest(const std::string& folder, const std::string& ignore_file, const std::optional<std::vector<std::string>>& sources,
                           const std::atomic<bool>& stop, cli::Context& context);

} // namespace slipway::build_image
