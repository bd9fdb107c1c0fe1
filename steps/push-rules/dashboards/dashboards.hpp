#pragma once

#include "push-rules/dashboards/dashboard_options.hpp"
#include "ci/info.hpp"
#include "cli/context.hpp"
#include "core/error.hpp"
#include "core/exit_code.hpp"
#include "slo/objective.hpp"
#include "slo/rules.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace slipway::push_rules {

/// A dashboard of one service.
struct ServiceDashboard {
    std::string service;
    std::string uid;
    nlohmann::ordered_json model;

    /// The dashboard as a file holds it: indented, with a line break at the end.
    std::string text() const;
    /// The service's name as far as file names take it; unique among services as the uid is.
    std::string file_stem() const;
};

/// One for each service, in the order in which the objectives name them first. Services whose objectives have no rules have none.
std::vector<ServiceDashboard> make_dashboards(const std::vector<slo::Objective>& objectives, const slo::RuleSettings& settings, const DashboardOptions& options);

/// A ConfigMap with one dashboard, labelled so that the sidecar of Grafana's Helm chart finds it.
///
/// @param name_space  empty: the manifest names none
/// @throws Error (refused) when the dashboard is larger than what Kubernetes takes
/// @source Helm chart of Grafana, "Sidecar for dashboards"
std::string as_configmap(const ServiceDashboard& dashboard, const DashboardOptions& options, const std::string& name_space);

/// What stands in a file of --dashboard, before anything is written: for --dry-run, and to find mistakes early.
struct DashboardFile {
    std::string path;
    std::string content;
};

/// @throws Error (misuse) when the path is one *.json file and there are several services; (refused) as as_configmap
std::vector<DashboardFile> dashboard_files(const DashboardOptions& options, const std::vector<ServiceDashboard>& dashboards, const std::string& name_space);

/// Writes them, each as a whole or not at all; a file that is the same already is left alone. Files of services that are gone stay.
///
/// @return the paths that were written
/// @throws Error (world failure) when one cannot be written
std::vector<std::string> write_dashboards(const std::vector<DashboardFile>& files, cli::Context& context);

/// What the run brings to the service.
struct Release {
    std::string version;   ///< a tag, or a short commit; may be empty
    std::string commit;    ///< may be empty
    bool deployed = false; ///< something other than the dashboards was published and proven, and it was not there before
};

/// The release that the CI system names.
Release release_of(const ci::Info& info, bool deployed);

/// What became of dashboards, each by its service.
struct DashboardOutcome {
    std::vector<std::string> created;
    std::vector<std::string> changed;
    std::vector<std::string> unchanged;
    std::vector<std::string> annotated; ///< got a mark of the deployment
    ExitCode code = ExitCode::done;     ///< refused or world when one of them could not be published
    std::vector<Diagnostic> diagnostics = {};
};

/// Publishes dashboards to Grafana and reads them back. What is the same already is not sent. A dashboard that Grafana refuses keeps no
/// other from being published; when Grafana does not answer, the rest is left.
///
/// Call it when the publication of the rules has succeeded: each dashboard whose service is deployed, or that is new itself, gets an
/// annotation of the release. One that cannot be made is a warning.
DashboardOutcome push_dashboards(const DashboardOptions& options, const cli::TlsOptions& tls, const std::vector<ServiceDashboard>& dashboards, const Release& release, cli::Context& context);

/// What push_dashboards would do; only asks.
DashboardOutcome compare_dashboards(const DashboardOptions& options, const cli::TlsOptions& tls, const std::vector<ServiceDashboard>& dashboards, cli::Context& context);

} // namespace slipway::push_rules
