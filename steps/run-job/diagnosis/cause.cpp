#include "run-job/diagnosis/cause.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace slipway::run_job {

namespace {

constexpr std::size_t longest_words = 300;

/// What comes after them is not the task's own doing.
constexpr std::array<std::string_view, 5> ends_by_others = {"Killing", "Restart Signaled", "Sibling Task Failed", "Leader Task Dead", "Main Tasks Dead"};

/// How an event that fails a task is told; null for all others.
/// @source Nomad, nomad/structs/structs.go, TaskEvent
const char* failure_in_words(const nomad::TaskEvent& event) {
    const auto message = lower(event.message);
    if (event.type == "Driver Failure") return message.find("pull") != std::string::npos ? "image could not be pulled" : "could not be started";
    if (event.type == "Failed Artifact Download") return "an artifact could not be downloaded";
    if (event.type == "Setup Failure" || event.type == "Failed Validation" || event.type == "Task hook failed") return "could not be set up";
    if (event.type == "Disk Resources Exceeded") return "used more disk than it may";
    if (event.type == "Failed Restoring Task") return "was lost when its node's agent restarted";
    if (event.type == "Plugin became unhealthy") return "its plugin is unhealthy";
    return nullptr;
}

/// What holds a task up before it starts, though Nomad does not call that a failure: "Missing: nomad.var.block(...)", a Vault that is not there.
bool is_held_up_by_template(const nomad::TaskEvent& event) { return event.type == "Template" || event.type == "Vault" || event.type == "Consul"; }

std::string times(std::uint64_t count) { return count == 1 ? "once" : std::to_string(count) + " times"; }

std::string words_of(const nomad::TaskEvent& event) { return shortened(visible(one_line(event.message)), longest_words); }

std::optional<Cause> cause_of_event(const nomad::TaskEvent& event, const nomad::TaskState& task, bool ended_by_others) {
    if (event.type == "Terminated" && !ended_by_others) {
        const bool ended_well = event.exit_code.value_or(0) == 0 && event.signal == 0 && !event.out_of_memory;
        if (!ended_well) return Cause{in_words(event), event.time};
        // A task that should go on is restarted also when it ends well.
        if (task.failed) return Cause{"ended with exit code 0, though it should go on running", event.time};
        return std::nullopt;
    }
    if (event.type == "Restart Signaled") return Cause{"restarted by Nomad: " + words_of(event), event.time, true};
    const auto* failure = failure_in_words(event);
    if (failure == nullptr) return std::nullopt;
    const auto words = words_of(event);
    return Cause{failure + (words.empty() ? "" : ": " + words), event.time};
}

} // namespace

std::string shortened(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    text.resize(most);
    // Only the last character can have been cut in two; what was no UTF-8 before stays.
    auto start = text.size();
    while (start > 0 && text.size() - start < 4 && (static_cast<unsigned char>(text[start - 1]) & 0xC0U) == 0x80U) --start;
    if (start > 0 && (static_cast<unsigned char>(text[start - 1]) & 0xC0U) == 0xC0U && !is_valid_utf8(std::string_view(text).substr(start - 1))) text.resize(start - 1);
    return text + "...";
}

std::string in_words(const nomad::TaskEvent& event) {
    if (event.type != "Terminated") return words_of(event);
    auto text = "exit code " + std::to_string(event.exit_code.value_or(0));
    if (event.out_of_memory) return text + ", out of memory";
    return event.signal == 0 ? text : text + ", signal " + std::to_string(event.signal);
}

std::optional<Cause> cause_of(const nomad::TaskState& task) {
    std::optional<Cause> cause;
    const nomad::TaskEvent* held_up = nullptr;
    std::optional<Timestamp> first;
    bool ended_by_others = false;
    for (const auto& event : task.events) {
        if (event.type == "Started") {
            ended_by_others = false;
            held_up = nullptr;
        }
        if (std::find(ends_by_others.begin(), ends_by_others.end(), event.type) != ends_by_others.end()) ended_by_others = true;
        if (is_held_up_by_template(event)) held_up = &event;
        auto next = cause_of_event(event, task, ended_by_others);
        if (!next) continue;
        if (!first) first = next->since;
        // A check that has Nomad restart the task explains less than a task that ends by itself.
        if (!cause || !next->is_weak || cause->is_weak) cause = std::move(next);
    }
    if (!cause && held_up != nullptr && task.state == "pending") {
        cause = Cause{"waits for its templates or secrets: " + words_of(*held_up), held_up->time};
        first = held_up->time;
    }
    if (!cause) return std::nullopt;
    cause->since = *first;
    if (task.restarts > 0) cause->text += " (restarted " + times(task.restarts) + ')';
    return cause;
}

const nomad::TaskState* culprit_of(const nomad::Allocation& allocation) {
    const nomad::TaskState* culprit = nullptr;
    std::optional<Cause> best;
    const auto is_better = [&](const nomad::TaskState& task, const Cause& cause) {
        if (culprit == nullptr) return true;
        if (cause.is_weak != best->is_weak) return best->is_weak;
        if (task.failed != culprit->failed) return task.failed;
        return cause.since < best->since;
    };
    for (const auto& task : allocation.tasks) {
        auto cause = cause_of(task);
        if (!cause || !is_better(task, *cause)) continue;
        culprit = &task;
        best = std::move(cause);
    }
    return culprit;
}

std::optional<int> exit_code_of(const nomad::Allocation& allocation) {
    const nomad::TaskEvent* last = nullptr;
    const auto* culprit = culprit_of(allocation);
    for (const auto& task : allocation.tasks) {
        if (culprit != nullptr && &task != culprit) continue;
        for (const auto& event : task.events) {
            if (event.exit_code && (last == nullptr || event.time >= last->time)) last = &event;
        }
    }
    return last == nullptr ? std::nullopt : last->exit_code;
}

} // namespace slipway::run_job
