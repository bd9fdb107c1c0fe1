#pragma once

#include "cli/context.hpp"
#include "core/error.hpp"
#include "cli/server_options.hpp"
#include "registry/auth_file.hpp"
#include "registry/client.hpp"
#include "registry/registries_conf.hpp"
#include "registry/reference.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace slipway::build_image {

/// The repositories of one run, each opened once. Those of one registry share its connections. May be called from several
/// threads.
class Repositories {
public:
    Repositories(const registry::AuthFile& credentials, const cli::TlsOptions& tls, const registry::RegistriesConf& conf, cli::Context& context)
        : credentials_(credentials), tls_(tls), conf_(conf), context_(context) {}

    /// Tag and digest of the reference do not matter.
    ///
    /// @param insecure  plain HTTP and any certificate, also when neither the options nor registries.conf say so
    /// @throws Error when a credential helper does not work
    registry::Repository& open(const registry::Reference& image, bool insecure = false);

private:
    const registry::AuthFile& credentials_;
    const cli::TlsOptions& tls_;
    const registry::RegistriesConf& conf_;
    cli::Context& context_;
    std::mutex mutex_;
    std::map<std::string, std::unique_ptr<registry::Repository>> opened_;
    std::map<std::string, std::shared_ptr<registry::Connection>> connections_; ///< by registry and user
};

/// A failed request as a failure of what was being done: "cannot push NAME: GET https://...: connection refused". What says already that
/// something cannot be done stays as it is, and so does what is no world failure.
Error said_of(const std::string& doing, const Error& error);

} // namespace slipway::build_image
