#include "nomad/model.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <climits>
#include <utility>

namespace slipway::nomad {

namespace {

/// The elements of a list; none for anything else.
const Json& list_at(const Json& object, const char* key) {
    static const Json none = Json::array();
    const auto& value = value_at(object, key);
    return value.is_array() ? value : none;
}

const Json& map_at(const Json& object, const char* key) {
    static const Json none = Json::object();
    const auto& value = value_at(object, key);
    return value.is_object() ? value : none;
}

/// A number, or digits; codes of Windows are beyond an int, and become the largest.
std::optional<int> integer_of(const Json& value) {
    const auto digits = value.is_string() ? parse_answer(value.get_ref<const std::string&>()) : value;
    if (!digits.is_number_integer()) return std::nullopt;
    if (digits.is_number_unsigned() && digits.get<std::uint64_t>() > INT_MAX) return INT_MAX;
    return static_cast<int>(std::max<std::int64_t>(digits.get<std::int64_t>(), INT_MIN));
}

bool is_true(const Json& object, const char* key) {
    const auto& value = value_at(object, key);
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
    if (const auto time = time_of_nanoseconds(value_at(json, "Time"))) event.time = *time;
    const auto& details = value_at(json, "Details");
    if (event.type == "Terminated") {
        event.exit_code = integer_of(value_at(json, "ExitCode"));
        if (!event.exit_code) event.exit_code = integer_of(value_at(details, "exit_code"));
        event.signal = integer_of(value_at(json, "Signal")).value_or(0);
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

/// Those of the group and of one of its tasks; of the group first, as Nomad looks them up.
/// @param task  empty: none
std::vector<Port> ports_of(const Json& allocation, const std::string& task) {
    const auto& resources = value_at(allocation, "AllocatedResources");
    const auto& shared = value_at(resources, "Shared");
    std::vector<Port> ports;
    for (const auto& port : list_at(shared, "Ports")) ports.push_back({text_at(port, "Label"), text_at(port, "HostIP"), number_at(port, "Value"), number_at(port, "To")});
    for (const auto& network : list_at(shared, "Networks")) add_ports(network, ports);
    for (const auto& network : list_at(value_at(value_at(resources, "Tasks"), task.c_str()), "Networks")) add_ports(network, ports);
    return ports;
}

/// Where a service of the allocation listens; empty when that is not to be known.
/// @source GetAddress in Nomad's client/serviceregistration/address.go; what only a driver knows is taken from the allocation's network
std::string address_of(const Json& service, const std::vector<Port>& ports, const Json& allocation) {
    const auto label = text_at(service, "PortLabel");
    const auto mode = text_at(service, "AddressMode");
    const auto inside = text_at(value_at(allocation, "NetworkStatus"), "Address");
    const bool is_inside = (mode == "alloc" || mode == "driver") && !inside.empty();
    auto host = is_inside ? inside : ports.empty() ? std::string() : ports.front().host;
    std::uint64_t number = 0;
    if (const auto port = std::find_if(ports.begin(), ports.end(), [&](const Port& one) { return one.label == label; }); port != ports.end()) {
        if (!is_inside) host = port->host;
        number = is_inside && port->inside > 0 ? port->inside : port->value;
    } else if (label.size() <= 5) { // a number stands for itself
        std::from_chars(label.data(), label.data() + label.size(), number);
    }
    // A name of its own may hold variables that only the node knows.
    if (const auto own = text_at(service, "Address"); !own.empty() && own.find('$') == std::string::npos) host = own;
    return host.empty() || number == 0 || number > 65535 ? std::string() : host_and_port(host, number);
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
            .periodic = value_at(json, "Periodic").is_object(),
            // What was dispatched keeps the block, and runs by itself.
            .parameterized = value_at(json, "ParameterizedJob").is_object() && !is_true(json, "Dispatched"),
            .job_modify_index = number_at(json, "JobModifyIndex"),
            .submitted = time_of_nanoseconds(value_at(json, "SubmitTime")),
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
                          .created = time_of_nanoseconds(value_at(json, "CreateTime")),
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
    const auto& status = value_at(json, "DeploymentStatus");
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
                          .created = time_of_nanoseconds(value_at(json, "CreateTime")),
                          .canary = is_true(status, "Canary"),
                          .healthy = {},
                          .tasks = {}};
    // Lists have it, the whole allocation has its job instead.
    if (!value_at(json, "JobVersion").is_number()) allocation.job_version = number_at(value_at(json, "Job"), "Version");
    if (const auto& healthy = value_at(status, "Healthy"); healthy.is_boolean()) allocation.healthy = healthy.get<bool>();
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
    const bool canary = is_true(value_at(allocation, "DeploymentStatus"), "Canary");
    std::vector<ServiceAddress> addresses;
    const auto add = [&](const Json& part, const std::string& task) {
        const auto ports = ports_of(allocation, task);
        for (const auto& service : list_at(part, "Services")) {
            auto address = address_of(service, ports, allocation);
            if (address.empty()) continue;
            const auto provider = text_at(service, "Provider");
            const auto canary_tags = texts_at(service, "CanaryTags");
            addresses.push_back({text_at(service, "Name"), provider.empty() ? "consul" : provider, std::move(address), id, canary && !canary_tags.empty() ? canary_tags : texts_at(service, "Tags")});
        }
    };
    for (const auto& candidate : list_at(value_at(allocation, "Job"), "TaskGroups")) {
        if (text_at(candidate, "Name") != group) continue;
        add(candidate, {});
        for (const auto& task : list_at(candidate, "Tasks")) add(task, text_at(task, "Name"));
    }
    return addresses;
}

} // namespace slipway::nomad
