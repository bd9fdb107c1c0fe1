#pragma once

#include "slo/rules.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace slipway::slo {

/// What the objectives do not say of a dashboard.
struct DashboardSettings {
    /// Name of the Prometheus data source that is chosen when the dashboard opens; empty: Grafana's default one.
    std::string datasource = {};
};

/// A Grafana dashboard of one service's objectives: error budgets, traffic, errors, latency where a query reads the buckets of a
/// histogram, saturation where a query says by job, namespace or service which processes there are.
///
/// It reads the records that `make_rules` makes with the same settings; objectives for which it makes none are left out. The same
/// objectives give the same bytes: nothing in it is random or tells the time.
///
/// @param objectives  of this service, in the order of their panels
/// @return the dashboard's JSON model, with "uid" and without "id"; "panels" is empty when no objective has rules
/// @source Grafana documentation, "Dashboard JSON model", schema version 39
nlohmann::ordered_json make_dashboard(const std::string& service, const std::vector<Objective>& objectives, const RuleSettings& settings, const DashboardSettings& dashboard_settings);

/// What a service's dashboard is known by: "slo-" and the service's name, which is cut and gets ten digits of its SHA-256 when it is long or
/// has characters that Grafana does not take.
///
/// @return at most 40 characters of [a-zA-Z0-9_-]
std::string dashboard_uid(const std::string& service);

} // namespace slipway::slo
