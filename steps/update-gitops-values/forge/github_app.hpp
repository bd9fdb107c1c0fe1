#pragma once

#include "cli/context.hpp"
#include "update-gitops-values/forge/forge.hpp"

#include <functional>
#include <memory>

namespace slipway::update_gitops_values {

/// A token of a GitHub App's installation, for one repository and the permissions `contents` and, where requests are opened, `pull_requests`
/// alone. It is given back when this object goes, also after a cancellation.
/// @source https://docs.github.com/en/rest/apps/apps
class InstallationToken {
public:
    /// @throws Error (misuse) for a key that cannot sign
    /// @throws Error (world failure) when the app is not installed for the repository, or lacks a permission
    InstallationToken(const ForgeProject& project, const ForgeOptions& options, const cli::TlsOptions& tls, cli::Context& context);
    ~InstallationToken();
    InstallationToken(const InstallationToken&) = delete;
    InstallationToken& operator=(const InstallationToken&) = delete;

    /// The user that Git takes the token with.
    /// @source https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
    static constexpr const char* git_user = "x-access-token";
    /// Good for some minutes at least: another one is fetched before it ends, after an hour. Hidden from logs.
    /// @throws as the constructor
    const Secret& value();
    /// Who is told of each further one.
    void on_renewal(std::function<void(const Secret&)> tell) { tell_ = std::move(tell); }

private:
    void fetch();
    void give_back() noexcept;

    ForgeProject project_;
    const ForgeOptions& options_;
    const cli::TlsOptions& tls_;
    cli::Context& context_;
    std::function<void(const Secret&)> tell_ = [](const Secret&) {};
    io::Cancellation never_; ///< whoever cancels the step wants the token to be gone as well
    std::unique_ptr<io::HttpClient> http_;
    Secret value_;
    io::Steady since_;
};

} // namespace slipway::update_gitops_values
