#pragma once

#include "core/exit_code.hpp"
#include "sequential_test.hpp"

#include <optional>
#include <string>

namespace slipway::wait_for_slo {

enum class Verdict { holds, violated, inconclusive, error };

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

/// What a release is measured by.
struct Objective {
    double percent = 0; ///< of the events that must be good
    double alpha = 0.01;
    double fewest = 0;  ///< events that are judged at all

    double allowed() const { return (100 - percent) / 100; }
};

struct Finding {
    Verdict verdict;
    std::string reason; ///< one sentence, with the numbers
};

/// Share of the events that are bad. More good than total events, as far as that is tolerated, are no bad ones.
double error_rate(double good, double total);

/// "of 812 events 163 were bad (20.1 %), the objective allows 5 %; burn rate 4.0"
std::string sentence(double good, double total, const Objective& objective);

/// Says that the violation is proven.
/// @param proof  the events that prove it, which may be the last part only
Finding violated(double good, double total, SequentialTest::Counts proof, const Objective& objective);

/// Judges the counts at the end of the watch.
Finding judge(double good, double total, double dispersion, const Objective& objective);

/// 0.2013 is "20.1 %", 0.00042 is "0.042 %".
std::string percent(double share);

/// A number with few digits: "4.0", "0.03".
std::string factor(double number);

/// A count of events as a whole number.
std::string events(double count);

} // namespace slipway::wait_for_slo
