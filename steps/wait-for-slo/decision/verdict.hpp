#pragma once

#include "core/exit_code.hpp"

#include <string>

namespace slipway::wait_for_slo {

enum class Verdict {
    holds,
    violated,
    inconclusive, ///< the data do not say
    error,        ///< there were no data that can be trusted
};

std::string to_string(Verdict verdict);

/// 0, 1, 4, 3.
ExitCode exit_code_of(Verdict verdict);

/// "inconclusive=0": the exit code that stands for a verdict instead.
struct ExitCodeChoice {
    Verdict verdict;
    ExitCode code;
};

/// @throws Error (misuse)
ExitCodeChoice parse_exit_code(const std::string& text);

struct Finding {
    Verdict verdict;
    std::string reason; ///< one sentence, with the numbers
};

} // namespace slipway::wait_for_slo
