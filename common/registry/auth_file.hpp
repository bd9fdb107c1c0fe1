#pragma once

#include "core/secret.hpp"
#include "io/environment.hpp"
#include "io/files.hpp"
#include "registry/reference.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::registry {

struct Credentials {
    std::string user;
    Secret password = {};
    Secret identity_token = {}; ///< instead of user and password: what a token server gives tokens for
};

/// Credentials by registry, in the form that container tools share.
///
/// @source containers-auth.json(5); Docker's config.json is the same as far as it is read here
class AuthFile {
public:
    /// Keeps what can be used: entries without credentials, as Docker leaves them beside a store, are dropped.
    ///
    /// @param name  for messages
    /// @throws Error (misuse) when it is no JSON object of that form; never shows its content
    static AuthFile parse(std::string_view json, const std::string& name);

    /// Takes over the entries for which there are none here.
    void add_missing(const AuthFile& weaker);

    /// From now on these credentials, and no others, for all repositories of a registry.
    void set(const std::string& registry, const Credentials& credentials);

    /// Whether there is an entry or a credential helper for the registry as a whole.
    bool knows(const std::string& registry) const;

    /// The credentials for an image: of its repository, the namespaces above it, its registry. Nothing when there are
    /// none, or only a credential helper knows them.
    std::optional<Credentials> find(const Reference& image) const;

    /// The credential helper to ask when `find` has nothing: "ecr-login" for docker-credential-ecr-login.
    std::optional<std::string> helper_for(const std::string& registry) const;

    std::string to_json() const;

private:
    nlohmann::json auths_ = nlohmann::json::object();
    nlohmann::json helpers_ = nlohmann::json::object();
    std::string store_; ///< the helper for all registries; only Docker knows it
};

/// Where container tools look for the file when nobody names one, strongest first.
std::vector<io::Path> usual_auth_files(const io::Environment& environment);

} // namespace slipway::registry
