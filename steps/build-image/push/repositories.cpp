#include "build-image/push/repositories.hpp"

#include "registry/credentials.hpp"

namespace slipway::build_image {

registry::Repository& Repositories::open(const registry::Reference& image, bool insecure) {
    const registry::Reference name{.registry = image.registry, .repository = image.repository, .tag = "", .digest = ""};
    const std::lock_guard lock(mutex_);
    auto& repository = opened_[name.name()];
    if (repository) return *repository;
    auto credentials = registry::credentials_for(credentials_, name, context_);
    auto tls = registry::tls_for(name, tls_, context_);
    tls.allow_insecure = tls.allow_insecure || insecure || conf_.is_insecure(name);
    const auto who = !credentials ? std::string() : credentials->user + ' ' + credentials->password.reveal() + credentials->identity_token.reveal();
    auto& connection = connections_[name.registry + (tls.allow_insecure ? " insecure " : " ") + who];
    if (!connection) connection = std::make_shared<registry::Connection>(name.registry, registry::Access{std::move(credentials), std::move(tls)}, context_);
    repository = std::make_unique<registry::Repository>(name, connection, context_);
    return *repository;
}

Error said_of(const std::string& doing, const Error& error) {
    const auto& cause = error.diagnostics().front();
    if (error.code() != ExitCode::world || cause.message.rfind("cannot ", 0) == 0) return error;
    return world_failure("cannot " + doing + ": " + cause.message, cause.hint);
}

} // namespace slipway::build_image
