#pragma once

#include "core/duration.hpp"
#include "core/secret.hpp"
#include "io/cancellation.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace slipway::io {

class Log;

struct NoAuth {};
struct BearerAuth {
    Secret token;
};
struct BasicAuth {
    std::string user;
    Secret password;
};
using HttpAuth = std::variant<NoAuth, BearerAuth, BasicAuth>;

/// A part of a file as a request body, read while it is sent.
struct FileBody {
    Path path;
};

struct Header {
    std::string name;
    std::string value;
};

/// How often a request may be sent again after a broken connection, 408, 429 or 5xx.
struct RetryPolicy {
    int attempts = 4;                 ///< the first one included
    Duration first_delay{250};        ///< doubled each time, with full jitter
    Duration longest_delay{10'000};   ///< also for what Retry-After may ask
    bool also_unsafe_methods = false; ///< POST and PATCH, where the receiver can tell a repetition
};

struct Request {
    std::string method = "GET";
    std::string url;
    std::vector<Header> headers = {};
    std::variant<std::monostate, std::string, FileBody> body = {};
    Duration timeout{30'000}; ///< for the whole answer
    RetryPolicy retry = {};
    std::size_t most_bytes = 256 * 1024 * 1024; ///< of the answer's body; a larger one is an error
};

struct Response {
    int status = 0;
    std::vector<Header> headers;
    std::string body;

    bool ok() const noexcept { return status >= 200 && status < 300; }
    /// The first header of that name, any case; nothing when there is none.
    std::optional<std::string> header(std::string_view name) const;
};

/// How to reach one server; the same for all requests of a client.
struct HttpSettings {
    HttpAuth auth = NoAuth{};             ///< sent to the host of the request's URL only, not after a redirect elsewhere
    std::vector<Header> headers = {};        ///< on every request
    std::vector<Header> secret_headers = {}; ///< the same, and protected like other credentials
    std::string ca_file = {};             ///< trusted besides the system's own; empty: only those
    std::string client_certificate = {};
    std::string client_key = {};
    bool allow_insecure = false; ///< no certificate check, and credentials over plain HTTP
};


class HttpClient {
public:
    virtual ~HttpClient() = default;

    /// Every HTTP status is an answer, also 500.
    ///
    /// @throws Error (world failure) "GET https://host/path: why" without credentials when there is no answer
    /// @throws Error (misuse) when credentials would travel unprotected
    /// @throws Cancelled
    virtual Response send(const Request& request) = 0;
};

/// Sends over libcurl, connections kept open between requests; proxies as the environment says (https_proxy, no_proxy).
std::unique_ptr<HttpClient> make_curl_client(HttpSettings settings, const Cancellation& cancellation);

/// Adds the retry policy to a client; says in the log that it retries and why.
///
/// @param jitter  a number in [0, 1) for each delay
std::unique_ptr<HttpClient> make_retrying_client(std::unique_ptr<HttpClient> client, Clock& clock, Log& log,
                                                 std::function<double()> jitter);

/// Both of the above: what a step uses.
std::unique_ptr<HttpClient> make_http_client(HttpSettings settings, Clock& clock, Log& log,
                                             const Cancellation& cancellation);

/// The URL as it may be shown: without user, password, and the values of its query.
std::string url_for_people(std::string_view url);

/// Scheme and host of a URL in lower case; nothing when it is no http or https URL.
struct UrlParts {
    std::string scheme;
    std::string host; ///< without port; IPv6 without brackets
    std::string user_info;
};
std::optional<UrlParts> split_url(std::string_view url);

/// Whether the host names this machine: localhost, 127.0.0.0/8 or ::1.
bool is_loopback(std::string_view host);

} // namespace slipway::io
