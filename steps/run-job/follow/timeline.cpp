#include "run-job/follow/timeline.hpp"

#include <utility>

namespace slipway::run_job {

void Timeline::end_phase(std::string name, bool failed) {
    const auto now = clock_->now();
    phases_.push_back({.name = std::move(name), .begin = last_, .end = now, .failed = failed});
    last_ = now;
}

} // namespace slipway::run_job
