#include "run-job/follow/placement.hpp"

#include "core/text.hpp"
#include "nomad/plan.hpp"

#include <algorithm>

namespace slipway::run_job {

namespace {

/// Between two looks while something is not placed.
constexpr Duration interval{10'000};

} // namespace

void Placement::look() {
    settled_ = true;
    const nomad::Evaluation* blocked = nullptr;
    const auto evaluations = api_.evaluations();
    for (const auto& evaluation : evaluations) {
        // One that was put off until a later time is pending, too: it will place again what failed.
        if (evaluation.status == "pending" || evaluation.status == "blocked") settled_ = false;
        if (evaluation.status == "blocked" && (blocked == nullptr || evaluation.create_index > blocked->create_index)) blocked = &evaluation;
    }
    if (blocked == nullptr) {
        if (since_) context_.log.info("everything has found its place");
        since_.reset();
        words_.clear();
        return;
    }
    if (!since_) since_ = context_.clock.steady();
    const auto failures = nomad::placement_failures({{"FailedTGAllocs", blocked->failed_groups}});
    auto words = failures.empty() ? std::string("Nomad does not say why") : join(failures, "; ");
    if (words != words_) context_.log.warning("not all of it finds a place: " + words + "; waiting " + format_duration(timeout_) + " for one");
    words_ = std::move(words);
}

bool Placement::is_hopeless() const { return since_ && context_.clock.steady() - *since_ >= timeout_; }

Duration Placement::patience() const {
    if (!since_) return interval;
    const auto left = std::chrono::ceil<Duration>(*since_ + timeout_ - context_.clock.steady());
    return std::clamp(left, Duration{100}, interval);
}

} // namespace slipway::run_job
