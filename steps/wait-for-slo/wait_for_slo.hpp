#pragma once

#include "cli/step.hpp"
#include "options.hpp"
#include "result.hpp"
#include "wait-for-slo/checks/check.hpp"
#include "wait-for-slo/sources/budget.hpp"
#include "wait-for-slo/sources/prometheus_source.hpp"
#include "wait-for-slo/watch/watch.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// What will be asked, and how it will be judged. Made without a request.
struct Plan {
    PrometheusSource::Settings source;
    WatchSettings watch; ///< its objectives are those that Prometheus counts
    std::vector<std::string> google;          ///< objectives of Cloud Monitoring, whose goals that knows
    std::vector<WatchedObjective> probes;
    std::size_t tested_objectives = 1;        ///< of all sources: they share alpha
    CheckPlan checks;
    std::vector<BudgetQuestion> budgets; ///< to be asked first
    std::vector<std::string> servers; ///< as they may be shown
    std::string webhooks;             ///< who is told, in lines
};

struct WaitForSlo {
    static constexpr cli::OutputInfo outputs[] = {
        {"verdict", "`holds`, `violated`, `inconclusive` or `error`"},
        {"reason", "one sentence with the numbers"},
        {"error_rate", "share of the events that were bad, from 0 to 1, of the objective that decided; empty without events"},
        {"burn_rate", "that share against what is allowed; empty without events"},
        {"total", "its events that were counted"},
        {"seconds", "how long was watched, without the time before the start"},
    };
    static constexpr cli::StepInfo info{
        .name = "wait-for-slo",
        .summary = "watches a service after a deploy and says whether it keeps its objectives",
        .usage = "(--slo FILE | --good SELECTOR --total SELECTOR --objective PERCENT | --google-slo NAME | --probe URL | --check EXPR | --analysis FILE) [options] [-- COMMAND]",
        .example = "wait-for-slo --prometheus-url http://prometheus:9090 --slo slo.yaml --watch 10m --start-when 'build_info{commit=\"abc123\"}'",
        .outputs = outputs,
    };
    using Options = wait_for_slo::Options;
    using Plan = wait_for_slo::Plan;
    using Result = wait_for_slo::Result;

    static void declare(cli::OptionSet& set, Options& options) { wait_for_slo::declare(set, options); }
    static void check(const Options& options, std::vector<Diagnostic>& problems) { wait_for_slo::check(options, problems); }
    static Plan plan(const Options& options, cli::Context& context);
    static Result run(const Options& options, const Plan& plan, cli::Context& context);
    static cli::Report report(const Plan& plan);
    static cli::Report report(const Result& result);
};

} // namespace slipway::wait_for_slo
