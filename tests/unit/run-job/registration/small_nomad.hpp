#pragma once

#include "fakes.hpp"
#include "nomad/client.hpp"
#include "nomad/job_api.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace slipway::run_job {

/// One job on a Nomad that answers as the real one does, and loses answers where it is told to.
struct SmallNomad {
    enum class Fault {
        none,
        before, ///< the connection breaks, and nothing was done
        after,  ///< it was done, and the connection breaks
        late,   ///< the connection breaks, and it is done before the next write
    };

    fake::World world;
    nomad::ConnectionOptions options{.server = {.url = "http://127.0.0.1:4646"}};
    nomad::Json job;                ///< what stands; null: nothing
    std::vector<nomad::Json> versions; ///< newest first
    nomad::Json evaluations = nomad::Json::array();
    std::vector<std::string> children;
    std::uint64_t index = 100;
    std::vector<Fault> faults;         ///< of the writes, one after the other
    std::function<void(const std::string&)> before_write = [](const std::string&) {}; ///< gets the path
    std::function<std::optional<io::Response>(const io::Request&)> instead = [](const io::Request&) -> std::optional<io::Response> { return std::nullopt; };
    int processed = 0;                 ///< writes that changed something
    int sent = 0;                      ///< writes that were asked for
    nomad::Json last_body;
    std::map<std::string, std::string> dispatched; ///< token -> child

    SmallNomad() {
        world.on_request = [this](const io::Request& request) { return answer(request); };
    }

    /// Somebody, whoever it is, registers a job.
    void put(nomad::Json spec) {
        const auto version = versions.empty() ? 0 : versions.front()["Version"].get<int>() + 1;
        spec["Version"] = version;
        spec["JobModifyIndex"] = ++index;
        job = std::move(spec);
        versions.insert(versions.begin(), job);
        evaluations.push_back({{"ID", "eval-" + std::to_string(index)}, {"JobModifyIndex", index}, {"CreateIndex", index}, {"TriggeredBy", "job-register"}});
    }

    template <class Work> auto with(Work work) {
        auto context = world.context();
        nomad::Http http(options, context);
        nomad::Client client(options, context);
        nomad::JobApi api(http, {"web", ""}, world.clock.steady() + Duration{60'000}, context);
        return work(api, client, context);
    }

private:
    static io::Response ok(const nomad::Json& json) { return {200, {{"X-Nomad-Index", "1"}}, json.dump()}; }
    static nomad::Json without_numbers(nomad::Json spec) {
        for (const char* key : {"Version", "JobModifyIndex"}) spec.erase(key);
        return spec;
    }

    io::Response answer(const io::Request& request) {
        if (const auto other = instead(request)) return *other;
        const auto path = request.url.substr(std::string("http://127.0.0.1:4646").size());
        const auto* text = std::get_if<std::string>(&request.body);
        const auto body = text != nullptr ? nomad::Json::parse(*text) : nomad::Json();
        if (path.ends_with("/plan")) return plan(body["Job"]);
        if (request.method != "GET") return write(path, body);
        if (path.ends_with("/versions")) return ok({{"Versions", versions}});
        if (path.ends_with("/evaluations")) return ok(path.find("%2F") == std::string::npos ? evaluations : nomad::Json::array({{{"ID", "eval-of-child"}, {"CreateIndex", 7}}}));
        if (path.starts_with("/v1/evaluation/")) return ok({{"ID", "eval-of-child"}, {"JobID", children.empty() ? "" : children.back()}});
        if (path.starts_with("/v1/jobs?prefix")) {
            auto list = nomad::Json::array();
            for (const auto& child : children) list.push_back({{"ID", child}, {"ParentID", "web"}});
            return ok(list);
        }
        return job.is_null() ? io::Response{404, {}, "job not found"} : ok(job);
    }

    io::Response plan(const nomad::Json& spec) const {
        const bool same = !job.is_null() && without_numbers(job) == without_numbers(spec);
        return ok({{"JobModifyIndex", job.is_null() ? nomad::Json(0) : job["JobModifyIndex"]}, {"Diff", {{"Type", same ? "None" : job.is_null() ? "Added" : "Edited"}, {"ID", "web"}}}});
    }

    io::Response write(const std::string& path, const nomad::Json& body) {
        if (late_) std::exchange(late_, {})();
        before_write(path);
        last_body = body;
        const auto fault = faults.size() > static_cast<std::size_t>(sent) ? faults[static_cast<std::size_t>(sent)] : Fault::none;
        ++sent;
        if (fault == Fault::before) throw world_failure("connection refused");
        if (fault == Fault::late) {
            late_ = [this, path, body] { process(path, body); };
            throw world_failure("timeout");
        }
        auto response = process(path, body);
        if (fault == Fault::after) throw world_failure("connection reset");
        return response;
    }

    io::Response process(const std::string& path, const nomad::Json& body) {
        if (path.starts_with("/v1/jobs")) {
            const auto enforced = body["JobModifyIndex"].get<std::uint64_t>();
            const auto now = job.is_null() ? 0 : job["JobModifyIndex"].get<std::uint64_t>();
            const auto prefix = "Enforcing job modify index " + std::to_string(enforced);
            if (enforced == 0 && now != 0) return {500, {}, prefix + ": job already exists"};
            if (enforced != now) return {500, {}, prefix + ": job exists with conflicting job modify index: " + std::to_string(now)};
            ++processed;
            put(body["Job"]);
            return ok({{"EvalID", "eval-" + std::to_string(index)}, {"JobModifyIndex", index}, {"Warnings", "1 warning:\n\n* old"}});
        }
        if (path.find("/dispatch") != std::string::npos) {
            if (body["Meta"].empty()) return {500, {}, "Dispatch did not provide required meta keys: [who]"};
            const auto token = path.substr(path.find("idempotency_token="));
            if (const auto known = dispatched.find(token); known != dispatched.end()) return ok({{"DispatchedJobID", known->second}, {"EvalID", ""}});
            ++processed;
            children.push_back("web/dispatch-" + std::to_string(processed));
            dispatched[token] = children.back();
            return ok({{"DispatchedJobID", children.back()}, {"EvalID", "eval-of-child"}});
        }
        if (path.ends_with("/periodic/force")) {
            if (job.is_null()) return {500, {}, "job not found"};
            ++processed;
            children.push_back("web/periodic-" + std::to_string(processed));
            return ok({{"EvalID", "eval-of-child"}});
        }
        if (job.is_null()) return ok({{"EvalID", ""}});
        ++processed;
        if (path.find("purge=true") != std::string::npos) {
            job = nullptr;
        } else {
            job["Stop"] = true;
        }
        return ok({{"EvalID", "eval-stop"}});
    }

    std::function<void()> late_;
};

} // namespace slipway::run_job
