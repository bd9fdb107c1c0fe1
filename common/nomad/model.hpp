#pragma once

#include "core/duration.hpp"
#include "core/timestamp.hpp"
#include "nomad/json.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What Nomad's API says, as far as somebody here reads it. A field that an older Nomad (1.4 and newer are known) does not send has its
// default. Times are the server's clock.
// @source https://developer.hashicorp.com/nomad/api-docs, and the answers of Nomad 2.0.5
namespace slipway::nomad {

/// A job and where it is; what every request about it names.
struct JobKey {
    std::string id;
    std::string name_space; ///< empty: the server's default

    bool operator==(const JobKey&) const = default;
};

/// "web", or "team/web" outside the default namespace; safe to show.
std::string to_string(const JobKey& job);

/// A job as it is registered.
struct JobVersion {
    std::uint64_t version = 0;
    std::string type;   ///< service, batch, system, sysbatch
    std::string status; ///< pending, running, dead
    bool stable = false;
    bool stopped = false;
    bool periodic = false;
    bool parameterized = false;
    std::uint64_t job_modify_index = 0; ///< of the last registration; what EnforceIndex and a deployment's spec_modify_index speak of
    std::optional<Timestamp> submitted;
    Json job; ///< as the server sent it
};

struct Evaluation {
    std::string id;
    std::string job_id; ///< of a child, where a periodic or parameterized job was started
    std::string type;
    std::string status; ///< pending, blocked, complete, failed, canceled
    std::string description;
    std::string triggered_by; ///< job-register, alloc-failure, ...
    std::string deployment_id; ///< empty: none
    std::string blocked_eval;
    std::string next_eval;
    std::uint64_t job_modify_index = 0; ///< 0 when the registration changed nothing
    std::uint64_t create_index = 0;
    std::map<std::string, std::uint64_t> queued; ///< allocations that wait, by group
    Json failed_groups; ///< FailedTGAllocs; see placement_failures in plan.hpp. Null when all were placed
};

/// A task group within a deployment; counts are allocations.
struct GroupState {
    std::string name;
    std::uint64_t desired_total = 0;
    std::uint64_t desired_canaries = 0;
    std::uint64_t placed = 0;
    std::uint64_t healthy = 0;
    std::uint64_t unhealthy = 0;
    std::vector<std::string> canaries; ///< allocations
    bool promoted = false;
    bool auto_promote = false;
    bool auto_revert = false;

    /// Whether somebody has to promote before more than the canaries is placed.
    bool waits_for_promotion() const { return desired_canaries > 0 && !promoted; }
    /// How many should be placed by now.
    std::uint64_t wanted() const { return waits_for_promotion() ? desired_canaries : desired_total; }
};

struct Deployment {
    std::string id;
    std::string job_id;
    std::string status; ///< initializing, pending, running, blocked, unblocking, paused, successful, failed, cancelled
    std::string description;
    std::uint64_t job_version = 0;
    std::uint64_t spec_modify_index = 0; ///< the job_modify_index of the registration that it belongs to
    std::uint64_t modify_index = 0;
    bool is_multiregion = false;
    std::optional<Timestamp> created; ///< Nomad 1.9 and newer
    std::vector<GroupState> groups;

    bool is_over() const { return status == "successful" || status == "failed" || status == "cancelled"; }
    bool waits_for_promotion() const;
    /// Whether each group that waits for promotion has its canaries healthy, and at least one waits.
    bool canaries_are_healthy() const;
    /// Whether Nomad promotes by itself.
    bool promotes_itself() const;
};

struct TaskEvent {
    std::string type;    ///< Received, Started, Terminated, Driver Failure, ...
    std::string message; ///< DisplayMessage
    Timestamp time{};
    std::optional<int> exit_code; ///< of Terminated
    int signal = 0;
    bool out_of_memory = false; ///< killed for it
};

struct TaskState {
    std::string name;
    std::string state; ///< pending, running, dead
    bool failed = false;
    std::uint64_t restarts = 0;
    std::optional<Timestamp> started;
    std::optional<Timestamp> finished;
    std::vector<TaskEvent> events; ///< oldest first; Nomad keeps ten
};

struct Allocation {
    std::string id;
    std::string job_id;
    std::string name;  ///< "web.group[0]"
    std::string group;
    std::string node_id;
    std::string node_name;
    std::string eval_id;
    std::string deployment_id;  ///< not in lists of all servers
    std::string client_status;  ///< pending, running, complete, failed, lost, unknown
    std::string desired_status; ///< run, stop, evict
    std::string client_description;
    std::string desired_description;
    std::string next_allocation; ///< that replaced it; empty: none
    std::string followup_eval;   ///< that will reschedule it; empty: none
    std::uint64_t job_version = 0;
    std::uint64_t create_index = 0;
    std::uint64_t modify_index = 0;
    std::optional<Timestamp> created;
    bool canary = false;
    std::optional<bool> healthy; ///< as its deployment sees it
    std::vector<TaskState> tasks; ///< in the order of their names

    /// Whether its tasks have ended and will not start again by themselves.
    bool is_over() const { return client_status == "complete" || client_status == "failed" || client_status == "lost"; }
};

/// Something that listens for a service of the job.
struct ServiceAddress {
    std::string service;
    std::string provider; ///< nomad or consul
    std::string address;  ///< host:port, IPv6 in brackets
    std::string allocation;
    std::vector<std::string> tags;

    bool operator==(const ServiceAddress&) const = default;
};

/// The outcome of a Nomad service check of an allocation.
struct CheckState {
    std::string service;
    std::string check;
    std::string status; ///< success, failure, pending
    std::string output;
    int status_code = 0; ///< of HTTP; 0: there is none
};

/// The first 8 digits of an allocation's, deployment's or evaluation's id, as Nomad's own tools show it.
std::string short_id(std::string_view id);

// Each takes an object of the API, and is safe for whatever a server sends in its place.
JobVersion read_job(const Json& json);
Evaluation read_evaluation(const Json& json);
Deployment read_deployment(const Json& json);
Allocation read_allocation(const Json& json);
/// Of GET /v1/client/allocation/:id/checks.
std::vector<CheckState> read_checks(const Json& json);
/// Of GET /v1/service/:name.
std::vector<ServiceAddress> read_services(const Json& json);

/// The addresses at which an allocation's services listen, from the whole allocation (GET /v1/allocation/:id) with its job and ports, whatever
/// the provider is; the group's services and those of its tasks. A service without a port is left out.
std::vector<ServiceAddress> addresses_of(const Json& allocation);

} // namespace slipway::nomad
