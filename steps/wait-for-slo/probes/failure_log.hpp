#pragma once

#include "io/clock.hpp"
#include "io/log.hpp"
#include "wait-for-slo/probes/probe_tally.hpp"

#include <cstddef>
#include <string>

namespace slipway::wait_for_slo {

/// Failed requests as lines of the log: the first ones each, so that nobody waits for them, the others as sums.
class FailureLog {
public:
    FailureLog(io::Clock& clock, io::Log& log) : clock_(clock), log_(log) {}

    /// @param url  as it may be shown
    void take(const std::string& url, const JudgedRequest& request);
    /// Says what is due to be said.
    void move_on();
    /// Says the rest.
    void finish();

    static constexpr std::size_t most_lines = 20;
    static constexpr Duration time_of_a_sum{10'000};

private:
    io::Clock& clock_;
    io::Log& log_;
    std::size_t lines_ = 0;
    std::size_t not_said_ = 0;
    std::string newest_; ///< of those
    io::Steady summed_up_{};
};

} // namespace slipway::wait_for_slo
