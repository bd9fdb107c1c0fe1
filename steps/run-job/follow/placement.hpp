#pragma once

#include "io/clock.hpp"
#include "io/log.hpp"
#include "nomad/model.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::run_job {

/// What Nomad finds no place for, in words, a group each, from all evaluations of a job; empty when everything has one.
///
/// Blocked evaluations count, and where there is none the newest: an older one says what was missing once.
std::vector<std::string> unplaced_in(const std::vector<nomad::Evaluation>& evaluations);

/// The same of one evaluation.
std::vector<std::string> unplaced_in(const nomad::Evaluation& evaluation);

/// Whether the scheduler is still about to do something: an evaluation is pending or blocked.
bool is_unsettled(const std::vector<nomad::Evaluation>& evaluations);

/// Since when which allocations have no place. Says each change once.
class Placement {
public:
    Placement(Duration timeout, io::Clock& clock, io::Log& log) : timeout_(timeout), clock_(clock), log_(log) {}

    /// @param failures  as of now; empty: everything has a place
    void update(const std::vector<std::string>& failures);

    /// Another version begins, which has its own patience.
    void restart() {
        failures_.clear();
        since_.reset();
    }

    bool is_missing() const noexcept { return since_.has_value(); }
    /// Until the patience is over; nothing when no place is missing.
    std::optional<Duration> time_left() const;
    bool is_overdue() const { return since_ && *time_left() <= Duration{0}; }
    /// What has no place, as one line.
    std::string words() const;

private:
    Duration timeout_;
    io::Clock& clock_;
    io::Log& log_;
    std::vector<std::string> failures_;
    std::optional<io::Steady> since_;
};

} // namespace slipway::run_job
