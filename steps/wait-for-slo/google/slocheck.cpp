#include "wait-for-slo/google/slocheck.hpp"

#include "core/text.hpp"
#include "wait-for-slo/decision/wording.hpp"
#include "wait-for-slo/google/burn_rate_values.hpp"
#include "wait-for-slo/google/slo_name.hpp"

#include <charconv>
#include <cmath>

namespace slipway::wait_for_slo {

namespace {

constexpr const char* lookback = "300s";

double read_threshold(const std::string& given) {
    const auto text = trim(given);
    double threshold = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, threshold);
    if (problem != std::errc{} || stopped != end || !std::isfinite(threshold) || threshold < 0) {
        throw misuse("cannot use the threshold '" + visible(text) + "' (THRESHOLD): it is no number from 0 on", "the highest burn rate that passes, such as 0.5");
    }
    return threshold;
}

void check_names(const GoogleOptions& options) {
    if (!is_project(options.slocheck_project)) throw misuse("cannot use the project '" + visible(options.slocheck_project) + "' (TARGET_PROJECT): it is no project's id or number");
    if (!is_slo_name(options.slocheck_slo)) {
        throw misuse("cannot use the objective '" + visible(options.slocheck_slo) + "' (DEFINEDSLO): it is no full name", std::string("the form is ") + slo_name_form);
    }
}

Outcome judge(const GoogleOptions& options, const cli::TlsOptions& tls, cli::Context& context) {
    const auto threshold = read_threshold(options.slocheck_threshold);
    check_names(options);
    Monitoring monitoring(options, tls, context);
    const auto rate = newest_burn_rate(monitoring, options.slocheck_project, parse_burn_rate_query(std::string("select_slo_burn_rate(\"") + options.slocheck_slo + "\",\"" + lookback + "\")"));
    if (!rate) return {.verdict = Verdict::inconclusive, .reason = "there is no burn rate of the newest " + std::string(lookback) + " for " + options.slocheck_slo, .hint = "without requests there is none, and points arrive up to 300 s late"};
    const auto words = "the burn rate of the newest " + std::string(lookback) + " is " + number(*rate);
    if (*rate > threshold) return {.verdict = Verdict::violated, .reason = words + ", above " + number(threshold)};
    return {.verdict = Verdict::holds, .code = ExitCode::done, .reason = words + ", and " + number(threshold) + " is allowed"};
}

} // namespace

Outcome judge_slocheck(const GoogleOptions& options, const cli::TlsOptions& tls, cli::Context& context) {
    Outcome outcome;
    try {
        outcome = judge(options, tls, context);
    } catch (const Error& error) {
        outcome = {.verdict = Verdict::error, .reason = error.what(), .hint = error.diagnostics().front().hint};
    }
    outcome.code = outcome.verdict == Verdict::holds ? ExitCode::done : ExitCode::refused;
    return outcome;
}

} // namespace slipway::wait_for_slo
