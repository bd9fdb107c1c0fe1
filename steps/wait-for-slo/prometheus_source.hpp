#pragma once

#include "counting.hpp"
#include "prometheus/api.hpp"
#include "selector.hpp"
#include "source.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// What is asked.
struct Queries {
    Selector good;  ///< with the matchers of --where
    Selector total; ///< the same
    Selector good_everywhere; ///< as it was given
    std::string start_when;   ///< an expression; empty: from now on
};

/// "up{job=~\"a|b\"}": the series that say when the targets of these jobs were scraped.
std::string jobs_selector(const std::string& metric, const std::set<std::string>& jobs);

/// Counts with the Prometheus API.
///
/// All queries of one reading are pinned to one time, the server's. `up` is asked first: a scrape's samples carry the time
/// of its beginning and are visible at its end, so a later query may show more scrapes than an earlier one. No series
/// counts beyond the newest scrape that `up` knew.
class PrometheusSource final : public Source {
public:
    PrometheusSource(prometheus::Api& api, Queries queries) : api_(api), queries_(std::move(queries)) {}

    std::optional<Timestamp> new_version_serves() override;
    Reading read(Timestamp start) override;
    bool good_ever_matched() override;

private:
    struct Answers {
        std::vector<prometheus::Series> good;
        std::vector<prometheus::Series> total;
        std::vector<prometheus::Series> up;
        std::vector<prometheus::Series> starts;
    };

    Timestamp server_time();
    bool serves(Timestamp now);
    Answers ask(Timestamp start, Timestamp now);
    std::vector<prometheus::Series> series(const std::string& expression, std::optional<Timestamp> time);
    /// Adds up, and remembers the targets that it used.
    double add_up(const std::vector<prometheus::Series>& all, const Targets& targets, Milliseconds start, std::set<const Target*>& used);
    static void describe(const std::set<const Target*>& used, Milliseconds start, Timestamp now, Reading& reading);

    prometheus::Api& api_;
    Queries queries_;
    bool selectors_are_known_ = false;
    std::set<std::string> jobs_; ///< that our series have had so far
    Duration lookback_{300'000}; ///< how far before the start the last sample before it is looked for
    std::set<std::string> orphans_before_;
    std::set<std::string> orphans_;
};

} // namespace slipway::wait_for_slo
