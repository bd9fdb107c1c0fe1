#include "wait-for-slo/decision/verdict.hpp"

#include "core/error.hpp"

#include <charconv>

namespace slipway::wait_for_slo {

std::string to_string(Verdict verdict) {
    switch (verdict) {
    case Verdict::holds: return "holds";
    case Verdict::violated: return "violated";
    case Verdict::inconclusive: return "inconclusive";
    case Verdict::error: break;
    }
    return "error";
}

ExitCode exit_code_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::holds: return ExitCode::done;
    case Verdict::violated: return ExitCode::refused;
    case Verdict::inconclusive: return ExitCode::inconclusive;
    case Verdict::error: break;
    }
    return ExitCode::world;
}

ExitCodeChoice parse_exit_code(const std::string& text) {
    const auto equals = text.find('=');
    const auto word = text.substr(0, equals);
    for (const auto verdict : {Verdict::holds, Verdict::violated, Verdict::inconclusive, Verdict::error}) {
        if (equals == std::string::npos || word != to_string(verdict)) continue;
        int code = -1;
        const auto* end = text.data() + text.size();
        const auto [stop, problem] = std::from_chars(text.data() + equals + 1, end, code);
        if (problem != std::errc{} || stop != end || code < 0 || code > 255) throw misuse("an exit code is a number from 0 to 255");
        return {verdict, static_cast<ExitCode>(code)};
    }
    throw misuse("it is no VERDICT=N with holds, violated, inconclusive or error");
}

} // namespace slipway::wait_for_slo
