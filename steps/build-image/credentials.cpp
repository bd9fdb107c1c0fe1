#include "credentials.hpp"

#include <algorithm>

namespace slipway::build_image {

namespace {

void add_file(Login& login, const io::Path& path, cli::Context& context) {
    login.file.add_missing(registry::AuthFile::parse(context.files.read(path), path.string()));
    login.origins.push_back("auth file " + path.string());
}

void add_files(Login& login, const std::string& given, cli::Context& context) {
    if (!given.empty()) {
        add_file(login, given, context);
        return;
    }
    for (const auto& place : registry::usual_auth_files(context.environment)) {
        if (context.files.kind(place) == io::FileKind::file) add_file(login, place, context);
    }
}

void add_ci(Login& login, cli::Context& context) {
    const auto& ci = context.ci;
    if (ci.registry.empty() || ci.registry_user.empty() || ci.registry_password_variable.empty()) return;
    const auto password = context.environment.get(ci.registry_password_variable);
    if (!password || login.file.knows(ci.registry)) return;
    context.commands.mask(Secret(*password));
    login.file.set(ci.registry, {ci.registry_user, Secret(*password)});
    login.origins.push_back("user " + ci.registry_user + " for " + ci.registry + ", from " + ci::to_string(ci.system));
}

} // namespace

Login collect_credentials(const Options& options, const std::vector<registry::Reference>& images, cli::Context& context) {
    Login login;
    add_files(login, options.authfile, context);
    if (!options.registry_user.empty()) {
        const auto& registry = images.front().registry;
        const bool one = std::all_of(images.begin(), images.end(), [&](const auto& image) { return image.registry == registry; });
        if (!one) throw misuse("--registry-user is for one registry, and the images are in several", "name the credentials of each in --authfile");
        login.file.set(registry, {options.registry_user, options.registry_password});
        login.origins.push_back("user " + options.registry_user + " for " + registry + ", from --registry-user");
    }
    add_ci(login, context);
    return login;
}

} // namespace slipway::build_image
