#include "push-rules/dashboards/dashboards.hpp"

#include "core/sha256.hpp"
#include "core/text.hpp"
#include "slo/dashboard.hpp"
#include "slo_options.hpp"
#include "yaml/writer.hpp"

#include <algorithm>

namespace slipway::push_rules {

namespace {

using Json = nlohmann::ordered_json;

/// Of all data of a ConfigMap.
/// @source Kubernetes documentation, "ConfigMaps"
constexpr std::size_t most_bytes_of_a_configmap = 1024 * 1024;

/// A name that Kubernetes takes. It knows neither capitals nor underscores, so what has them gets digits to stay unique.
std::string name_of_configmap(const std::string& uid) {
    constexpr std::size_t digits = 8;
    auto name = lower(uid);
    replace_all(name, "_", "-");
    const bool as_it_is = name == uid && name.back() != '-';
    return "dashboard-" + name + (as_it_is ? "" : '-' + sha256(uid).substr(0, digits));
}

} // namespace

std::string ServiceDashboard::text() const { return model.dump(2, ' ', false, Json::error_handler_t::replace) + '\n'; }

std::string ServiceDashboard::file_stem() const {
    constexpr std::string_view prefix = "slo-";
    return uid.starts_with(prefix) ? uid.substr(prefix.size()) : uid;
}

std::vector<ServiceDashboard> make_dashboards(const std::vector<slo::Objective>& objectives, const slo::RuleSettings& settings, const DashboardOptions& options) {
    std::vector<std::string> services;
    for (const auto& objective : objectives) {
        if (std::find(services.begin(), services.end(), objective.service) == services.end()) services.push_back(objective.service);
    }
    std::vector<ServiceDashboard> dashboards;
    for (const auto& service : services) {
        std::vector<slo::Objective> own;
        std::copy_if(objectives.begin(), objectives.end(), std::back_inserter(own), [&](const auto& objective) { return objective.service == service; });
        auto model = slo::make_dashboard(service, own, settings, {.datasource = options.datasource});
        if (!model.at("panels").empty()) dashboards.push_back({service, slo::dashboard_uid(service), std::move(model)});
    }
    return dashboards;
}

std::string as_configmap(const ServiceDashboard& dashboard, const DashboardOptions& options, const std::string& name_space) {
    Json metadata = {{"name", name_of_configmap(dashboard.uid)}};
    if (!name_space.empty()) metadata["namespace"] = name_space;
    auto labels = labels_of(options.labels);
    labels.emplace("grafana_dashboard", "1");
    metadata["labels"] = labels;
    const auto text = dashboard.text();
    if (text.size() > most_bytes_of_a_configmap) {
        throw refused("cannot make a ConfigMap of the dashboard of '" + visible(dashboard.service) + "': it has " + size_in_words(text.size()) + ", and Kubernetes takes 1 MiB", "a service with so many objectives can be split, or publish with --grafana-url");
    }
    return yaml::write_document({{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", metadata}, {"data", {{dashboard.file_stem() + ".json", text}}}});
}

std::vector<DashboardFile> dashboard_files(const DashboardOptions& options, const std::vector<ServiceDashboard>& dashboards, const std::string& name_space) {
    if (!options.writes()) return {};
    const bool one = options.is_file();
    if (one && !options.as_configmaps() && dashboards.size() > 1) {
        std::vector<std::string> services;
        for (const auto& dashboard : dashboards) services.push_back(visible(dashboard.service));
        throw misuse("cannot use --dashboard: " + visible(options.path) + " holds one dashboard, and there are " + std::to_string(dashboards.size()) + " services: " + join(services, ", "), "name a folder");
    }
    std::vector<DashboardFile> files;
    for (const auto& dashboard : dashboards) {
        const auto content = options.as_configmaps() ? as_configmap(dashboard, options, name_space) : dashboard.text();
        const auto path = one ? options.path : (io::Path(options.path) / (dashboard.file_stem() + (options.as_configmaps() ? ".yaml" : ".json"))).string();
        if (one && !files.empty()) files.front().content += "---\n" + content;
        else files.push_back({path, content});
    }
    return files;
}

std::vector<std::string> write_dashboards(const std::vector<DashboardFile>& files, cli::Context& context) {
    std::vector<std::string> written;
    for (const auto& file : files) {
        if (context.files.kind(file.path) == io::FileKind::file && context.files.read(file.path) == file.content) {
            context.log.info(visible(file.path) + " is the same already");
            continue;
        }
        if (const auto folder = io::Path(file.path).parent_path(); !folder.empty()) context.files.make_folders(folder);
        context.files.write_atomic(file.path, file.content);
        context.log.info("wrote " + visible(file.path));
        written.push_back(file.path);
    }
    return written;
}

} // namespace slipway::push_rules
