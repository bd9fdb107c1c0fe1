#pragma once

#include "io/clock.hpp"
#include "io/log.hpp"
#include "io/prober.hpp"
#include "wait-for-slo/probes/expectation.hpp"
#include "wait-for-slo/probes/failure_log.hpp"
#include "wait-for-slo/probes/probe_tally.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// Requests to all addresses at a steady rate, whatever became of the ones before, and what becomes of them. Knows neither threads nor
/// the network.
class Probing {
public:
    Probing(const ProbeOptions& options, io::Clock& clock, io::Log& log);

    /// Sends what is due.
    /// @return time until the next one is
    Duration send_due(io::Prober& prober);
    void take(const std::vector<io::ProbeAnswer>& answers);
    /// Requests that are sent from now on count; until then none does.
    void count_from_now();
    /// One look at all addresses.
    std::vector<ObjectiveReading> look();

    /// Number of addresses.
    std::size_t size() const { return targets_.size(); }
    /// Whether each address gave a good answer at some time.
    bool answered_once() const;
    /// Of the first address that never gave one: what became of its newest request; empty when there is none.
    std::string missing() const;
    /// Why all that happened so far is rather a mistyped address than a failure of the service: never one good answer, and nothing but
    /// names without address, hosts without route, certificates for others, status 404, and redirects.
    std::optional<QueryMistake> mistake_in(std::size_t target) const;

    std::vector<ProbeRecord> records() const;
    std::vector<SeriesCount> series_of(std::size_t target) const { return targets_[target].tally.by_reason(); }
    void finish() { failures_.finish(); }

    /// More requests than this do not wait for answers at once: each needs a descriptor.
    static constexpr std::size_t most_under_way = 600;

private:
    struct Target {
        std::string url; ///< as it may be shown
        ProbeTally tally;
        std::size_t under_way = 0;
        bool answered = false;      ///< well, at some time
        bool may_be_mistyped = true; ///< nothing speaks against it so far
        std::optional<io::ProbeAnswer> newest = {}; ///< of those that failed, without its body
        std::string newest_reason = {};
        bool said_not_sent = false;
    };
    struct Sent {
        std::size_t target;
        Timestamp time;
        io::Steady steady;
    };

    void take_one(const io::ProbeAnswer& answer);
    void notice_standstill(io::Steady now);
    void skip(Target& target, const std::string& why);
    Target& target_of(std::uint64_t number) { return targets_[number % targets_.size()]; }
    bool counts(std::uint64_t number) const { return first_counted_ && number >= *first_counted_; }

    Expectation expectation_;
    Duration timeout_;
    double rate_; ///< of all addresses together, requests a second
    io::Clock& clock_;
    io::Log& log_;
    FailureLog failures_;
    std::vector<Target> targets_;
    std::optional<io::Steady> began_;
    std::uint64_t planned_ = 0; ///< the number of the next request; a number's target is its remainder
    std::optional<std::uint64_t> first_counted_;
    std::map<std::uint64_t, Sent> sent_; ///< under way
    io::Steady expected_{};              ///< when the next call should come
    io::Steady stood_still_until_{};
    io::Steady newest_round_{};
};

} // namespace slipway::wait_for_slo
