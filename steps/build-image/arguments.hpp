#pragma once

#include "cli/context.hpp"
#include "core/error.hpp"

#include <string>
#include <vector>

namespace slipway::build_image {

/// A value for an ARG.
struct BuildArgument {
    std::string name;
    std::string value;
    bool from_environment = false; ///< Buildah finds it there itself, so that it does not have to stand in its command line
};

/// The values of --build-arg-file and --build-arg, the latter winning; each name once.
///
/// A file has one NAME=VALUE a line; empty lines and lines that begin with # are left out, and quotes belong to the value.
///
/// @param texts     "NAME=VALUE", or "NAME" for a variable of the environment
/// @param problems  gets what has no name, no value, or no such file
std::vector<BuildArgument> collect_arguments(const std::vector<std::string>& texts, const std::vector<std::string>& files,
                                             cli::Context& context, std::vector<Diagnostic>& problems);

} // namespace slipway::build_image
