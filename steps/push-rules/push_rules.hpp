#pragma once

#include "cli/step.hpp"
#include "inputs.hpp"
#include "options.hpp"
#include "emission.hpp"
#include "publication.hpp"
#include "push-rules/dashboards/dashboards.hpp"

#include <memory>
#include <string>
#include <vector>

namespace slipway::push_rules {

/// The checked rules, and what publishing them would do.
struct Plan {
    std::shared_ptr<const Inputs> inputs;
    ExitCode code = ExitCode::done; ///< refused or misuse when the rules cannot be published
    PublicationPlan publication = {};
    std::shared_ptr<Target> target = {}; ///< that made it, and publishes it; null when nothing is published
    std::string emitted = {};                     ///< by --emit, as one text
    std::vector<EmittedFile> emitted_files = {}; ///< by --emit, for a folder
    std::vector<ServiceDashboard> dashboards = {};
    std::vector<DashboardFile> dashboard_files = {};
    DashboardOutcome dashboard_changes = {}; ///< in Grafana
};

struct Result {
    std::shared_ptr<const Inputs> inputs;
    Publication publication = {}; ///< nothing in it when the rules were only checked, or are wrong
    std::string emitted = {};     ///< for standard output
    DashboardOutcome dashboards = {};
};

struct PushRules {
    static constexpr cli::OutputInfo outputs[] = {
        {"ok", "`true` when the rules are right and, without `--check`, loaded"},
        {"loaded", "`true` when the server was seen to have loaded and evaluated them; `false` with `--check`"},
        {"rules", "how many rules there are"},
        {"groups_added", "how many groups are new, against what was there"},
        {"groups_changed", "how many groups changed"},
        {"groups_removed", "how many groups went away"},
        {"groups_unchanged", "how many groups stayed as they were"},
        {"rules_added", "how many rules are new"},
        {"rules_changed", "how many rules changed"},
        {"rules_removed", "how many rules went away"},
        {"rules_unchanged", "how many rules stayed as they were"},
    };
    static constexpr cli::StepInfo info{
        .name = "push-rules",
        .summary = "checks Prometheus rules and objectives, publishes them, and proves that they are loaded, or puts the old ones back",
        .usage = "PATH... (--check | --emit FORM | --rules-dir DIR --prometheus-url URL)",
        .example = "push-rules monitoring/rules --rules-dir /etc/prometheus/rules --prometheus-url http://prometheus:9090",
        .outputs = outputs,
    };
    using Options = push_rules::Options;
    using Plan = push_rules::Plan;
    using Result = push_rules::Result;

    static void declare(cli::OptionSet& set, Options& options) { push_rules::declare(set, options); }
    static void check(const Options& options, std::vector<Diagnostic>& problems) { push_rules::check(options, problems); }
    static Plan plan(const Options& options, cli::Context& context);
    static Result run(const Options& options, const Plan& plan, cli::Context& context);
    static cli::Report report(const Plan& plan);
    static cli::Report report(const Result& result);
};

} // namespace slipway::push_rules
