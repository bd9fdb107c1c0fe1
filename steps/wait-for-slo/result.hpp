#pragma once

#include "core/duration.hpp"
#include "core/error.hpp"
#include "core/exit_code.hpp"
#include "core/timestamp.hpp"
#include "wait-for-slo/checks/analysis.hpp"
#include "wait-for-slo/probes/record.hpp"
#include "wait-for-slo/source.hpp"
#include "wait-for-slo/watch/objective_watch.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// The verdict on all.
struct Outcome {
    Verdict verdict = Verdict::error;
    ExitCode code = ExitCode::world; ///< before the user's own choice
    std::string reason = {};
    std::string hint = {};
    std::optional<Timestamp> since = {}; ///< the deploy instant
    Duration lead{0}; ///< from there to the beginning of the watch
    Duration watched{0};
    std::vector<Finding> objectives = {}; ///< in the order of the settings
    std::vector<Finding> analyses = {};   ///< likewise

    /// Then there is no verdict, whatever `verdict` says.
    bool is_cancelled() const { return code == ExitCode::interrupted || code == ExitCode::terminated; }
};

/// A threshold check and what came of it.
struct AnalysisRecord {
    std::string name;
    Finding finding;
    std::vector<MetricRecord> metrics;
};

/// What ran while it was watched.
struct CommandRecord {
    std::vector<std::string> argv;
    int exit_code = 0; ///< -1: a signal ended it
    std::string ended = {}; ///< "exit code 3"
    Duration took{0};
};

/// All that a watch brought.
struct Findings {
    std::vector<ObjectiveWatch> objectives = {};
    std::vector<std::vector<SeriesCount>> series = {}; ///< of each objective
    std::vector<AnalysisRecord> analyses = {};
    std::vector<ProbeRecord> probes = {};
    std::optional<CommandRecord> command = {};
    Duration watch{0}; ///< how long it was to be watched

    bool command_failed() const { return command && command->exit_code != 0; }
};

struct Result {
    Outcome outcome;
    std::shared_ptr<const Findings> found; ///< never null; shared, as it may be large
    std::vector<Diagnostic> problems = {}; ///< reports that could not be written, and further mistakes
};

} // namespace slipway::wait_for_slo
