#pragma once

#include "cli/option_set.hpp"
#include "cli/server_options.hpp"
#include "core/error.hpp"

#include <string>
#include <vector>

namespace slipway::push_rules {

/// What becomes of the dashboards that are made from objectives.
struct DashboardOptions {
    std::string path;                ///< a file or a folder to write to; empty: nothing is written
    std::string format = "json";     ///< or configmap
    std::vector<std::string> labels; ///< of ConfigMaps, "name=value"
    std::string datasource;          ///< name; empty: Grafana's default one
    cli::ServerOptions grafana;      ///< without URL nothing is published
    std::string folder;              ///< its uid; empty: where the dashboard is

    bool writes() const { return !path.empty(); }
    bool publishes() const { return !grafana.url.empty(); }
    bool wanted() const { return writes() || publishes(); }
    bool as_configmaps() const { return format == "configmap"; }
    /// Whether the path names one file: *.json, or *.yaml and *.yml for ConfigMaps. Everything else is a folder.
    bool is_file() const;
};

/// --dashboard, --dashboard-format, --dashboard-labels, --dashboard-datasource, --grafana-url and its companions, --grafana-folder.
///
/// The URL is read from no variable of another tool: a shell that has GRAFANA_URL set is no reason to publish.
void declare(cli::OptionSet& set, DashboardOptions& options);

/// @param publishes  whether this run publishes anything; else the server is not asked, and its options are not looked at
void check(const DashboardOptions& options, bool publishes, std::vector<Diagnostic>& problems);

} // namespace slipway::push_rules
