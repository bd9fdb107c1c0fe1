#include "verdict.hpp"

#include "acceptance.hpp"
#include "core/error.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace slipway::wait_for_slo {

namespace {

std::string formatted(const char* format, double number) {
    char buffer[64];
    const auto length = std::snprintf(buffer, sizeof buffer, format, number);
    return {buffer, static_cast<std::size_t>(length)};
}

std::string without_zeros(std::string text) {
    if (text.find('.') == std::string::npos || text.find('e') != std::string::npos) return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

/// In percent, without the noise that 100 - 99.9 has in binary.
std::string allowed_text(const Objective& objective) { return formatted("%.6g", 100 - objective.percent) + " %"; }

} // namespace

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

double error_rate(double good, double total) { return total > 0 ? std::clamp((total - good) / total, 0.0, 1.0) : 0; }

std::string percent(double share) {
    const double value = share * 100;
    return without_zeros(formatted(value >= 1 ? "%.3g" : "%.2g", value)) + " %";
}

std::string factor(double number) {
    if (number >= 10) return formatted("%.0f", number);
    return formatted(number >= 0.1 || number == 0 ? "%.1f" : "%.1g", number);
}

std::string events(double count) { return std::to_string(std::llround(count)); }

std::string sentence(double good, double total, const Objective& objective) {
    const double rate = error_rate(good, total);
    return "of " + events(total) + " events " + events(std::max(total - good, 0.0)) + " were bad (" + percent(rate) +
           "), the objective allows " + allowed_text(objective) + "; burn rate " + factor(rate / objective.allowed());
}

Finding violated(double good, double total, SequentialTest::Counts proof, const Objective& objective) {
    if (error_rate(good, total) > objective.allowed()) return {Verdict::violated, sentence(good, total, objective)};
    return {Verdict::violated, "of the last " + events(proof.total) + " events " + events(proof.bad) + " were bad (" +
                                   percent(proof.bad / proof.total) + "), which the better ones before cannot make up for: " +
                                   sentence(good, total, objective)};
}

Finding judge(double good, double total, double dispersion, const Objective& objective) {
    if (total <= 0) return {Verdict::inconclusive, "there were no events: nobody used what is being watched"};
    const auto numbers = sentence(good, total, objective);
    const double bad = std::max(total - good, 0.0);
    if (bad > objective.allowed() * total * (1 + 1e-12)) {
        return {Verdict::inconclusive, numbers + ": more than that, but so few that it can be chance"};
    }
    const double missing = clean_events_missing(objective.allowed(), objective.fewest, bad, total, objective.alpha, dispersion);
    if (missing > 0) {
        return {Verdict::inconclusive, numbers + ": too few events to tell, " + events(missing) + " more without a bad one are needed"};
    }
    return {Verdict::holds, numbers};
}

} // namespace slipway::wait_for_slo
