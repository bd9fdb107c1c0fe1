#include "registry/login.hpp"

#include <algorithm>

namespace slipway::registry {

namespace {

void add_file(Login& login, const io::Path& path, cli::Context& context) {
    login.file.add_missing(AuthFile::parse(context.files.read(path), path.string()));
    login.origins.push_back("auth file " + path.string());
}

void add_from_ci(Login& login, const std::string& registry, const std::string& user, const std::string& password_variable, cli::Context& context) {
    const auto password = password_variable.empty() ? std::nullopt : context.environment.get(password_variable);
    if (registry.empty() || user.empty() || !password || login.file.knows(registry)) return;
    context.commands.mask(Secret(*password));
    login.file.set(registry, {.user = user, .password = Secret(*password)});
    login.origins.push_back("user " + user + " for " + registry + ", from " + ci::to_string(context.ci.system));
}

} // namespace

void add_files(Login& login, const std::string& given, cli::Context& context) {
    if (!given.empty()) {
        add_file(login, given, context);
        return;
    }
    for (const auto& place : usual_auth_files(context.environment)) {
        if (context.files.kind(place) == io::FileKind::file) add_file(login, place, context);
    }
}

void add_given(Login& login, const std::string& user, const Secret& password, const std::vector<Reference>& images) {
    if (user.empty() || images.empty()) return;
    const auto& registry = images.front().registry;
    const bool one = std::all_of(images.begin(), images.end(), [&](const Reference& image) { return image.registry == registry; });
    if (!one) throw misuse("--registry-user is for one registry, and the images are in several", "name the credentials of each in --authfile");
    login.file.set(registry, {.user = user, .password = password});
    login.origins.push_back("user " + user + " for " + registry + ", from --registry-user");
}

void add_ci(Login& login, cli::Context& context) {
    const auto& ci = context.ci;
    add_from_ci(login, ci.registry, ci.registry_user, ci.registry_password_variable, context);
    if (ci.system != ci::System::gitlab) return;
    // GitLab's cache of Docker Hub, which base images may come from, wants to be logged in to as well.
    const auto variable = [&](const char* name) { return context.environment.get(name).value_or(""); };
    add_from_ci(login, variable("CI_DEPENDENCY_PROXY_SERVER"), variable("CI_DEPENDENCY_PROXY_USER"), "CI_DEPENDENCY_PROXY_PASSWORD", context);
}

} // namespace slipway::registry
