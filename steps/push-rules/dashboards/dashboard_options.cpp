#include "push-rules/dashboards/dashboard_options.hpp"

#include "core/text.hpp"
#include "io/files.hpp"
#include "slo_options.hpp"

#include <algorithm>

namespace slipway::push_rules {

namespace {

constexpr std::size_t longest_uid = 40;

bool is_uid(const std::string& text) {
    return text.size() <= longest_uid && std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; });
}

std::string extension_of(const std::string& path) { return lower(io::Path(path).extension().string()); }

} // namespace

bool DashboardOptions::is_file() const {
    const auto extension = extension_of(path);
    return as_configmaps() ? extension == ".yaml" || extension == ".yml" : extension == ".json";
}

void declare(cli::OptionSet& set, DashboardOptions& options) {
    set.add("dashboard", options.path).value_name("FILE|DIR").help("Write a Grafana dashboard of each service's objectives: one file, or a folder with one for each service");
    set.add_choice("dashboard-format", options.format, {"json", "configmap"}).fallback("json").help("What is written: the dashboard itself, or a ConfigMap that Grafana's sidecar finds");
    set.add("dashboard-labels", options.labels).value_name("NAME=VALUE").fallback_help("grafana_dashboard=1").help("A label of these ConfigMaps, by which the sidecar finds them");
    set.add("dashboard-datasource", options.datasource).value_name("NAME").fallback_help("Grafana's default one").help("The Prometheus data source that dashboards open with");
    cli::declare_server(set, "grafana", options.grafana, "Grafana", cli::Tenants::no).help("Address of Grafana, which gets the dashboards and a mark of each deployment");
    for (const auto& option : set.all()) {
        if (option->name() == "grafana-token") option->help("Token of a service account for Grafana").variable("GRAFANA_TOKEN").variable("GRAFANA_SERVICE_ACCOUNT_TOKEN");
    }
    set.add("grafana-folder", options.folder).value_name("UID").fallback_help("where the dashboard is").help("The folder of the dashboards, made when it is missing");
}

void check(const DashboardOptions& options, bool publishes, std::vector<Diagnostic>& problems) {
    check_labels(options.labels, "dashboard-labels", problems);
    if (!options.writes() && options.as_configmaps()) problems.push_back({.message = "cannot use --dashboard-format: no dashboard is written", .hint = "it goes with --dashboard"});
    if (!options.labels.empty() && !options.as_configmaps()) problems.push_back({.message = "cannot use --dashboard-labels: only ConfigMaps have labels", .hint = "it goes with --dashboard-format configmap"});
    const auto extension = extension_of(options.path);
    if (options.as_configmaps() && extension == ".json") problems.push_back({.message = "cannot use --dashboard: a ConfigMap is YAML, and " + visible(options.path) + " ends in .json", .hint = "such as dashboards.yaml, or a folder"});
    if (!options.as_configmaps() && (extension == ".yaml" || extension == ".yml")) problems.push_back({.message = "cannot use --dashboard: a dashboard is JSON, and " + visible(options.path) + " ends in " + extension, .hint = "such as dashboard.json, or a folder, or --dashboard-format configmap"});
    if (!is_uid(options.folder)) problems.push_back({.message = "cannot use --grafana-folder: '" + visible(options.folder) + "' is no uid: at most 40 letters, digits, - and _", .hint = "it stands in the address of the folder, behind /dashboards/f/"});
    if (!publishes) return;
    if (!options.folder.empty() && !options.publishes()) problems.push_back({.message = "cannot use --grafana-folder: no dashboard is published", .hint = "it goes with --grafana-url"});
    cli::check_server("grafana", options.grafana, {}, problems); // what TLS needs is checked with the other server
}

} // namespace slipway::push_rules
