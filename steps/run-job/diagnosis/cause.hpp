#pragma once

#include "core/timestamp.hpp"
#include "nomad/model.hpp"

#include <optional>
#include <string>

namespace slipway::run_job {

/// Why a task failed, as its events tell.
struct Cause {
    std::string text; ///< "exit code 137, out of memory (restarted 3 times)"; safe to show
    Timestamp since{}; ///< when it happened first
    bool is_weak = false; ///< Nomad restarted it for a check: the check's own words say more
};

/// Nothing for a task that did not fail by itself: one that runs, ended well, or was ended since another one failed or its job was changed.
std::optional<Cause> cause_of(const nomad::TaskState& task);

/// The task that failed by itself first, those that Nomad calls failed before others; null when none did.
const nomad::TaskState* culprit_of(const nomad::Allocation& allocation);

/// The exit code of the task that failed, or of the one that ended last; nothing when none has ended.
std::optional<int> exit_code_of(const nomad::Allocation& allocation);

/// "exit code 130, signal 2", for events of the type Terminated; Nomad's words for all others.
std::string in_words(const nomad::TaskEvent& event);

/// The text at most `most` bytes long, without half characters; "..." where it was cut.
std::string shortened(std::string text, std::size_t most);

} // namespace slipway::run_job
