#include "build-image/push/permission.hpp"

#include "build-image/push/repositories.hpp"
#include "core/error.hpp"
#include "io/cancellation.hpp"
#include "registry/referrers.hpp"

namespace slipway::build_image {

void PushPermission::check(registry::Repository& repository, bool attaches) {
    try {
        const auto upload = repository.begin_upload();
        const std::lock_guard lock(mutex_);
        tidying_.emplace_back([&repository, upload] { // nobody needs to wait for that
            try {
                repository.cancel_upload(upload);
            } catch (const Cancelled&) {
                // The registry tidies up by itself one day.
            }
        });
        if (attaches) registry::Referrers(repository).has_api();
    } catch (const registry::RegistryError& error) {
        const auto& cause = error.diagnostics().front();
        const std::string where = "they come from --registry-user with --registry-password-file, --authfile, or the CI";
        throw Error(ExitCode::world, Diagnostic{.message = cause.message, .hint = error.is_denied() ? cause.hint + ": " + where : cause.hint});
    } catch (const Error& error) {
        throw said_of("push " + repository.name().name(), error);
    }
}

} // namespace slipway::build_image
