#include "grafana/client.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <utility>

namespace slipway::grafana {

namespace {

std::string where(const io::Request& request) { return request.method + ' ' + io::url_for_people(request.url); }

/// The start of foreign text, short enough for one line.
std::string excerpt(std::string_view text) {
    auto line = one_line(trim(text.substr(0, 400)));
    if (line.size() > 240) line = line.substr(0, valid_utf8_length(line.substr(0, 240))) + "...";
    return visible(line);
}

std::string text_at(const Json& object, const char* key) {
    if (!object.is_object()) return {};
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// What Grafana says of a request that it does not grant.
std::string words_of(const Json& answer) {
    const auto message = excerpt(text_at(answer, "message"));
    const auto reason = excerpt(text_at(answer, "error"));
    return message.empty() || reason.empty() ? message + reason : message + ": " + reason;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

bool is_refusal(int status) { return status == 400 || status == 409 || status == 412 || status == 413 || status == 422; }

/// Whether a 404 is Grafana's own and about what was asked for; any other means that Grafana is not there. What it says differs between its
/// versions: "Dashboard not found", "folder not found".
bool is_not_found(const io::Response& response, std::string_view what) {
    return response.status == 404 && lower(words_of(Json::parse(response.body, nullptr, false))).find(what) != std::string::npos;
}

/// Which right is missing.
std::string hint_for_403(const std::string& path) {
    if (path.starts_with("/api/folders")) return "the service account needs the permissions folders:read and, to make the folder, folders:create";
    if (path.starts_with("/api/annotations")) return "the service account needs the permission annotations:create";
    return "the service account needs the role Editor, or the permissions dashboards:read, dashboards:create and dashboards:write in this folder";
}

std::string hint_for_refusal(const std::string& words, const std::string& status) {
    if (words.find("rovision") != std::string::npos) return "the dashboard comes from a file of the Grafana server: remove it there, or write it there with --dashboard";
    if (status == "name-exists") return "another dashboard of this folder has the same title: rename or remove it";
    if (status == "version-mismatch") return "somebody changed the dashboard at the same time: run again";
    return {};
}

constexpr const char* is_it_grafana = "is --grafana-url really Grafana's, with the path that it is served under?";

/// A number may come back in another form: 1 as 1.0.
bool is_same_number(const Json& a, const Json& b) { return a.is_number() && b.is_number() && a.get<double>() == b.get<double>(); }

std::string difference_at(const Json& sent, const Json& stored, const std::string& path) {
    const auto name = path.empty() ? "the whole" : path;
    if (sent.is_object()) {
        if (!stored.is_object()) return name;
        for (const auto& [key, value] : sent.items()) {
            const auto inner = path.empty() ? key : path + '.' + key;
            const auto found = stored.find(key);
            if (found == stored.end()) {
                if (value.is_null()) continue;
                return inner;
            }
            if (auto why = difference_at(value, *found, inner); !why.empty()) return why;
        }
        return {};
    }
    if (sent.is_array()) {
        if (!stored.is_array() || stored.size() != sent.size()) return name;
        for (std::size_t i = 0; i < sent.size(); ++i) {
            if (auto why = difference_at(sent[i], stored[i], path + '[' + std::to_string(i) + ']'); !why.empty()) return why;
        }
        return {};
    }
    return sent == stored || is_same_number(sent, stored) ? "" : name;
}

} // namespace

std::string difference(const Json& sent, const Json& stored) {
    auto own = sent;
    for (const char* of_grafana : {"id", "version"}) own.erase(of_grafana);
    const auto schema = own.find("schemaVersion");
    if (schema != own.end() && stored.is_object()) {
        const auto there = stored.find("schemaVersion");
        if (there != stored.end() && there->is_number() && schema->is_number() && there->get<double>() >= schema->get<double>()) own.erase("schemaVersion");
    }
    return difference_at(own, stored, {});
}

io::Request Client::request_for(const char* method, const std::string& path) const {
    return {.method = method, .url = base_url_ + path, .headers = {{"Accept", "application/json"}}};
}

Json Client::answer_of(const io::Request& request, const io::Response& response) const {
    auto answer = Json::parse(response.body, nullptr, false);
    const auto status = "status " + std::to_string(response.status);
    const auto words = words_of(answer);
    const auto path = request.url.substr(base_url_.size());
    if (response.status == 401) {
        throw world_failure(where(request) + ": Grafana refuses the credentials (" + status + (words.empty() ? "" : ": " + words) + ')',
                            "give the token of a service account with --grafana-token-file, or --grafana-user and --grafana-password-file; a token may have expired");
    }
    if (response.status == 403) throw world_failure(where(request) + ": Grafana does not permit it (" + status + (words.empty() ? "" : ": " + words) + ')', hint_for_403(path));
    if (!answer.is_object()) {
        // A login page has status 200, too.
        const auto text = excerpt(response.body);
        const auto what = response.ok() ? "the answer is not Grafana's" : status;
        throw world_failure(where(request) + ": " + what + (text.empty() ? "" : ": " + text), is_it_grafana);
    }
    if (response.ok()) return answer;
    const auto said = words.empty() ? excerpt(response.body) : words;
    if (is_refusal(response.status)) throw refused(where(request) + ": Grafana refuses it (" + status + "): " + said, hint_for_refusal(said, text_at(answer, "status")));
    throw world_failure(where(request) + ": " + status + ": " + said, response.status == 404 ? is_it_grafana : "");
}

std::optional<StoredDashboard> Client::dashboard(const std::string& uid) {
    const auto request = request_for("GET", "/api/dashboards/uid/" + percent_encode(uid));
    const auto response = http_.send(request);
    if (is_not_found(response, "dashboard")) return std::nullopt;
    auto answer = answer_of(request, response);
    const auto model = answer.find("dashboard");
    const auto meta = answer.find("meta");
    if (model == answer.end() || !model->is_object() || meta == answer.end() || !meta->is_object()) throw world_failure(where(request) + ": the answer is not Grafana's: " + excerpt(response.body), is_it_grafana);
    const auto provisioned = meta->find("provisioned");
    return StoredDashboard{.model = *model, .folder_uid = text_at(*meta, "folderUid"), .provisioned = provisioned != meta->end() && *provisioned == true};
}

void Client::save(const Json& model, const std::string& folder_uid, const std::string& message) {
    auto request = request_for("POST", "/api/dashboards/db");
    request.headers.push_back({"Content-Type", "application/json"});
    Json body = {{"dashboard", model}};
    // Without an id Grafana finds the dashboard by its uid.
    body["dashboard"]["id"] = nullptr;
    body["dashboard"].erase("version");
    if (!folder_uid.empty()) body["folderUid"] = folder_uid;
    body["message"] = message;
    body["overwrite"] = true;
    request.body = dump(body);
    request.retry.also_unsafe_methods = true;
    const auto answer = answer_of(request, http_.send(request));
    const auto uid = text_at(model, "uid");
    if (const auto stored = text_at(answer, "uid"); stored != uid) {
        throw refused(where(request) + ": Grafana stored the dashboard as '" + visible(stored) + "' instead of '" + uid + '\'', "mostly another dashboard of this folder has the same title");
    }
}

bool Client::has_folder(const std::string& uid) {
    const auto request = request_for("GET", "/api/folders/" + percent_encode(uid));
    const auto response = http_.send(request);
    if (is_not_found(response, "folder")) return false;
    answer_of(request, response);
    return true;
}

void Client::make_folder(const std::string& uid, const std::string& title) {
    auto request = request_for("POST", "/api/folders");
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = dump({{"uid", uid}, {"title", title}});
    request.retry.also_unsafe_methods = true; // the second time it is there
    const auto response = http_.send(request);
    const bool conflict = response.status == 409 || response.status == 412;
    if (conflict && has_folder(uid)) return;
    answer_of(request, response);
}

void Client::annotate(const Annotation& annotation) {
    auto request = request_for("POST", "/api/annotations");
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = dump({{"dashboardUID", annotation.dashboard_uid}, {"time", annotation.time.time_since_epoch().count()}, {"tags", annotation.tags}, {"text", annotation.text}});
    answer_of(request, http_.send(request));
}

} // namespace slipway::grafana
