#pragma once

#include "core/timestamp.hpp"
#include "io/clock.hpp"

#include <string>
#include <vector>

namespace slipway::run_job {

/// What happened when, for the summary's chart and the log.
class Timeline {
public:
    struct Phase {
        std::string name; ///< "evaluated", "canaries healthy", "gate", "promoted", "successful"
        Timestamp begin{};
        Timestamp end{};
        bool failed = false;
    };

    explicit Timeline(io::Clock& clock) : clock_(&clock), last_(clock.now()) {}

    /// The time since the phase before (or the beginning) belonged to this one, which is over now.
    void end_phase(std::string name, bool failed = false);
    const std::vector<Phase>& phases() const noexcept { return phases_; }

private:
    io::Clock* clock_;
    Timestamp last_;
    std::vector<Phase> phases_;
};

} // namespace slipway::run_job
