#pragma once

#include "cli/context.hpp"
#include "options.hpp"
#include "registry/login.hpp"
#include "registry/reference.hpp"

#include <vector>

namespace slipway::build_image {

/// --registry-user for the images' registry, else the auth file (the one given, or the usual ones), and for the CI's own
/// registry, when the files do not know it, what the CI hands over. Credentials are for one registry and reach no other.
///
/// @throws Error (misuse) when an auth file cannot be used, or the images lie in several registries and one user is given
registry::Login collect_credentials(const Options& options, const std::vector<registry::Reference>& images, cli::Context& context);

} // namespace slipway::build_image
