#pragma once

#include "core/duration.hpp"
#include "io/cancellation.hpp"
#include "io/http.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace slipway::io {

/// How probes are sent; the same for all of them.
struct ProberSettings {
    std::vector<std::string> urls;         ///< a user and password in one are sent
    HttpSettings http = {};                ///< headers and certificates
    Duration timeout{5'000};               ///< for the whole answer, the look-up of the name included
    std::vector<std::string> resolve = {}; ///< "host:port:address": connections go there, past any proxy
    bool keep_connections = false;
    std::size_t most_bytes = 1024 * 1024;  ///< of a body; what comes after them is not read, and is no failure
};

enum class ProbeFailure {
    none,
    name,        ///< it has no address
    route,       ///< no way leads there
    certificate, ///< it is not trusted, or for another name
    timeout,
    connection,  ///< refused, reset, ended too early, no HTTP
    ours,        ///< nothing was sent: this machine has no port, descriptor or memory left
};

/// What became of one probe.
struct ProbeAnswer {
    std::uint64_t number = 0; ///< as it was given to `send`
    ProbeFailure failure = ProbeFailure::none;
    std::string reason = {};  ///< "connection refused"; empty without a failure
    Response response = {};   ///< as much as came
    Duration took{0};
    /// How often it was sent again, because a kept connection was closed before a byte of an answer came. Browsers do the same (RFC 9110,
    /// section 9.2.2): a server may close a connection in the moment in which it is used again, and nobody notices.
    int repeated = 0;
};

/// Sends GET requests, any number at once, each just as it is: no redirects, and no second try.
class Prober {
public:
    virtual ~Prober() = default;

    /// Begins; never waits.
    /// @param number  for its answer
    /// @param url     index in the settings
    virtual void send(std::uint64_t number, std::size_t url) = 0;

    /// What was answered since. Returns as soon as there is something, at the latest after `longest`, on `wake`, and on cancellation.
    virtual std::vector<ProbeAnswer> wait(Duration longest) = 0;

    /// Ends a `wait`, of another thread's, too.
    virtual void wake() noexcept = 0;
};

/// Proxies are as make_curl_client takes them. Names are looked up anew each second, and without kept connections neither connections
/// nor TLS sessions are used again: each probe sees what a new user sees.
///
/// @throws Error (misuse) when a file cannot be read, or credentials would travel unprotected
std::unique_ptr<Prober> make_curl_prober(ProberSettings settings, const Cancellation& cancellation);

} // namespace slipway::io
