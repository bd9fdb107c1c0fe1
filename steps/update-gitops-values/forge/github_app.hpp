#pragma once

#include "cli/context.hpp"
#include "update-gitops-values/forge/forge.hpp"

#include <memory>

namespace slipway::update_gitops_values {

/// A token of a GitHub App's installation, for one repository and the permissions `contents` and `pull_requests` alone. It is given back
/// when this object goes.
/// @source https://docs.github.com/en/rest/apps/apps
class InstallationToken {
public:
    /// @throws Error (misuse) for a key that cannot sign
    /// @throws Error (world failure) when the app is not installed for the repository, or lacks a permission
    InstallationToken(const ForgeProject& project, const ForgeOptions& options, const cli::TlsOptions& tls, cli::Context& context);
    ~InstallationToken();
    InstallationToken(const InstallationToken&) = delete;
    InstallationToken& operator=(const InstallationToken&) = delete;

    /// Good for an hour; hidden from logs.
    const Secret& value() const noexcept { return value_; }

private:
    std::unique_ptr<io::HttpClient> http_;
    std::string api_;
    Secret value_;
};

} // namespace slipway::update_gitops_values
