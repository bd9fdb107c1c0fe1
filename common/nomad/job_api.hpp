#pragma once

#include "cli/context.hpp"
#include "nomad/http.hpp"
#include "nomad/model.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::nomad {

/// A value, and the index that a blocking read of something newer names.
template <class T> struct Read {
    T value;
    std::uint64_t index = 0;
};

/// What a blocking read waits for: something newer than `index`, for at most `wait`. Index 0 does not wait.
struct Newer {
    std::uint64_t index = 0;
    Duration wait{0};
};

/// The source of a job, which Nomad shows beside it. Nomad 1.6 and newer.
struct Submission {
    std::string source;
    std::string format; ///< hcl2 or json
    std::map<std::string, std::string> flags; ///< of --var
    std::string variables;                    ///< text of files of variables

    Json to_json() const;
};

/// One job on a Nomad server, after it was registered.
///
/// Reads are repeated until they are answered or the deadline is there, each outage said once in the log: a server that restarts or has
/// no leader is no reason to end. 401 and 403 throw at once, and so does what no repetition heals; at the deadline the last failure is thrown.
/// Writes are sent once.
///
/// Blocking reads ask Nomad to wait 50 s at most, which is less than proxies in between do.
class JobApi {
public:
    /// @param deadline  of all reads
    JobApi(Http& http, JobKey job, io::Steady deadline, cli::Context& context);

    const JobKey& key() const noexcept { return job_; }
    /// The same server and deadline, and another job, such as the child of a periodic one.
    JobApi of(std::string job_id) const;
    /// Time until the deadline; 0 when it has passed.
    Duration time_left() const;

    /// Nothing when there is no such job.
    std::optional<JobVersion> job();
    /// Newest first; empty when there is no such job.
    std::vector<JobVersion> versions();
    /// Newest first.
    std::vector<Deployment> deployments();
    std::optional<Deployment> latest_deployment();
    /// Nothing when it was collected as garbage.
    std::optional<Read<Evaluation>> evaluation(const std::string& id, Newer newer = {});
    std::optional<Read<Deployment>> deployment(const std::string& id, Newer newer = {});
    /// Of all versions, also those that have ended.
    Read<std::vector<Allocation>> allocations(Newer newer = {});
    std::vector<Allocation> deployment_allocations(const std::string& deployment_id);
    std::vector<Evaluation> evaluations();
    /// Ids of the jobs that this one has started, periodic or dispatched.
    std::vector<std::string> children();
    /// The whole of it, with its job and ports; null when it is gone.
    Json allocation(const std::string& id);
    std::vector<CheckState> checks(const std::string& allocation);
    /// Addresses registered with Nomad itself, of all jobs that have a service of this name.
    std::vector<ServiceAddress> services(const std::string& name);

    enum class LogStream { out, err };
    /// The last bytes of what a task printed. Nothing when there is no log, or its node does not answer: asked once.
    /// @throws NoPermission; io::LastingError when it is too large
    std::optional<std::string> log_tail(const std::string& allocation, const std::string& task, LogStream stream, std::size_t bytes);
    /// From a byte on; the same.
    std::optional<std::string> log_from(const std::string& allocation, const std::string& task, LogStream stream, std::uint64_t offset);

    /// PUT /v1/jobs. @param enforced_index  JobModifyIndex that the job must have now; 0: there must be none
    Written register_job(const Json& job, std::uint64_t enforced_index, const std::optional<Submission>& submission);
    Written revert(std::uint64_t version, std::uint64_t enforced_current);
    Written fail(const std::string& deployment_id);
    /// All groups.
    Written promote(const std::string& deployment_id);
    /// @param token  makes a repetition harmless (DispatchIdempotencyToken)
    Written dispatch(const std::map<std::string, std::string>& meta, const std::string& payload, const std::string& token);
    Written force_periodic();
    enum class Purge { no, yes };
    Written stop(Purge purge);

private:
    std::string job_path(std::string_view rest) const;
    std::optional<Read<Json>> read(const std::string& path, std::string_view capability, const Query& query = {}, Newer newer = {});
    template <class Item> std::optional<Read<Item>> read_one(const std::string& path, std::string_view capability, Newer newer, Item (*reader)(const Json&));
    std::optional<std::string> ask_client(const std::string& path, const Query& query, std::string_view capability);
    std::optional<std::string> log(const std::string& allocation, const std::string& task, LogStream stream, Query query);

    Http& http_;
    JobKey job_;
    io::Steady deadline_;
    cli::Context& context_;
};

} // namespace slipway::nomad
