#pragma once

#include "core/duration.hpp"
#include "core/error.hpp"
#include "core/secret.hpp"
#include "io/cancellation.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"

#include <cstdint>
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
    std::function<Secret()> current = {}; ///< asked with each request instead, for a token that ends before the client does; may throw
};
struct BasicAuth {
    std::string user;
    Secret password;
};
using HttpAuth = std::variant<NoAuth, BearerAuth, BasicAuth>;

/// A file, or its end, as a request body, read while it is sent.
struct FileBody {
    Path path;
    std::uint64_t from = 0; ///< bytes before that are left out
};

struct Header {
    std::string name;
    std::string value;
};

/// How often a request may be sent again after a broken connection, 408, 429 or 5xx.
struct RetryPolicy {
    int attempts = 4;                 ///< the first one included
    Duration first_delay{250};        ///< doubled each time, with full jitter
    Duration longest_delay{10'000};
    Duration longest_patience{60'000}; ///< with a server that asks for a delay by Retry-After; beyond it, its answer stands
    bool also_unsafe_methods = false; ///< POST and PATCH, where the receiver can tell a repetition
    bool own_connection = false;      ///< libcurl itself sends again, without a word, what finds a kept connection closed; not so on one of its own
    /// Whether an answer stands although its status usually passes; for servers that say 500 to what they refuse.
    std::function<bool(const struct Response&)> stands = {};
};

struct Request {
    std::string method = "GET";
    std::string url;
    std::vector<Header> headers = {};
    std::variant<std::monostate, std::string, FileBody> body = {};
    Duration timeout{30'000}; ///< for the whole answer, redirects included; 0: however long it takes
    Duration stall{0};        ///< no byte for that long ends it, rounded up to seconds; 0: never
    RetryPolicy retry = {};
    std::uint64_t most_bytes = 256 * 1024 * 1024; ///< of the answer's body; a larger one is an error
    Path into = {}; ///< the body of a 2xx answer goes into this file instead of the answer
    std::function<void(std::uint64_t)> on_sent = {}; ///< called with the bytes of the body that are sent so far
};

struct Response {
    int status = 0;
    std::vector<Header> headers;
    std::string body;

    bool ok() const noexcept { return status >= 200 && status < 300; }
    /// The first header of that name, any case; nothing when there is none.
    std::optional<std::string> header(std::string_view name) const;
};

/// Whether a status says that the same request may succeed later: 408, 429 and most of 5xx.
bool is_passing(int status);

/// What a Retry-After header asks for, in seconds or as a date; nothing when there is none.
/// @source RFC 9110, section 10.2.3
std::optional<Duration> retry_after(const Response& response, Clock& clock);

/// How to reach one server; the same for all requests of a client.
struct HttpSettings {
    HttpAuth auth = NoAuth{}; ///< sent to the scheme, host and port of the request's URL only, not after a redirect elsewhere
    std::vector<Header> headers = {};        ///< on every request
    std::vector<Header> secret_headers = {}; ///< the same, and protected like other credentials
    std::string ca_file = {};             ///< or a folder; trusted besides the system's own; empty: only those
    std::string client_certificate = {};
    std::string client_key = {};
    bool allow_insecure = false; ///< no certificate check, and credentials over plain HTTP
    std::string tls_server_name = {}; ///< that the server's certificate must have; empty: that of the URL
    bool past_proxies = false;        ///< for what is reached from this machine alone, whatever the variables of proxies say
    std::string unix_socket = {};     ///< connections go to this socket of the file system, whatever host the URL names
};

/// No answer, and none to be had by asking again: a certificate that is not trusted, an answer that is too large.
class LastingError : public Error {
public:
    explicit LastingError(std::string message, std::string hint = {})
        : Error(ExitCode::world, Diagnostic{.message = std::move(message), .hint = std::move(hint)}) {}
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

/// Sends over libcurl, connections kept open between requests. Proxies are as the environment says (http_proxy, https_proxy,
/// all_proxy, no_proxy, in either case), but this machine itself is reached directly. GET and HEAD follow five redirects.
///
/// @throws Error (misuse) when a file of the settings cannot be read
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

/// The server of a URL, scheme and host in lower case; nothing when it is no http or https URL.
struct UrlParts {
    std::string scheme;
    std::string host; ///< without port; IPv6 without brackets
    std::string user_info;
    std::string port; ///< the scheme's own when the URL names none
};
std::optional<UrlParts> split_url(std::string_view url);

/// Whether two URLs have scheme, host and port in common, so that what one may see the other may.
bool is_same_server(std::string_view one, std::string_view other);

/// Whether a header of this name proves who asks: Authorization, Cookie, PRIVATE-TOKEN and the like.
bool is_credential_header(std::string_view name);

/// Whether the host names this machine: localhost, 127.0.0.0/8 or ::1.
bool is_loopback(std::string_view host);

} // namespace slipway::io
