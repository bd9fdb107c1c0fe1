#pragma once

#include "cli/option_set.hpp"
#include "core/duration.hpp"
#include "io/files.hpp"
#include "slo/rules.hpp"

#include <string>
#include <vector>

namespace slipway::push_rules {

/// How rules are made from objectives.
struct SloOptions {
    std::string names = "slipway";
    Duration period{Duration{86'400'000} * 30};
    std::string windows; ///< file
    std::string long_windows; ///< empty: weighted, or as Sloth does it
    std::string no_traffic = "absent";
    double min_events = 0;
    bool no_alerts = false;
    std::string runbook;
    std::vector<std::string> labels; ///< "name=value"
};

void declare(cli::OptionSet& set, SloOptions& options);
void check(const SloOptions& options, std::vector<Diagnostic>& problems);

/// @throws Error (misuse) when the file of windows cannot be read
slo::RuleSettings settings_of(const SloOptions& options, io::Files& files);

/// "team=web,app=shop" and one a line alike; what is no assignment is left out.
prometheus::Labels labels_of(const std::vector<std::string>& assignments);

/// Says which of the assignments is none.
void check_labels(const std::vector<std::string>& assignments, const char* option, std::vector<Diagnostic>& problems);

} // namespace slipway::push_rules
