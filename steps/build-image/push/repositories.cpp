#include "build-image/push/repositories.hpp"

#include "registry/credentials.hpp"

namespace slipway::build_image {

registry::Repository& Repositories::open(const registry::Reference& image, bool insecure) {
    const registry::Reference name{.registry = image.registry, .repository = image.repository, .tag = "", .digest = ""};
    const std::lock_guard lock(mutex_);
    auto& repository = opened_[name.name()];
    if (!repository) {
        auto tls = registry::tls_for(name, tls_, context_);
        tls.allow_insecure = tls.allow_insecure || insecure || conf_.is_insecure(name);
        repository = std::make_unique<registry::Repository>(name, registry::Access{registry::credentials_for(credentials_, name, context_), tls}, context_);
    }
    return *repository;
}

} // namespace slipway::build_image
