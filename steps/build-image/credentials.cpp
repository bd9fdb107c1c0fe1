#include "credentials.hpp"

namespace slipway::build_image {

registry::Login collect_credentials(const Options& options, const std::vector<registry::Reference>& images, cli::Context& context) {
    registry::Login login;
    registry::add_files(login, options.authfile, context);
    registry::add_given(login, options.registry_user, options.registry_password, images);
    registry::add_ci(login, context);
    return login;
}

} // namespace slipway::build_image
