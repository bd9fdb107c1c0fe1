#pragma once

#include "cli/context.hpp"

#include <string>

namespace slipway::build_image {

/// What a scanner finds in its environment.
struct ScanInput {
    io::Path layout;      ///< IMAGE_LAYOUT: folder, an OCI image layout
    std::string name;     ///< IMAGE_NAME: "registry/repository:tag"
    std::string digest;   ///< IMAGE_DIGEST: that it will have in the registry; empty when it is not pushed
    std::string platform; ///< IMAGE_PLATFORM: "linux/amd64"
    io::Path spdx;        ///< IMAGE_SPDX: file; empty: there is none
    io::Path cyclonedx;   ///< IMAGE_CYCLONEDX: file
};

/// Runs the user's command by a shell; what it prints goes to our log.
///
/// @throws Error  refused: it ended with another exit code than 0; world failure: the shell could not run it, or a signal ended it
/// @throws Cancelled
void scan(const std::string& command, const ScanInput& input, cli::Context& context);

} // namespace slipway::build_image
