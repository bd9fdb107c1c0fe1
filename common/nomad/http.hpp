#pragma once

#include "cli/context.hpp"
#include "nomad/connection.hpp"
#include "nomad/json.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::nomad {

/// What came of a request that changes something.
struct Written {
    enum class Outcome {
        done,
        refused, ///< Nomad says no; nothing was changed
        lost,    ///< no answer, or one that does not tell: it may have been done. Look before it is sent again
    };
    Outcome outcome = Outcome::done;
    Json answer;       ///< when done
    std::string words; ///< refused: Nomad's own, as one line; lost: what happened
};

/// An answer to a read.
struct Answer {
    int status = 0;          ///< 200 or 404
    std::uint64_t index = 0; ///< X-Nomad-Index: a blocking read waits for something newer
    std::string text;
};

/// Names and values after the question mark; what is empty is left out.
using Query = std::vector<std::pair<std::string, std::string>>;

/// Lists of errors as Go prints them, in one line: "2 errors occurred:\n\t* a: 1 error occurred:\n\t* b\n\t* c" is "a: b; c". Other text has its lines joined.
std::string read_errors(std::string_view text);

/// Nomad says 500 to whatever it refuses; these words mean that it cannot answer now.
bool is_about_cluster(std::string_view text);

/// The token may not, or there is none. Asking again changes nothing.
class NoPermission : public Error {
public:
    explicit NoPermission(const Error& error) : Error(error) {}
};

/// 504: something between us and Nomad had no patience. No wonder where Nomad was asked to wait.
class GatewayTimeout : public Error {
public:
    explicit GatewayTimeout(const Error& error) : Error(error) {}
};

/// Single requests to Nomad. Reads, and those that change something, are sent once: who calls knows whether to send them again.
///
/// 401 and 403 throw NoPermission, which names the capability that the token needs; answers that are none of Nomad's, such as redirects to the page of
/// a login, throw io::LastingError.
class Http {
public:
    /// @throws Error (misuse) when a file of the options cannot be read
    Http(const ConnectionOptions& options, cli::Context& context);
    /// The same, ended by another cancellation than the step's own.
    Http(const ConnectionOptions& options, cli::Context& context, const io::Cancellation& cancellation);

    /// @param query       beside namespace and region
    /// @param capability  of Nomad's access control, "read-job"
    /// @param timeout     for the whole answer
    /// @param most_bytes  of the answer; a larger one is an io::LastingError
    /// @return 404 only when it is Nomad that does not know something
    /// @throws NoPermission; io::LastingError; GatewayTimeout; Error (world failure) for what may pass
    Answer get(const std::string& path, const std::string& name_space, const Query& query, std::string_view capability, Duration timeout = Duration{30'000}, std::uint64_t most_bytes = 256 * 1024 * 1024);

    /// Asks what changes nothing: PUT, or GET when `body` is null. Repeated for some seconds while Nomad cannot answer.
    /// @return done or refused
    /// @throws NoPermission; io::LastingError; Error (world failure) when Nomad goes on being silent
    Written ask(const std::string& path, const std::string& name_space, const Json& body, std::string_view capability);

    /// PUT, or DELETE when `body` is null.
    /// @return done with an object, empty when Nomad sends other JSON
    /// @throws NoPermission; io::LastingError
    Written write(const std::string& path, const std::string& name_space, const Query& query, const Json& body, std::string_view capability);

private:
    io::Request request(std::string method, const std::string& path, const std::string& name_space, const Query& query, const Json& body) const;

    std::string base_;
    std::string region_;
    std::unique_ptr<io::HttpClient> http_;
};

} // namespace slipway::nomad
