#pragma once

#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "core/timestamp.hpp"
#include "io/http.hpp"
#include "wait-for-slo/google/credentials.hpp"
#include "wait-for-slo/google/options.hpp"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slipway::wait_for_slo {

/// An objective as Cloud Monitoring keeps it.
struct SloDefinition {
    std::string display_name;
    double goal = 0; ///< share of good events, above 0 and below 1
    bool windows_based = false; ///< judges slices of time, of which there is one a minute at most, and not events
};

struct CloudPoint {
    Timestamp start; ///< the same as `end` for a gauge
    Timestamp end;
    double value = 0; ///< of a distribution its count; NaN when the answer has no number
};

struct CloudSeries {
    std::string event_type; ///< "good", "bad"; empty where the series has no such label
    std::vector<CloudPoint> points;
};

/// What is asked of timeSeries.list.
struct SeriesQuery {
    std::string filter;
    Timestamp after; ///< points that end later than this
    Timestamp until; ///< and not later than this
    /// Adds up all series by this label, in periods of a minute that end at `until`, a minute before it, and so on; empty: the points as they are.
    std::string sum_by = {};
};

/// The API of Cloud Monitoring, version 3.
///
/// Every function throws Error: misuse for what Google calls an invalid argument or does not know, io::LastingError when it is not permitted, and
/// other world failures for what may pass: 429, 5xx, no answer.
class Monitoring {
public:
    /// @throws Error (misuse) for credentials that cannot be used
    Monitoring(const GoogleOptions& options, const cli::TlsOptions& tls, cli::Context& context);

    /// Tries for longer than others do: nothing can begin without it.
    /// @param name  projects/PROJECT/services/SERVICE/serviceLevelObjectives/ID
    SloDefinition slo(const std::string& name);

    std::vector<CloudSeries> time_series(const std::string& project, const SeriesQuery& query);

    /// By Google's clock, as far as an answer told it.
    Timestamp now() const;

private:
    nlohmann::json get(const std::string& path, const std::vector<std::pair<std::string, std::string>>& query, int attempts);
    [[noreturn]] void fail(const io::Request& request, const io::Response& response) const;

    cli::Context& context_;
    std::string url_;
    std::unique_ptr<io::HttpClient> http_;
    AccessTokens tokens_;
    Timestamp told_{}; ///< the server's time
    io::Steady when_told_{};
};

/// "PROJECT" of projects/PROJECT/...
std::string project_of(const std::string& slo);

} // namespace slipway::wait_for_slo
