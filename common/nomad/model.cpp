#include "nomad/model.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace slipway::nomad {

namespace {

const Json& at(const Json& object, const char* key) {
    static const Json nothing;
    if (!object.is_object()) return nothing;
    const auto value = object.find(key);
    return value == object.end() ? nothing : *value;
}

/// The elements of a list; none for anything else.
const Json& list_at(const Json& object, const char* key) {
    static const Json none = Json::array();
    const auto& value = at(object, key);
    return value.is_array() ? value : none;
}

const Json& map_at(const Json& object, const char* key) {
    static const Json none = Json::object();
    const auto& value = at(object, key);
    return value.is_object() ? value : none;
}

std::uint64_t number_of(const Json& value) { return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0; }
std::uint64_t number_at(const Json& object, const char* key) { return number_of(at(object, key)); }

bool is_true(const Json& object, const char* key) {
    const auto& value = at(object, key);
    return value.is_boolean() && value.get<bool>();
}

/// Nanoseconds since the epoch; 0 and below are no time.
std::optional<Timestamp> time_of_nanoseconds(const Json& value) {
    const auto nanoseconds = number_of(value);
    if (nanoseconds == 0 || nanoseconds > 9'000'000'000'000'000'000u) return std::nullopt;
    return Timestamp(std::chrono::duration_cast<Timestamp::duration>(std::chrono::nanoseconds(nanoseconds)));
}

/// RFC 3339; the zero time of Go is none.
std::optional<Timestamp> time_at(const Json& object, const char* key) {
    const auto text = text_at(object, key);
    return text.empty() || text.starts_with("0001-") ? std::nullopt : parse_timestamp(text);
}

std::vector<std::string> texts_at(const Json& object, const char* key) {
    std::vector<std::string> texts;
    for (const auto& element : list_at(object, key)) {
        if (element.is_string()) texts.push_back(element.get<std::string>());
    }
    return texts;
}

TaskEvent read_event(const Json& json) {
    TaskEvent event;
    event.type = text_at(json, "Type");
    event.message = text_at(json, "DisplayMessage");
    if (event.message.empty()) event.message = text_at(json, "Message");
    if (const auto time = time_of_nanoseconds(at(json, "Time"))) event.time = *time;
    const auto& details = map_at(json, "Details");
    if (event.type == "Terminated") {
        event.exit_code = static_cast<int>(std::min<std::uint64_t>(number_at(json, "ExitCode"), 255));
        event.signal = static_cast<int>(std::min<std::uint64_t>(number_at(json, "Signal"), 255));
    }
    event.out_of_memory = text_at(details, "oom_killed") == "true" || event.message.find("OOM Killed") != std::string::npos;
    return event;
}

TaskState read_task(const std::string& name, const Json& json) {
    TaskState task{.name = name, .state = text_at(json, "State"), .failed = is_true(json, "Failed"), .restarts = number_at(json, "Restarts"), .started = time_at(json, "StartedAt"), .finished = time_at(json, "FinishedAt"), .events = {}};
    for (const auto& event : list_at(json, "Events")) {
        if (event.is_object()) task.events.push_back(read_event(event));
    }
    return task;
}

std::string host_and_port(const std::string& host, std::uint64_t port) {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return (is_ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

/// A port that an allocation was given.
struct Port {
    std::string label;
    std::string host;
    std::uint64_t value = 0;  ///< on the host
    std::uint64_t inside = 0; ///< in the network of the allocation; 0: the same
};

void add_ports(const Json& network, std::vector<Port>& ports) {
    for (const char* kind : {"ReservedPorts", "DynamicPorts"}) {
        for (const auto& port : list_at(network, kind)) ports.push_back({text_at(port, "Label"), text_at(network, "IP"), number_at(port, "Value"), number_at(port, "To")});
    }
}

/// Of the group first, as Nomad looks them up.
std::vector<Port> ports_of(const Json& allocation) {
    const auto& resources = at(allocation, "AllocatedResources");
    const auto& shared = at(resources, "Shared");
    std::vector<Port> ports;
    for (const auto& port : list_at(shared, "Ports")) ports.push_back({text_at(port, "Label"), text_at(port, "HostIP"), number_at(port, "Value"), number_at(port, "To")});
    for (const auto& network : list_at(shared, "Networks")) add_ports(network, ports);
    for (const auto& task : map_at(resources, "Tasks")) {
        for (const auto& network : list_at(task, "Networks")) add_ports(network, ports);
    }
    return ports;
}

/// Where a service of the allocation listens; empty when that is not to be known.
std::string address_of(const Json& service, const std::vector<Port>& ports, const Json& allocation) {
    const auto label = text_at(service, "PortLabel");
    const auto mode = text_at(service, "AddressMode");
    const auto inside = text_at(at(allocation, "NetworkStatus"), "Address");
    const auto port = std::find_if(ports.begin(), ports.end(), [&](const Port& one) { return one.label == label; });
    const bool is_inside = (mode == "alloc" || mode == "driver") && !inside.empty();
    if (port != ports.end()) {
        if (is_inside) return host_and_port(inside, port->inside > 0 ? port->inside : port->value);
        return port->host.empty() || port->value == 0 ? std::string() : host_and_port(port->host, port->value);
    }
    // A number stands for itself.
    const bool is_number = !label.empty() && label.size() <= 5 && label.find_first_not_of("0123456789") == std::string::npos;
    const auto host = is_inside || ports.empty() ? inside : ports.front().host;
    return is_number && !host.empty() ? host_and_port(host, std::stoul(label)) : std::string();
}

} // namespace

std::string to_string(const JobKey& job) { return visible(job.name_space.empty() || job.name_space == "default" ? job.id : job.name_space + '/' + job.id); }

std::string short_id(std::string_view id) { return visible(id.substr(0, 8)); }

bool Deployment::waits_for_promotion() const {
    return std::any_of(groups.begin(), groups.end(), [](const GroupState& group) { return group.waits_for_promotion(); });
}

bool Deployment::canaries_are_healthy() const {
    return waits_for_promotion() && std::all_of(groups.begin(), groups.end(), [](const GroupState& group) { return !group.waits_for_promotion() || group.healthy >= group.desired_canaries; });
}

bool Deployment::promotes_itself() const {
    return waits_for_promotion() && std::all_of(groups.begin(), groups.end(), [](const GroupState& group) { return !group.waits_for_promotion() || group.auto_promote; });
}

JobVersion read_job(const Json& json) {
    return {.version = number_at(json, "Version"),
            .type = text_at(json, "Type"),
            .status = text_at(json, "Status"),
            .stable = is_true(json, "Stable"),
            .stopped = is_true(json, "Stop"),
            .periodic = at(json, "Periodic").is_object(),
            .parameterized = at(json, "ParameterizedJob").is_object(),
            .job_modify_index = number_at(json, "JobModifyIndex"),
            .submitted = time_of_nanoseconds(at(json, "SubmitTime")),
            .job = json};
}

Evaluation read_evaluation(const Json& json) {
    Evaluation evaluation{.id = text_at(json, "ID"),
                          .job_id = text_at(json, "JobID"),
                          .type = text_at(json, "Type"),
                          .status = text_at(json, "Status"),
                          .description = text_at(json, "StatusDescription"),
                          .triggered_by = text_at(json, "TriggeredBy"),
                          .deployment_id = text_at(json, "DeploymentID"),
                          .blocked_eval = text_at(json, "BlockedEval"),
                          .next_eval = text_at(json, "NextEval"),
                          .job_modify_index = number_at(json, "JobModifyIndex"),
                          .create_index = number_at(json, "CreateIndex"),
                          .queued = {},
                          .failed_groups = map_at(json, "FailedTGAllocs")};
    for (const auto& [group, count] : map_at(json, "QueuedAllocations").items()) evaluation.queued[group] = number_of(count);
    if (evaluation.failed_groups.empty()) evaluation.failed_groups = nullptr;
    return evaluation;
}

Deployment read_deployment(const Json& json) {
    Deployment deployment{.id = text_at(json, "ID"),
                          .job_id = text_at(json, "JobID"),
                          .status = text_at(json, "Status"),
                          .description = text_at(json, "StatusDescription"),
                          .job_version = number_at(json, "JobVersion"),
                          .spec_modify_index = number_at(json, "JobSpecModifyIndex"),
                          .modify_index = number_at(json, "ModifyIndex"),
                          .is_multiregion = is_true(json, "IsMultiregion"),
                          .created = time_of_nanoseconds(at(json, "CreateTime")),
                          .groups = {}};
    for (const auto& [name, group] : map_at(json, "TaskGroups").items()) {
        deployment.groups.push_back({.name = name,
                                     .desired_total = number_at(group, "DesiredTotal"),
                                     .desired_canaries = number_at(group, "DesiredCanaries"),
                                     .placed = number_at(group, "PlacedAllocs"),
                                     .healthy = number_at(group, "HealthyAllocs"),
                                     .unhealthy = number_at(group, "UnhealthyAllocs"),
                                     .canaries = texts_at(group, "PlacedCanaries"),
                                     .promoted = is_true(group, "Promoted"),
                                     .auto_promote = is_true(group, "AutoPromote"),
                                     .auto_revert = is_true(group, "AutoRevert")});
    }
    return deployment;
}

Allocation read_allocation(const Json& json) {
    const auto& status = at(json, "DeploymentStatus");
    Allocation allocation{.id = text_at(json, "ID"),
                          .job_id = text_at(json, "JobID"),
                          .name = text_at(json, "Name"),
                          .group = text_at(json, "TaskGroup"),
                          .node_id = text_at(json, "NodeID"),
                          .node_name = text_at(json, "NodeName"),
                          .eval_id = text_at(json, "EvalID"),
                          .deployment_id = text_at(json, "DeploymentID"),
                          .client_status = text_at(json, "ClientStatus"),
                          .desired_status = text_at(json, "DesiredStatus"),
                          .client_description = text_at(json, "ClientDescription"),
                          .desired_description = text_at(json, "DesiredDescription"),
                          .next_allocation = text_at(json, "NextAllocation"),
                          .followup_eval = text_at(json, "FollowupEvalID"),
                          .job_version = number_at(json, "JobVersion"),
                          .create_index = number_at(json, "CreateIndex"),
                          .modify_index = number_at(json, "ModifyIndex"),
                          .created = time_of_nanoseconds(at(json, "CreateTime")),
                          .canary = is_true(status, "Canary"),
                          .healthy = {},
                          .tasks = {}};
    if (const auto& healthy = at(status, "Healthy"); healthy.is_boolean()) allocation.healthy = healthy.get<bool>();
    for (const auto& [name, task] : map_at(json, "TaskStates").items()) allocation.tasks.push_back(read_task(name, task));
    std::sort(allocation.tasks.begin(), allocation.tasks.end(), [](const auto& one, const auto& other) { return one.name < other.name; });
    return allocation;
}

std::vector<CheckState> read_checks(const Json& json) {
    std::vector<CheckState> checks;
    if (!json.is_object()) return checks;
    for (const auto& check : json) {
        if (check.is_object()) checks.push_back({text_at(check, "Service"), text_at(check, "Check"), text_at(check, "Status"), text_at(check, "Output"), static_cast<int>(std::min<std::uint64_t>(number_at(check, "StatusCode"), 999))});
    }
    return checks;
}

std::vector<ServiceAddress> read_services(const Json& json) {
    std::vector<ServiceAddress> services;
    if (!json.is_array()) return services;
    for (const auto& service : json) {
        const auto address = text_at(service, "Address");
        const auto port = number_at(service, "Port");
        if (address.empty() || port == 0) continue;
        services.push_back({text_at(service, "ServiceName"), "nomad", host_and_port(address, port), text_at(service, "AllocID"), texts_at(service, "Tags")});
    }
    return services;
}

std::vector<ServiceAddress> addresses_of(const Json& allocation) {
    const auto id = text_at(allocation, "ID");
    const auto group = text_at(allocation, "TaskGroup");
    const auto ports = ports_of(allocation);
    const bool canary = is_true(at(allocation, "DeploymentStatus"), "Canary");
    std::vector<ServiceAddress> addresses;
    const auto add = [&](const Json& services) {
        for (const auto& service : services) {
            auto address = address_of(service, ports, allocation);
            if (address.empty()) continue;
            const auto provider = text_at(service, "Provider");
            const auto canary_tags = texts_at(service, "CanaryTags");
            addresses.push_back({text_at(service, "Name"), provider.empty() ? "consul" : provider, std::move(address), id, canary && !canary_tags.empty() ? canary_tags : texts_at(service, "Tags")});
        }
    };
    for (const auto& candidate : list_at(at(allocation, "Job"), "TaskGroups")) {
        if (text_at(candidate, "Name") != group) continue;
        add(list_at(candidate, "Services"));
        for (const auto& task : list_at(candidate, "Tasks")) add(list_at(task, "Services"));
    }
    return addresses;
}

} // namespace slipway::nomad
