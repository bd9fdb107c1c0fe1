#pragma once

#include "cli/step.hpp"
#include "options.hpp"
#include "prometheus_source.hpp"
#include "watch.hpp"

#include <string>

namespace slipway::wait_for_slo {

/// What will be asked, and how it will be judged. Made without a request.
struct Plan {
    Queries queries;
    WatchSettings settings;
    std::string url; ///< of the server, as it may be shown
};

struct Result {
    Outcome outcome;
    Objective objective;
    std::string name; ///< of the objective: "99.9 % of requests_total"
    std::string good; ///< the selectors as they were asked
    std::string total;
};

struct WaitForSlo {
    static constexpr cli::StepInfo info{
        .name = "wait-for-slo",
        .summary = "watches a service after a deploy and says whether it keeps its objective",
        .usage = "--prometheus-url URL --good SELECTOR --total SELECTOR --objective PERCENT [options]",
        .example = "wait-for-slo --prometheus-url http://prometheus:9090 --objective 99.9 --watch 10m --good 'requests_total{code!~\"5..\"}' "
                   "--total requests_total --start-when 'build_info{commit=\"abc123\"}'",
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
