#pragma once

#include "core/timestamp.hpp"
#include "io/http.hpp"
#include "prometheus/labels.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::prometheus {

struct Sample {
    double time = 0; ///< Unix time, seconds
    double value = 0; ///< NaN also for a text that is no number
};

/// One time series with its samples, oldest first: one for an instant vector, many for a range selector.
struct Series {
    Labels labels; ///< with __name__ where there is one
    std::vector<Sample> samples;
};

struct QueryResult {
    std::vector<Series> series;
    /// What the server says beside its answer; with Thanos and Mimir it can mean that data is missing.
    std::vector<std::string> warnings;
    /// The server's clock when it answered (its Date header); nothing when it does not say.
    std::optional<Timestamp> server_time;
};

/// How patient single requests are.
struct Patience {
    Duration timeout{30'000}; ///< for a whole answer
    int attempts = 4;         ///< the first one included; not for a reload, which is sent once
};

/// The HTTP API of Prometheus and of what speaks like it.
///
/// Every function throws Error: misuse when the server calls our input wrong (bad_data, with its own words), world
/// failure for everything else that is no proper answer: no connection, another status, a login page, cut JSON.
///
/// @source Prometheus documentation, "HTTP API"
class Api {
public:
    /// @param base_url    without slash at the end; may have a path
    /// @param parameters  sent with each query, such as "&dedup=true"
    Api(io::HttpClient& client, std::string base_url, Patience patience = {}, std::string parameters = {})
        : client_(client), base_url_(std::move(base_url)), patience_(patience), parameters_(std::move(parameters)) {}

    /// An instant query of an expression that gives a vector, a scalar (one series without labels) or a range.
    /// @param time  when it is evaluated; the server's now when there is none
    QueryResult query(std::string_view expression, std::optional<Timestamp> time = std::nullopt);

    /// GET of an API path such as "/api/v1/rules"; the answer's "data".
    nlohmann::json get(const std::string& path);

    /// The same for a path that not every server knows: nothing when the answer is 404, 405 or 501.
    ///
    /// @param form  empty: a GET; else the body of a POST that changes nothing, "name=value" percent-encoded
    std::optional<nlohmann::json> get_if_known(const std::string& path, std::string form = {});

    /// POST /-/reload; what the server answers, whatever that is.
    io::Response reload(Duration timeout = Duration{120'000});

    /// The server's own metrics; nothing when it does not show any there.
    std::optional<std::string> own_metrics();

    const std::string& base_url() const noexcept { return base_url_; }

private:
    io::Request request_for(const std::string& path, std::string form) const;
    nlohmann::json answer_of(const io::Request& request, const io::Response& response) const;

    io::HttpClient& client_;
    std::string base_url_;
    Patience patience_;
    std::string parameters_;
};

} // namespace slipway::prometheus
