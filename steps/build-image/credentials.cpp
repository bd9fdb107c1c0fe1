#include "credentials.hpp"

#include <algorithm>

namespace slipway::build_image {

registry::Login collect_credentials(const Options& options, const std::vector<registry::Reference>& images, cli::Context& context) {
    registry::Login login;
    registry::add_files(login, options.authfile, context);
    if (!options.registry_user.empty()) {
        const auto& registry = images.front().registry;
        const bool one = std::all_of(images.begin(), images.end(), [&](const auto& image) { return image.registry == registry; });
        if (!one) throw misuse("--registry-user is for one registry, and the images are in several", "name the credentials of each in --authfile");
        login.file.set(registry, {.user = options.registry_user, .password = options.registry_password});
        login.origins.push_back("user " + options.registry_user + " for " + registry + ", from --registry-user");
    }
    registry::add_ci(login, context);
    return login;
}

} // namespace slipway::build_image
