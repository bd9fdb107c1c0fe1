#pragma once

#include "build-image/content/needs.hpp"
#include "build-image/push/image.hpp"
#include "build-image/push/repositories.hpp"
#include "cli/context.hpp"
#include "registry/registries_conf.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// The images that a Containerfile builds on, as their registries have them at this moment. The build gets them by digest,
/// so that what the content key says is what is built on.
struct Bases {
    /// Where an image was found.
    struct Found {
        registry::Endpoint endpoint;
        std::string digest;
    };

    std::map<std::string, std::string> pinned; ///< "registry/repository@digest" by the name in the Containerfile
    BaseNames names;                           ///< "registry/repository:tag" by what it was pinned to
    std::vector<registry::Reference> repositories; ///< that they come from
    std::vector<std::string> unknown; ///< why others could not be pinned, for people
    std::vector<Found> found;
};

/// Asks the registries, over mirrors and short names as registries.conf says. An image that none of them has may be on this
/// machine alone; it is Buildah's business then, and nobody can say what is in it.
///
/// @throws Cancelled
Bases find_bases(const std::vector<ImageUse>& images, const registry::RegistriesConf& conf, Repositories& repositories, cli::Context& context);

/// Whether one of them has instructions for the images that are built on it (ONBUILD), which no Containerfile shows.
///
/// @param platforms  that are built for
/// @throws Error (world failure) when a registry cannot say
bool have_triggers(const Bases& bases, const std::vector<std::string>& platforms, Repositories& repositories);

} // namespace slipway::build_image
