#pragma once

#include "core/text.hpp"
#include "fakes.hpp"
#include "nomad/job_api.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace slipway::run_job {

/// A job "web" on a Nomad, just as much of it as is read after a registration. What its answers are is said by the tables of tests.
class NomadDouble {
public:
    fake::World world;
    std::vector<nomad::Json> versions; ///< newest first
    std::map<std::string, nomad::Json> deployments;
    std::vector<std::string> writes; ///< "PUT /v1/..." in their order, those that were lost included
    /// Answers a write; may throw, as a lost answer does.
    std::function<io::Response(const std::string& path, const nomad::Json& body)> on_write;

    NomadDouble() {
        world.on_request = [this](const io::Request& request) { return answer(request); };
    }

    nomad::JobApi api(cli::Context& context, Duration time = Duration{60'000}) {
        if (!http_) http_ = std::make_unique<nomad::Http>(options_, context);
        return nomad::JobApi(*http_, {"web", ""}, context.clock.steady() + time, context);
    }

    nomad::Json& add_version(std::uint64_t number, bool stable, const std::string& image) {
        nomad::Json version = {{"ID", "web"}, {"Type", "service"}, {"Status", "running"}, {"Version", number}, {"Stable", stable}, {"Stop", false}, {"JobModifyIndex", 100 + number * 10}, {"TaskGroups", {{{"Name", "web"}, {"Image", image}}}}};
        versions.insert(versions.begin(), std::move(version));
        return versions.front();
    }

    nomad::Json& add_deployment(const std::string& id, std::uint64_t version, const std::string& status, std::uint64_t canaries = 0, std::uint64_t healthy = 0, const std::string& description = {}) {
        nomad::Json group = {{"DesiredTotal", 2}, {"DesiredCanaries", canaries}, {"PlacedAllocs", 2}, {"HealthyAllocs", healthy}, {"Promoted", false}};
        return deployments[id] = {{"ID", id}, {"JobID", "web"}, {"JobVersion", version}, {"JobSpecModifyIndex", 100 + version * 10}, {"ModifyIndex", 5}, {"Status", status}, {"StatusDescription", description}, {"TaskGroups", {{"web", group}}}};
    }

    static io::Response json(const nomad::Json& body) { return {200, {{"X-Nomad-Index", "7"}}, body.dump()}; }
    static Error lost() { return world_failure("PUT: connection reset"); }

private:
    io::Response answer(const io::Request& request) {
        auto path = request.url.substr(request.url.find("/v1/"));
        path = path.substr(0, path.find('?'));
        if (request.method != "GET") {
            writes.push_back(request.method + ' ' + path);
            const auto* body = std::get_if<std::string>(&request.body);
            return on_write(path, body == nullptr ? nomad::Json() : nomad::Json::parse(*body));
        }
        if (path == "/v1/job/web") return versions.empty() ? io::Response{404, {}, "job not found"} : json(versions.front());
        if (path == "/v1/job/web/versions") return json({{"Versions", versions}});
        if (path == "/v1/job/web/deployments") {
            auto all = nomad::Json::array();
            for (const auto& [id, deployment] : deployments) all.push_back(deployment);
            return json(all);
        }
        if (path.starts_with("/v1/deployment/allocations/") || path.ends_with("/evaluations") || path.ends_with("/allocations")) return json(nomad::Json::array());
        if (path.starts_with("/v1/deployment/")) {
            const auto found = deployments.find(path.substr(15));
            return found == deployments.end() ? io::Response{404, {}, "deployment not found"} : json(found->second);
        }
        return {404, {}, {}};
    }

    nomad::ConnectionOptions options_{.server = {.url = "http://127.0.0.1:4646"}};
    std::unique_ptr<nomad::Http> http_;
};

} // namespace slipway::run_job
