#pragma once

#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "registry/login.hpp"
#include "update-gitops-values/preflight/new_images.hpp"
#include "update-gitops-values/preflight/preflight_options.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// Looks images up in their registries.
class ImageLookup {
public:
    /// @param options  with credentials for registries; without: those of the usual places, and what the CI hands over for its own
    ImageLookup(const PreflightOptions& options, const cli::TlsOptions& tls, cli::Context& context) : options_(options), tls_(tls), context_(context) {}

    /// Asks for each image, by its digest and by its tag. One that was there is not asked for again.
    ///
    /// @throws Error (refused) that names all images that are not there
    /// @throws Error (world failure) when a registry does not answer, or does not let us look
    void look_up(const std::vector<NewImage>& images);

private:
    /// @return whether it is there
    bool is_there(const registry::Reference& image, const registry::Login& login);
    const registry::Login& login(const std::vector<NewImage>& images);

    const PreflightOptions& options_;
    const cli::TlsOptions& tls_;
    cli::Context& context_;
    std::optional<registry::Login> login_;
    std::set<std::string> found_;
};

} // namespace slipway::update_gitops_values
