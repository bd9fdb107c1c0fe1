#pragma once

#include "io/http.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slipway::fake {

/// The dashboards, folders and annotations of a Grafana, by its HTTP API; grafana_server.py is the same over the network.
struct Grafana {
    using Json = nlohmann::ordered_json;

    std::map<std::string, Json> dashboards; ///< by uid
    std::map<std::string, std::string> folder_of;
    std::set<std::string> folders;
    std::set<std::string> provisioned;
    std::vector<Json> annotations;
    std::string loses; ///< a key that it does not store
    /// Answers in its place.
    std::function<std::optional<io::Response>(const io::Request&)> misbehave = [](const io::Request&) { return std::nullopt; };

    io::Response answer(const io::Request& request, const std::string& base) {
        if (auto own = misbehave(request)) return *own;
        const auto path = request.url.substr(base.size());
        const auto* text = std::get_if<std::string>(&request.body);
        const auto body = text ? Json::parse(*text) : Json();
        if (request.method == "GET" && path.starts_with("/api/dashboards/uid/")) return dashboard(path.substr(20));
        if (request.method == "GET" && path.starts_with("/api/folders/")) {
            const auto uid = path.substr(13);
            return folders.count(uid) == 0 ? said(404, "folder not found") : json({{"uid", uid}});
        }
        if (path == "/api/dashboards/db") return save(body);
        if (path == "/api/folders") {
            folders.insert(body.at("uid"));
            return json(body);
        }
        if (path == "/api/annotations") {
            annotations.push_back(body);
            return json({{"message", "Annotation added"}, {"id", annotations.size()}});
        }
        return said(404, "Not found");
    }

private:
    static io::Response json(const Json& body) { return {200, {}, body.dump()}; }
    static io::Response said(int status, const char* message) { return {status, {}, Json{{"message", message}}.dump()}; }

    io::Response dashboard(const std::string& uid) {
        const auto found = dashboards.find(uid);
        if (found == dashboards.end()) return said(404, "Dashboard not found");
        return json({{"meta", {{"folderUid", folder_of[uid]}, {"provisioned", provisioned.count(uid) != 0}}}, {"dashboard", found->second}});
    }

    io::Response save(const Json& body) {
        auto model = body.at("dashboard");
        const std::string uid = model.at("uid");
        const auto folder = body.value("folderUid", std::string());
        if (!folder.empty() && folders.count(folder) == 0) return said(404, "folder not found");
        const int version = dashboards.count(uid) == 0 ? 1 : dashboards[uid].at("version").get<int>() + 1;
        model["id"] = 1;
        model["version"] = version;
        model.erase(loses);
        dashboards[uid] = model;
        folder_of[uid] = folder;
        return json({{"id", 1}, {"uid", uid}, {"status", "success"}, {"version", version}});
    }
};

} // namespace slipway::fake
