#pragma once

#include "core/timestamp.hpp"
#include "io/http.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace slipway::grafana {

using Json = nlohmann::ordered_json;

/// A dashboard as Grafana has it.
struct StoredDashboard {
    Json model;             ///< its JSON, with what Grafana adds
    std::string folder_uid; ///< empty: none
    bool provisioned = false; ///< it comes from a file of the server, and cannot be changed by the API
};

/// Something that happened, shown as a line in the panels of a dashboard.
struct Annotation {
    std::string dashboard_uid;
    Timestamp time;
    std::vector<std::string> tags;
    std::string text;
};

/// Grafana's HTTP API, as far as it concerns dashboards. The client's settings carry the token of a service account, or a user and
/// password.
///
/// Every function throws Error: refused with Grafana's own words when it does not take what we send (400, 409, 412, 413, 422), world failure when
/// there is no proper answer: no connection, no permission, a login page.
///
/// @source Grafana documentation, "HTTP API": dashboard, folder and annotations
class Client {
public:
    /// @param base_url  without slash at the end; may have a path
    Client(io::HttpClient& http, std::string base_url) : http_(http), base_url_(std::move(base_url)) {}

    /// GET /api/dashboards/uid/:uid; nothing when there is no such dashboard.
    std::optional<StoredDashboard> dashboard(const std::string& uid);

    /// POST /api/dashboards/db in place of the dashboard of the same uid. Sent again where that may help: it changes nothing then.
    ///
    /// @param model       with "uid"
    /// @param folder_uid  empty: in no folder
    /// @param message     for the dashboard's history
    /// @throws Error (refused) also when Grafana stored it under another uid
    void save(const Json& model, const std::string& folder_uid, const std::string& message);

    /// GET /api/folders/:uid
    bool has_folder(const std::string& uid);

    /// POST /api/folders; a folder that somebody else makes meanwhile is as good.
    void make_folder(const std::string& uid, const std::string& title);

    /// POST /api/annotations. Not to be sent twice: Grafana would show it twice. libcurl sends again what went over a connection that was
    /// kept open and ended without an answer, so this wants an HTTP client that has sent nothing yet.
    void annotate(const Annotation& annotation);

    const std::string& base_url() const noexcept { return base_url_; }

private:
    io::Request request_for(const char* method, const std::string& path) const;
    Json answer_of(const io::Request& request, const io::Response& response) const;

    io::HttpClient& http_;
    std::string base_url_;
};

/// Where a dashboard is not as it was sent: "panels[3].title"; empty when it is. Grafana's own additions do not count: id, version, a
/// schema version that it moved up, keys that were not sent.
std::string difference(const Json& sent, const Json& stored);

} // namespace slipway::grafana
