#pragma once

#include "cli/context.hpp"
#include "options.hpp"
#include "registry/auth_file.hpp"
#include "registry/reference.hpp"

#include <string>
#include <vector>

namespace slipway::build_image {

/// What Buildah shall log in with, and where that comes from, for people.
struct Login {
    registry::AuthFile file;
    std::vector<std::string> origins; ///< "user ci for registry.example.com, from GitLab"
};

/// --registry-user for the images' registry, else the auth file (the one given, or the usual ones), and for the CI's own
/// registry, when the files do not know it, what the CI hands over. Credentials are for one registry and reach no other.
///
/// @throws Error (misuse) when an auth file cannot be used, or the images lie in several registries and one user is given
Login collect_credentials(const Options& options, const std::vector<registry::Reference>& images, cli::Context& context);

} // namespace slipway::build_image
