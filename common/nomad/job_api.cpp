#include "nomad/job_api.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace slipway::nomad {

namespace {

/// Less than proxies in between wait for a byte.
constexpr Duration longest_wait{50'000};
/// A gateway that gives up a blocking read after that long only has less patience than we.
constexpr Duration patience_of_gateways{5'000};
/// What a request may take beside its waiting.
constexpr Duration usual_timeout{15'000};
/// Between reads that cannot wait on the server, since something in between hides its index.
constexpr Duration polling{1'000};
constexpr Duration first_pause{250};
constexpr Duration longest_pause{2'000};
constexpr Duration log_timeout{10'000};
/// Nomad keeps 100 MB of what a task prints and sends all from a byte on, while a step has little memory.
constexpr std::uint64_t most_log_bytes = 32 * 1024 * 1024;

/// A factor that keeps many steps from asking at the same moment.
double jitter() {
    static thread_local std::minstd_rand engine(std::random_device{}());
    return std::uniform_real_distribution<double>(0.5, 1)(engine);
}

template <class Item> std::vector<Item> read_list(const Json& json, Item (*read)(const Json&)) {
    std::vector<Item> items;
    if (!json.is_array()) return items;
    for (const auto& element : json) {
        if (element.is_object()) items.push_back(read(element));
    }
    return items;
}

} // namespace

Json Submission::to_json() const {
    Json json = {{"Source", source}, {"Format", format}};
    if (!flags.empty()) json["VariableFlags"] = flags;
    if (!variables.empty()) json["Variables"] = variables;
    return json;
}

JobApi::JobApi(Http& http, JobKey job, io::Steady deadline, cli::Context& context) : http_(http), job_(std::move(job)), deadline_(deadline), context_(context) {}

JobApi JobApi::of(std::string job_id) const { return JobApi(http_, {std::move(job_id), job_.name_space}, deadline_, context_); }

Duration JobApi::time_left() const { return std::max(Duration{0}, std::chrono::ceil<Duration>(deadline_ - context_.clock.steady())); }

std::string JobApi::job_path(std::string_view rest) const { return "/v1/job/" + percent_encode(job_.id) + std::string(rest); }

/// Asks until there is an answer or no time left. Nothing for 404.
std::optional<Read<Json>> JobApi::read(const std::string& path, std::string_view capability, const Query& query, Newer newer) {
    auto pause = first_pause;
    std::optional<io::Steady> out_since;
    for (;;) {
        const auto began = context_.clock.steady();
        auto asked = query;
        // Nomad takes a wait of 0 for one of five minutes.
        const auto wait = newer.index > 0 ? std::min({newer.wait, longest_wait, time_left()}) : Duration{0};
        if (wait > Duration{0}) asked.insert(asked.end(), {{"index", std::to_string(newer.index)}, {"wait", std::to_string(wait.count()) + "ms"}});
        try {
            const auto answer = http_.get(path, job_.name_space, asked, capability, wait + wait / 16 + usual_timeout);
            auto json = answer.status == 200 ? parse_answer(answer.text) : Json();
            if (json.is_discarded()) throw world_failure("GET " + path + ": the answer is no JSON", "is --nomad-addr really a Nomad server's?");
            if (out_since) context_.log.info("Nomad answers again after " + format_duration(std::chrono::floor<std::chrono::seconds>(began - *out_since)));
            if (answer.status != 200) return std::nullopt;
            // A restored server counts anew, and would let us wait for a number that it had before: what it says now is read anew.
            const bool is_older = answer.index < newer.index;
            if (newer.wait > Duration{0} && (answer.index == 0 || is_older)) context_.clock.sleep_for(std::min(time_left(), polling));
            return Read<Json>{std::move(json), is_older ? 0 : answer.index};
        } catch (const NoPermission&) {
            throw;
        } catch (const io::LastingError&) {
            throw;
        } catch (const Error& error) {
            const bool is_gateway = dynamic_cast<const GatewayTimeout*>(&error) != nullptr;
            if (is_gateway && wait > Duration{0} && context_.clock.steady() - began >= patience_of_gateways) continue;
            if (error.code() != ExitCode::world || time_left() <= Duration{0}) throw;
            if (!out_since) {
                context_.log.warning(std::string("Nomad does not answer: ") + error.what() + "; asking again for " + format_duration(std::chrono::floor<std::chrono::seconds>(time_left())));
                out_since = began;
            }
        }
        context_.clock.sleep_for(std::min(time_left(), std::chrono::duration_cast<Duration>(pause * jitter())));
        pause = std::min(pause * 2, longest_pause);
    }
}

template <class Item> std::optional<Read<Item>> JobApi::read_one(const std::string& path, std::string_view capability, Newer newer, Item (*reader)(const Json&)) {
    auto answer = read(path, capability, {}, newer);
    if (!answer || !answer->value.is_object()) return std::nullopt;
    return Read<Item>{reader(answer->value), answer->index};
}

std::optional<JobVersion> JobApi::job() {
    auto answer = read_one(job_path(""), "read-job", {}, &read_job);
    return answer ? std::optional(std::move(answer->value)) : std::nullopt;
}

std::vector<JobVersion> JobApi::versions() {
    const auto answer = read(job_path("/versions"), "read-job");
    auto all = answer ? read_list(value_at(answer->value, "Versions"), &read_job) : std::vector<JobVersion>();
    std::stable_sort(all.begin(), all.end(), [](const auto& one, const auto& other) { return one.version > other.version; });
    return all;
}

std::vector<Deployment> JobApi::deployments() {
    const auto answer = read(job_path("/deployments"), "read-job");
    auto all = answer ? read_list(answer->value, &read_deployment) : std::vector<Deployment>();
    // A version may have had several.
    const auto age = [](const Deployment& deployment) { return std::pair(deployment.job_version, deployment.modify_index); };
    std::stable_sort(all.begin(), all.end(), [&](const auto& one, const auto& other) { return age(one) > age(other); });
    return all;
}

std::optional<Deployment> JobApi::latest_deployment() {
    auto answer = read_one(job_path("/deployment"), "read-job", {}, &read_deployment); // null when there is none
    return answer ? std::optional(std::move(answer->value)) : std::nullopt;
}

std::optional<Read<Evaluation>> JobApi::evaluation(const std::string& id, Newer newer) { return read_one("/v1/evaluation/" + percent_encode(id), "read-job", newer, &read_evaluation); }

std::optional<Read<Deployment>> JobApi::deployment(const std::string& id, Newer newer) { return read_one("/v1/deployment/" + percent_encode(id), "read-job", newer, &read_deployment); }

Read<std::vector<Allocation>> JobApi::allocations(Newer newer) {
    const auto answer = read(job_path("/allocations"), "read-job", {{"all", "true"}}, newer);
    if (!answer) return {};
    return {read_list(answer->value, &read_allocation), answer->index};
}

std::vector<Allocation> JobApi::deployment_allocations(const std::string& deployment_id) {
    const auto answer = read("/v1/deployment/allocations/" + percent_encode(deployment_id), "read-job");
    return answer ? read_list(answer->value, &read_allocation) : std::vector<Allocation>();
}

std::vector<Evaluation> JobApi::evaluations() {
    const auto answer = read(job_path("/evaluations"), "read-job");
    return answer ? read_list(answer->value, &read_evaluation) : std::vector<Evaluation>();
}

std::vector<std::string> JobApi::children() {
    const auto answer = read("/v1/jobs", "list-jobs", {{"prefix", job_.id + '/'}});
    std::vector<std::string> ids;
    if (!answer || !answer->value.is_array()) return ids;
    for (const auto& job : answer->value) {
        if (text_at(job, "ParentID") == job_.id) ids.push_back(text_at(job, "ID"));
    }
    return ids;
}

Json JobApi::allocation(const std::string& id) {
    auto answer = read("/v1/allocation/" + percent_encode(id), "read-job");
    return answer ? std::move(answer->value) : Json();
}

std::vector<ServiceAddress> JobApi::services(const std::string& name) {
    const auto answer = read("/v1/service/" + percent_encode(name), "read-job");
    return answer ? read_services(answer->value) : std::vector<ServiceAddress>();
}

/// What the node of an allocation is asked through the server; it may be gone, so nobody waits for it.
std::optional<std::string> JobApi::ask_client(const std::string& path, const Query& query, std::string_view capability) {
    try {
        const auto answer = http_.get(path, job_.name_space, query, capability, log_timeout, most_log_bytes);
        return answer.status == 200 ? std::optional(answer.text) : std::nullopt;
    } catch (const NoPermission&) {
        throw;
    } catch (const io::LastingError&) {
        throw;
    } catch (const Error& error) {
        if (error.code() != ExitCode::world) throw;
        context_.log.debug(error.what());
        return std::nullopt;
    }
}

std::vector<CheckState> JobApi::checks(const std::string& allocation) {
    const auto text = ask_client("/v1/client/allocation/" + percent_encode(allocation) + "/checks", {}, "read-job");
    return read_checks(text ? parse_answer(*text) : Json());
}

std::optional<std::string> JobApi::log_tail(const std::string& allocation, const std::string& task, LogStream stream, std::size_t bytes) {
    auto text = log(allocation, task, stream, {{"origin", "end"}, {"offset", std::to_string(bytes)}});
    if (text && text->size() > bytes) text->erase(0, text->size() - bytes);
    return text;
}

std::optional<std::string> JobApi::log_from(const std::string& allocation, const std::string& task, LogStream stream, std::uint64_t offset) {
    return log(allocation, task, stream, {{"origin", "start"}, {"offset", std::to_string(offset)}});
}

std::optional<std::string> JobApi::log(const std::string& allocation, const std::string& task, LogStream stream, Query query) {
    query.insert(query.end(), {{"task", task}, {"type", stream == LogStream::out ? "stdout" : "stderr"}, {"plain", "true"}});
    return ask_client("/v1/client/fs/logs/" + percent_encode(allocation), query, "read-logs");
}

Written JobApi::register_job(const Json& job, std::uint64_t enforced_index, const std::optional<Submission>& submission) {
    Json body = {{"Job", job}, {"EnforceIndex", true}, {"JobModifyIndex", enforced_index}};
    if (submission) body["Submission"] = submission->to_json();
    return http_.write("/v1/jobs", job_.name_space, {}, body, "submit-job");
}

Written JobApi::revert(std::uint64_t version, std::uint64_t enforced_current) {
    return http_.write(job_path("/revert"), job_.name_space, {}, {{"JobID", job_.id}, {"JobVersion", version}, {"EnforcePriorVersion", enforced_current}}, "submit-job");
}

Written JobApi::fail(const std::string& deployment_id) {
    return http_.write("/v1/deployment/fail/" + percent_encode(deployment_id), job_.name_space, {}, {{"DeploymentID", deployment_id}}, "submit-job");
}

Written JobApi::promote(const std::string& deployment_id) {
    return http_.write("/v1/deployment/promote/" + percent_encode(deployment_id), job_.name_space, {}, {{"DeploymentID", deployment_id}, {"All", true}}, "submit-job");
}

Written JobApi::dispatch(const std::map<std::string, std::string>& meta, const std::string& payload, const std::string& token) {
    Json body = {{"Meta", meta}};
    if (!payload.empty()) body["Payload"] = base64(payload);
    return http_.write(job_path("/dispatch"), job_.name_space, {{"idempotency_token", token}}, body, "dispatch-job");
}

Written JobApi::force_periodic() { return http_.write(job_path("/periodic/force"), job_.name_space, {}, Json::object(), "submit-job"); }

Written JobApi::stop(Purge purge) { return http_.write(job_path(""), job_.name_space, {{"purge", purge == Purge::yes ? "true" : ""}}, {}, "submit-job"); }

} // namespace slipway::nomad
