#pragma once

#include "cli/step.hpp"
#include "options.hpp"
#include "outcome.hpp"
#include "run-job/registration/registration.hpp"

#include <optional>
#include <vector>

namespace slipway::run_job {

/// Something to do with one job.
struct Work {
    nomad::JobKey key;
    std::optional<PlannedJob> planned; ///< nothing for a job that is only named
};

struct Plan {
    std::vector<Work> work; ///< at least one
    bool refuses_change = false; ///< --fail-on-change
    bool stops = false;          ///< --stop
    std::string payload; ///< of a dispatch
};

struct Result {
    std::vector<Outcome> outcomes; ///< of the jobs that were begun; at least one
    Duration took{0};
};

struct RunJob {
    static constexpr cli::OutputInfo outputs[] = {
        {"job", "its ID, of the job that was begun last"},
        {"version", "the version that Nomad gave it"},
        {"deployment", "the ID of its deployment; empty when it has none"},
        {"status", "`successful`, `complete` (batch), `registered` and `unchanged` (periodic and parameterized), `held`, `failed`, `unplaced`, `superseded`, `stopped`, `timed_out`, `error` or `planned`"},
        {"changed", "`true` when something was registered"},
        {"promoted", "`true` when its canaries were promoted"},
        {"reverted_to", "the version that runs again after it was taken back; else empty"},
        {"superseded", "`true` when somebody registered another version meanwhile"},
        {"allocations", "ID and status of the newest allocations, as JSON"},
    };
    static constexpr cli::StepInfo info{
        .name = "run-job",
        .summary = "registers Nomad jobs and follows each to its end: healthy, finished, or taken back when the objectives are violated",
        .usage = "FILE... [options] [-- GATE...]",
        .example = "run-job job.nomad.hcl --nomad-addr http://127.0.0.1:4646 \\\n  -- wait-for-slo --prometheus-url http://prometheus:9090 --slo slo.yaml --watch 10m",
        .outputs = outputs,
    };
    using Options = run_job::Options;
    using Plan = run_job::Plan;
    using Result = run_job::Result;

    static void declare(cli::OptionSet& set, Options& options) { run_job::declare(set, options); }
    static void check(const Options& options, std::vector<Diagnostic>& problems) { run_job::check(options, problems); }
    static Plan plan(const Options& options, cli::Context& context);
    static Result run(const Options& options, const Plan& plan, cli::Context& context);
    static cli::Report report(const Plan& plan);
    static cli::Report report(const Result& result);
};

} // namespace slipway::run_job
