#pragma once

#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "io/http.hpp"
#include "registry/auth_file.hpp"
#include "registry/challenge.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace slipway::registry {

/// How one registry is spoken to.
struct Access {
    std::optional<Credentials> credentials; ///< sent to the registry, or to the token server that it names, when it asks for some
    cli::TlsOptions tls;
};

/// A registry as its requests need it: scheme, authentication and open connections. May be used by several threads; each
/// request has a connection of its own meanwhile.
///
/// @source distribution.github.io, "Token Authentication Specification" and "Authenticate with OAuth2"
class Connection {
public:
    /// @param registry  host[:port]; "docker.io" is found where it really lives
    Connection(std::string registry, Access access, cli::Context& context);

    /// Sends a request, authenticated as the registry asks for it: plainly at first, then with a token for the scope, which
    /// is kept as long as it is good.
    ///
    /// @param request  its URL is a path of the registry ("/v2/...") or a complete one that the registry gave. Credentials go
    ///                 to the registry's own server alone.
    /// @param scope    "repository:team/app:pull,push"; several with blanks in between
    /// @return the answer, also 401 when these credentials are not taken or there are none
    /// @throws Error (world failure) when there is no answer, or none of a token server
    /// @throws Cancelled
    io::Response send(io::Request request, const std::string& scope);

    /// A path as a complete URL.
    std::string url(const std::string& path);
    /// "https://host:port"
    std::string server();

    const Access& access() const noexcept { return access_; }

private:
    struct Token {
        Secret value;
        io::Steady good_until;
    };

    std::unique_ptr<io::HttpClient> take_client();
    void give_back(std::unique_ptr<io::HttpClient> client);
    std::unique_ptr<io::HttpClient> connect(io::HttpAuth auth) const;
    std::string find_server();
    std::optional<std::string> authorization(const std::string& scope);
    void learn(const io::Response& response, const std::string& scope, const std::optional<std::string>& used);
    Token fetch_token(const std::string& scope) const;
    io::Response ask_for_token(const std::string& realm, const std::string& scope) const;

    std::string registry_;
    Access access_;
    cli::Context& context_;

    std::once_flag server_found_;
    std::string server_;

    std::mutex clients_mutex_;
    std::vector<std::unique_ptr<io::HttpClient>> idle_;

    std::mutex authentication_mutex_; ///< held while a token is fetched, so that it is fetched once
    Challenge challenge_;
    std::map<std::string, Token> tokens_; ///< by scope
};

/// The registry's own words for an error, behind its status: "status 404: manifest unknown".
std::string words_of(const io::Response& response);

/// Where a list goes on, by its Link header: `</v2/app/tags/list?last=x&n=100>; rel="next"`.
std::optional<std::string> next_page(const io::Response& response);

} // namespace slipway::registry
