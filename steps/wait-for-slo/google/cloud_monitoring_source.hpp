#pragma once

#include "io/clock.hpp"
#include "wait-for-slo/google/monitoring.hpp"
#include "wait-for-slo/google/period_counts.hpp"
#include "wait-for-slo/source.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// An objective of Cloud Monitoring, as the server has it.
struct GoogleObjective {
    std::string slo;  ///< its full name
    std::string name; ///< for people; no other has it
    double goal = 0;  ///< share of good events
};

/// Reads the objectives, a request each.
/// @throws Error (misuse) with those that cannot be counted
std::vector<GoogleObjective> read_google_objectives(const std::vector<std::string>& slos, Monitoring& monitoring);

/// The query that counts an objective's events, for people: select_slo_counts("projects/...").
std::string counts_query(const std::string& slo);

/// Counts with Cloud Monitoring.
class CloudMonitoringSource final : public Source {
public:
    struct Settings {
        std::optional<Timestamp> since = {}; ///< the deploy instant
        std::optional<Duration> ago = {};    ///< the same as a time before `began`
        /// When the step did, which is the deploy instant where neither is given; nothing: it is when `begin` is called.
        std::optional<io::Steady> began = {};
    };

    CloudMonitoringSource(Monitoring& monitoring, std::vector<GoogleObjective> objectives, Settings settings, io::Clock& clock);

    /// At once: which versions serve is not known to Google.
    Beginning begin() override;
    void count_from(Timestamp since) override;
    Reading read() override;
    /// Nothing: what is good and what is bad is not said here.
    std::optional<QueryMistake> mistake_in(std::size_t) override { return std::nullopt; }
    /// The bad and the good events.
    std::vector<SeriesCount> series_of(std::size_t objective) const override;

private:
    void ask(std::size_t objective);

    Monitoring& monitoring_;
    std::vector<GoogleObjective> objectives_;
    Settings settings_;
    io::Clock& clock_;
    std::vector<PeriodCounts> counts_; ///< of each objective; empty before the watch begins
};

} // namespace slipway::wait_for_slo
