#pragma once

#include "cli/context.hpp"
#include "core/duration.hpp"
#include "core/secret.hpp"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>

// One class for each way to an access token.
namespace slipway::wait_for_slo {

/// All that is asked for: to read metrics and objectives.
inline constexpr const char* monitoring_scope = "https://www.googleapis.com/auth/monitoring.read";

struct AccessToken {
    Secret value;
    Duration lifetime{0}; ///< from now on
};

class TokenSource {
public:
    virtual ~TokenSource() = default;

    /// A new token.
    /// @throws Error misuse for credentials that cannot be right, io::LastingError when they are refused, other world failures when it may be tried again
    virtual AccessToken fetch() = 0;

    /// Whose token it is, for people: "the service account ci@team.iam.gserviceaccount.com".
    virtual std::string who() const = 0;
};

/// A credentials file as it was read.
struct CredentialsFile {
    std::string path;           ///< for messages
    const nlohmann::json& json; ///< an object
    std::string api_url;        ///< of Cloud Monitoring: tokens go there, and to the services beside it
    bool allow_insecure = false;
};

/// What each kind needs of the outside.
struct TokenParts {
    io::HttpClient& http;
    cli::Context& context;
};

/// The key of a service account: signs a JWT, and gets a token for it (RFC 7523).
std::unique_ptr<TokenSource> make_service_account(const CredentialsFile& file, TokenParts parts);

/// What gcloud keeps of a person: a refresh token.
std::unique_ptr<TokenSource> make_authorized_user(const CredentialsFile& file, TokenParts parts);

/// Workload identity federation: the identity token of a CI job or a cluster is exchanged (RFC 8693), and what comes of that for a
/// token of a service account where one is named.
/// @param id_token  in place of what the file's credential_source names; empty: as the file says
std::unique_ptr<TokenSource> make_external_account(const CredentialsFile& file, Secret id_token, TokenParts parts);

/// The metadata server of a virtual machine or a pod.
std::unique_ptr<TokenSource> make_metadata_server(cli::Context& context);

} // namespace slipway::wait_for_slo
