#pragma once

#include "build_image.hpp"
#include "io/clock.hpp"

#include <vector>

namespace slipway::build_image {

/// How long the parts of a run take.
class Timings {
public:
    explicit Timings(io::Clock& clock) : clock_(clock) {}

    /// Also when the work throws.
    template <class Work> auto measure(const char* what, Work work) {
        struct Stop {
            Timings& owner;
            const char* what;
            io::Steady begin;
            ~Stop() { owner.all_.push_back({what, std::chrono::duration_cast<Duration>(owner.clock_.steady() - begin)}); }
        } const stop{*this, what, clock_.steady()};
        return work();
    }

    const std::vector<Timing>& all() const noexcept { return all_; }

private:
    io::Clock& clock_;
    std::vector<Timing> all_;
};

} // namespace slipway::build_image
