#include "run-job/follow/allocation_state.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <map>

namespace slipway::run_job {

namespace {

/// The exit of the task that failed; a leader's siblings are killed and have one, too, so the task itself must have failed.
std::optional<int> exit_code_of(const nomad::TaskState& task) {
    for (auto event = task.events.rbegin(); event != task.events.rend(); ++event) {
        if (event->exit_code) return event->exit_code;
    }
    return std::nullopt;
}

void tell_failure(const nomad::Allocation& allocation, AllocationState& state) {
    state.words = "allocation " + nomad::short_id(allocation.id) + " is " + visible(allocation.client_status);
    for (const auto& task : allocation.tasks) {
        if (!task.failed) continue;
        state.exit_code = exit_code_of(task);
        if (state.exit_code) state.words = "task " + visible(task.name) + " of allocation " + nomad::short_id(allocation.id) + " ended with exit code " + std::to_string(*state.exit_code);
        else state.words = "task " + visible(task.name) + " of allocation " + nomad::short_id(allocation.id) + " failed";
        return;
    }
    if (!allocation.client_description.empty()) state.words += ": " + one_line(allocation.client_description);
}

/// "1 running, 2 complete"
std::string counts_in_words(const std::map<std::string, std::size_t>& counts) {
    std::vector<std::string> parts;
    for (const auto& [status, count] : counts) parts.push_back(std::to_string(count) + ' ' + visible(status));
    return join(parts, ", ");
}

} // namespace

std::vector<nomad::Allocation> of_version(std::vector<nomad::Allocation> allocations, std::uint64_t version) {
    std::erase_if(allocations, [&](const auto& allocation) { return allocation.job_version != version; });
    std::stable_sort(allocations.begin(), allocations.end(), [](const auto& one, const auto& other) { return one.create_index < other.create_index; });
    return allocations;
}

bool should_stop(const nomad::Allocation& allocation) { return allocation.desired_status == "stop" || allocation.desired_status == "evict"; }

AllocationState state_of(const std::vector<nomad::Allocation>& allocations, Purpose purpose) {
    AllocationState state;
    std::map<std::string, std::size_t> counts;
    const nomad::Allocation* failed = nullptr;
    bool all_reached = true;
    bool any_stopped = false;
    for (const auto& allocation : allocations) {
        if (!allocation.next_allocation.empty()) continue;
        ++counts[allocation.client_status];
        const auto& status = allocation.client_status;
        const bool is_complete = status == "complete";
        if (should_stop(allocation)) {
            any_stopped = true;
        } else if (status == "failed" || status == "lost" || (is_complete && purpose == Purpose::to_run)) {
            if (failed == nullptr) failed = &allocation;
        } else {
            all_reached = all_reached && (purpose == Purpose::to_end ? is_complete : status == "running" && allocation.healthy.value_or(true));
        }
    }
    state.words = counts_in_words(counts);
    if (counts.empty()) return state;
    if (failed != nullptr) {
        state.is = AllocationState::Is::failed;
        tell_failure(*failed, state);
    } else if (any_stopped) {
        state.is = AllocationState::Is::stopped;
    } else {
        state.is = all_reached ? AllocationState::Is::reached : AllocationState::Is::going_on;
    }
    return state;
}

} // namespace slipway::run_job
